"""libcurl in an event loop, to which all its sockets are one file: it is woken once for all that have come."""

from __future__ import annotations

import asyncio
import selectors

import pycurl

_EVENTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}
_ACTIONS = {
    selectors.EVENT_READ: pycurl.CSELECT_IN,
    selectors.EVENT_WRITE: pycurl.CSELECT_OUT,
    selectors.EVENT_READ | selectors.EVENT_WRITE: pycurl.CSELECT_IN | pycurl.CSELECT_OUT,
}


class Multi:
    """Transfers that are under way at once, in the event loop that runs where it is made.

    `pycurl.AsyncCurlMulti` does the same, but tells the loop of each socket at each transfer, which is a tenth of all the loop does.
    """

    def __init__(self) -> None:
        self._loop, self._transfers = asyncio.get_running_loop(), dict[pycurl.Curl, asyncio.Future[None]]()
        self._sockets, self._watched = selectors.DefaultSelector(), dict[int, int]()
        self._loop.add_reader(self._sockets.fileno(), self._act)
        self._timer: asyncio.TimerHandle | None = None
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._wait)

    def keep(self, most: int) -> None:
        """Closes the oldest connections that are not in use, where with those that are there are more."""
        if not self._multi.closed:
            self._multi.setopt(pycurl.M_MAXCONNECTS, most)

    def start(self, handle: pycurl.Curl) -> asyncio.Future[None]:
        """Lets a handle perform; what it waits for ends with it, or with the `pycurl.error` that it ends with."""
        end = self._transfers[handle] = self._loop.create_future()
        self._multi.add_handle(handle)
        return end

    def stop(self, handle: pycurl.Curl) -> None:
        """Makes a handle free for other use; closes its connection unless it has come to an end."""
        if self._transfers.pop(handle, None):
            self._multi.remove_handle(handle)

    def close(self) -> None:
        """Closes all connections; what is still under way is cancelled."""
        for handle, end in self._transfers.items():
            self._multi.remove_handle(handle)
            end.cancel()
        self._transfers.clear()
        self._multi.close()
        if self._timer:
            self._timer.cancel()
        self._loop.remove_reader(self._sockets.fileno())
        self._sockets.close()

    def _watch(self, what: int, file: int, *_: object) -> None:
        """Called by libcurl for what it waits for of a socket."""
        events, before = _EVENTS.get(what, 0), self._watched.pop(file, 0)
        if events:
            self._watched[file] = events
        if events and before:
            self._sockets.modify(file, events)
        elif events:
            self._sockets.register(file, events)
        elif before:
            self._sockets.unregister(file)

    def _wait(self, milliseconds: int) -> None:
        """Called by libcurl for when it is to be called at the latest; earlier is no matter."""
        if milliseconds < 0:
            return
        due = self._loop.time() + milliseconds / 1000
        if self._timer and self._timer.when() > due:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._time_out)

    def _time_out(self) -> None:
        self._timer = None
        self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()

    def _act(self) -> None:
        for key, events in self._sockets.select(0):
            self._multi.socket_action(key.fd, _ACTIONS[events])
        self._collect()

    def _collect(self) -> None:
        """Says of what has come to an end that it has."""
        more = 1
        while more:
            more, done, failed = self._multi.info_read()
            for handle in done:
                self._end(handle, None)
            for handle, code, words in failed:
                self._end(handle, pycurl.error(code, words))

    def _end(self, handle: pycurl.Curl, error: pycurl.error | None) -> None:
        end = self._transfers.pop(handle)
        self._multi.remove_handle(handle)
        if end.done():
            return  # cancelled, and who waited has not seen it yet
        if error:
            end.set_exception(error)
        else:
            end.set_result(None)
