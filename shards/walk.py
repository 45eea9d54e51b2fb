"""One worker's walk over a stretch of places, epoch after epoch: opens shards, reads samples, and goes round what is broken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from shards.balance import draw
from shards.breaks import Break, Breaks
from shards.content import Content
from shards.drawn import Draw, DrawnShard
from shards.local import LocalFiles
from shards.order import Epoch
from shards.pictures import PictureError
from shards.positions import picture_positions
from shards.reader import DatasetError
from shards.resume import Place
from shards.retry import MENDS, retried
from shards.sidecar import read_sidecar
from shards.tar import TarError
from shards.whole import DamagedFile

log = logging.getLogger(__name__)

LOST_EPOCHS = 3
"""How many epochs in a row may give nothing for failures that can pass."""


class Walk:
    """A walk over the places from ``begin`` up to ``end`` of each epoch.

    Args:
        content: what is read.
        breaks: which shards are out; those that are found to be are added.
        worker: whose walk it is, and how many there are: who adds to the breaks.
        stretch: the first place and the end.
        passed: is told each place before its sample is given.
        damaged: is called for each picture that another stands in for.
    """

    def __init__(
        self,
        content: Content,
        breaks: Breaks,
        worker: tuple[int, int],
        stretch: tuple[int, int],
        passed: Callable[[Place], None],
        damaged: Callable[[], None],
    ) -> None:
        self._content, self._breaks, self._worker, self._stretch = content, breaks, worker, stretch
        self._passed, self._damaged = passed, damaged
        self._settings = content.settings
        self._files = LocalFiles(content.dataset.out, self._settings.cache, self._settings.hashes)

    def run(self, start: Place, end: int | None) -> Iterator[Draw]:
        """The samples from a place on, up to an epoch or without end.

        Raises:
            DatasetError: something is broken and not to be skipped; or all is; or this machine has no more room or files.
        """
        begin, stop = self._stretch
        epoch, lost = start.epoch, 0
        try:
            while begin < stop and (end is None or epoch < end):
                yield from self._epoch(self._content.order(epoch), start.samples if epoch == start.epoch else 0)
                if not np.any(given(self._content, self._breaks, begin, stop, epoch)):
                    lost = self._nothing(epoch, lost)
                else:
                    lost = 0
                epoch += 1
        finally:
            self._files.close()

    def _nothing(self, epoch: int, lost: int) -> int:
        """Raises where it is of no use to go on after an epoch that gave nothing, or counts it among those ``lost`` to passing failures."""
        out, split = self._content.dataset.out, self._content.dataset.split
        if self._breaks.passing(epoch, *self._stretch):
            if lost + 1 == LOST_EPOCHS:
                raise DatasetError(f"{out}: no shard of '{split}' could be read here in {LOST_EPOCHS} epochs; see to the storage")
            return lost + 1
        if not self._settings.shuffle or self._breaks.lasting() == set(range(len(self._content.shards))):
            raise DatasetError(f"{out}: every shard that '{split}' has here is broken; get the files again")
        return 0

    def _epoch(self, order: Epoch, done: int) -> Iterator[Draw]:
        begin, end = self._stretch
        quota = self._content.quotas(order)
        opened: dict[int, DrawnShard | None] = {}
        ahead = order.windows(begin + done, end)
        window = next(ahead, None)
        try:
            while window is not None:
                shards, numbers = window
                gone = self._breaks.gone(order.number, begin + done, shards)
                window = next(ahead, None)
                for shard in set(opened).difference(shards.tolist()):
                    _close(opened.pop(shard))
                if window is not None:
                    self._expect(shard for shard in np.unique(window[0]).tolist() if shard not in opened)
                for shard, number, out in zip(shards.tolist(), numbers.tolist(), gone.tolist(), strict=True):
                    done += 1
                    self._passed(Place(order.number, done))
                    if out:
                        continue
                    if shard not in opened:
                        opened[shard] = self._open(order, shard, quota[shard], begin + done - 1)
                    drawn = opened[shard]
                    if drawn is not None:
                        found = self._read(drawn, shard, number, order.number, begin + done - 1)
                        if found is not None:
                            yield found
                        else:
                            drawn.close()
                            opened[shard] = None
        finally:
            for drawn in opened.values():
                _close(drawn)

    def _expect(self, shards: Iterator[int]) -> None:
        lasting = self._breaks.lasting()
        self._files.expect(self._content.shards[shard] for shard in shards if shard not in lasting)

    def _open(self, order: Epoch, shard: int, quota: np.ndarray, place: int) -> DrawnShard | None:
        try:
            return retried(lambda: self._open_whole(order, shard, quota))
        except (DamagedFile, TarError, OSError) as error:
            self._break(shard, order.number, place, error)
            return None

    def _open_whole(self, order: Epoch, shard: int, quota: np.ndarray) -> DrawnShard:
        info = self._content.shards[shard]
        sidecar = read_sidecar(self._files, info, self._content.class_of)
        if len(sidecar.kept) != self._content.counts[shard] or len(sidecar.keys) != info.samples:
            raise DamagedFile(f"has a sidecar of {len(sidecar.keys)} samples, the manifest says {info.samples}")
        tar = self._files.tar(info)
        try:
            starts, sizes = picture_positions(tar, sidecar.keys)
        except BaseException:
            tar.close()
            raise
        keys = [sidecar.keys[number] for number in sidecar.kept.tolist()]
        texts = sidecar.take(draw(order, shard, sidecar.owners, sidecar.classes, quota))
        return DrawnShard(tar, keys, starts[sidecar.kept], sizes[sidecar.kept], texts)

    def _read(self, drawn: DrawnShard, shard: int, number: int, epoch: int, place: int) -> Draw | None:
        """A sample; where its picture cannot be decoded the next of the shard, so that batches still tell the place."""
        for step in range(len(drawn)):
            one = (number + step) % len(drawn)
            try:
                data = retried(lambda one=one: drawn.picture(one))  # type: ignore[misc]
            except (DamagedFile, TarError, OSError) as error:
                self._break(shard, epoch, place, error)
                return None
            try:
                return drawn.draw(one, self._prepared(data))
            except PictureError as error:
                where = f"{self._where(shard)}: sample {drawn.key(one)}"
                if not self._settings.skip_broken:
                    raise DatasetError(f"{where}: {error}; get the file again") from None
                if not step:
                    self._damaged()
                    log.debug("%s: %s", where, error)
            except Exception as error:
                error.add_note(f"{self._where(shard)}: sample {drawn.key(one)}")
                raise
        self._break(shard, epoch, place, PictureError("has no picture that can be decoded"))
        return None

    def _prepared(self, data: bytes) -> Any:
        return data if self._settings.prepare is None else self._settings.prepare(data)

    def _break(self, shard: int, epoch: int, place: int, error: Exception) -> None:
        """Takes a shard out from this place on, or raises.

        For good where the file is not there or damaged; where the storage failed, as it may not the next time, for the epoch.
        """
        line = " ".join(str(error).split())
        passing = isinstance(error, OSError) and not isinstance(error, FileNotFoundError)
        if passing and (mend := MENDS.get(getattr(error, "errno", None) or 0)):
            raise DatasetError(f"{self._where(shard)}: {line}; {mend}") from None
        if not self._settings.skip_broken:
            mend = "see to the storage, and go on from the last state" if passing else self._files.mend(self._content.shards[shard])
            raise DatasetError(f"{self._where(shard)}: {line}; {mend}") from None
        told = any(found.shard == shard and (found.lasting or (passing and found.epoch == epoch)) for found in self._breaks.all())
        self._breaks.add(Break(shard, epoch, self._stretch[0], place, self._stretch[1], not passing), *self._worker)
        if not told:
            until = f" for the rest of epoch {epoch}" if passing else ""
            log.warning("%s: %s; its %d samples are skipped%s", self._where(shard), line, self._content.counts[shard], until)

    def _where(self, shard: int) -> str:
        return self._files.where(self._content.shards[shard])


def given(content: Content, breaks: Breaks, begin: int, end: int, epoch: int) -> np.ndarray | int:
    """What a stretch gives in an epoch: the number of its samples, or, where shards are out, which places give one."""
    if not breaks.within(epoch, begin, end):
        return end - begin
    masks, first = [np.arange(0, dtype=bool)], begin
    for shards, _ in content.order(epoch).windows(begin, end):
        masks.append(~breaks.gone(epoch, first, shards))
        first += len(shards)
    return np.concatenate(masks)


def _close(drawn: DrawnShard | None) -> None:
    if drawn is not None:
        drawn.close()
