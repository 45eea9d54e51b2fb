"""What a fetch can be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from typing import Any

from pipeline.fetch.addresses import plain_host
from pipeline.fetch.proxies import proxy_url

RESIZE_MODES = ("no", "border", "keep_ratio", "keep_ratio_largest", "center_crop")
FORMATS = ("jpeg", "webp", "png")
"""In which pictures can be stored."""
SUBSAMPLINGS = (444, 420)
"""Which resolutions of colour a stored JPEG can have."""
OPT_OUT = ("noai", "noimageai", "noindex", "noimageindex", "noml", "none")
"""``none`` is short for noindex, nofollow."""


_LARGEST = 2**31 - 1
"""Of any number: bytes of a picture that a table holds, pixels of one that Pillow holds, seconds and milliseconds that libcurl takes."""
_MOST = {
    "connect_seconds": 86_400, "max_redirects": 1000, "retries": 1000, "size": 65_535,
    "concurrency": 65_536, "waiting": 65_536, "per_host": 65_536, "decode_threads": 1024, "dns_threads": 1024,
}  # fmt: skip
"""Of these: what a file of JPEG, a process of this system, and the patience of a host can have."""


def _run_only(default: Any) -> Any:
    # Left out of repr: what a stage is cached under is made from it.
    return field(default=default, repr=False)


@dataclass(frozen=True)
class FetchSettings:
    """Settings of the fetch; sequences and mappings (as from YAML) are frozen. ``repr`` has only what results depend on.

    Raises:
        ValueError: a value that cannot work, in one line.
    """

    deadline_seconds: float = 20.0
    """For one picture: look-ups, redirects, retries and waits between them together; waiting for a free slot, for a thread to look
    a name up or for a robots.txt, which has a deadline of its own, does not count."""
    connect_seconds: float = 8.0
    """For one connection, to whichever of the host's addresses, TLS included."""
    max_bytes: int = 20 * 2**20
    """Largest body, before and after decompression."""
    max_redirects: int = 5
    retries: int = 2
    """Further tries after failures that can pass: connection errors, 408, 425, 429, 5xx. One there is even with 0, where a server
    has closed a connection that was kept from an earlier request."""
    backoff_seconds: float = 0.5
    """Wait before the first retry, doubled with each, plus up to as much again; ``Retry-After`` goes first."""
    user_agent: str = "captions-from-translations/0.1"
    """Product token first: what robots rules may call us."""
    contact: str = ""
    """URL or e-mail address that is added to the user agent."""
    opt_out: tuple[str, ...] = OPT_OUT
    """Directives of ``X-Robots-Tag`` that refuse a picture; empty to heed none."""
    robots: bool = False
    """Heed robots.txt (RFC 9309), one request a host more."""
    robots_hours: float = 24.0
    """For how long a robots.txt holds."""

    verify_hash: str = ""
    """Column of the list with the md5, sha256 or sha512 of each picture's file (hex digits; told apart by their number). A row
    without a hash is not asked for, one whose bytes have another is refused; empty to check none."""
    refuse_mislabelled: bool = True
    """Refuse a picture whose Content-Type names another picture format than its bytes are in: a server that does not know what
    it sends sends stand-ins and swapped files too. False keeps such pictures, which browsers show and which are many on hosts
    that go by file names; bytes alone then decide. Types that name no picture format (text/html, application/octet-stream,
    none) and names of files say nothing either way."""

    resize: str = "keep_ratio"
    """no; keep_ratio (shorter side = size); keep_ratio_largest (longer side = size); center_crop (square cut from the
    middle); border (square, white bars), as in img2dataset."""
    size: int = 512
    """Pixels."""
    enlarge: bool = False
    """Bring smaller pictures to the size as well; without it they stay as they are, without bars and uncut."""
    format: str = "jpeg"
    """What pictures are stored as: jpeg, webp or png."""
    quality: int = 95
    """Of JPEG and WebP pictures that have to be encoded again, 1 to 100. PNG loses nothing."""
    subsampling: int = 444
    """Of JPEG pictures that have to be encoded again: 444 keeps colours in full resolution; 420 in half, as img2dataset and WebP
    always do, in up to a third fewer bytes."""
    min_size: int = 32
    """Pixels of the shorter side as it comes, at least."""
    max_aspect: float = 10.0
    """Longer over shorter side, at most."""
    max_pixels: int = 64_000_000
    """Width times height as the header has it, at most; looked at before decoding."""

    concurrency: int = _run_only(64)
    """Pictures under way at once, of all chunks that a process has in work."""
    waiting: int = _run_only(2048)
    """Further requests at once that have had no answer for a while: many hosts are dead, and cost nothing but patience. Fewer
    where the system lets a process have fewer files open, of which connections that are kept for further requests take some."""
    per_host: int = _run_only(8)
    """The same for one host."""
    decode_threads: int = _run_only(0)
    """0 is one a core."""
    dns_threads: int = _run_only(32)
    dns_seconds: float = _run_only(300.0)
    """For how long an answer about a host name holds."""
    proxy: str = _run_only("")
    """http(s)://[USER:PASSWORD@]HOST[:PORT] that stands between us and the web; empty for none, whatever the environment says.

    The proxy looks names up and connects, so the guard sees less: it still refuses addresses that are not public, spelled
    out or as this machine looks names up, in every redirect; it cannot see where the proxy finds a name that this machine
    does not know, or knows otherwise. The proxy should refuse its own network. ``allow_private`` and ``resolve`` go directly."""
    allow_private: tuple[str, ...] = _run_only(())
    """HOST:PORT, spelled as in URLs, that may be contacted although its addresses are not public. Exact."""
    resolve: tuple[tuple[str, str], ...] = _run_only(())
    """(host, ADDRESS:PORT): URLs of the host, whatever port they name, go to this address, like curl's --connect-to. The
    address counts as allowed for this host alone. A mapping will do."""

    def __post_init__(self) -> None:
        for f in fields(self):
            self._check_type(f.name, type(f.default), getattr(self, f.name))
        object.__setattr__(self, "resolve", tuple(sorted(_pairs(self.resolve))))
        for name in ("allow_private", "opt_out"):
            object.__setattr__(self, name, tuple(_texts(name, getattr(self, name))))
        for value in self.allow_private:
            _check_host(f"fetch allow_private {value!r}", split_host_port(value)[0])
        for host, address in self.resolve:
            _check_host(f"fetch resolve {host!r}", host)
            _check_address(f"fetch resolve {address!r}", split_host_port(address)[0])
        for name, known in (("resize", RESIZE_MODES), ("format", FORMATS)):
            if getattr(self, name) not in known:
                raise ValueError(f"fetch {name} {getattr(self, name)!r}: there is no such {name}; there are {', '.join(known)}")
        if self.proxy and not _is_proxy(self.proxy):
            raise ValueError("fetch proxy: must be http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before HOST if need be")
        positive = ("deadline_seconds", "connect_seconds", "max_bytes", "size", "max_pixels", "concurrency", "per_host")
        for name in (*positive, "dns_threads"):
            if not getattr(self, name) > 0:
                raise ValueError(f"fetch {name} {getattr(self, name)}: must be greater than 0")
        for f in fields(self):
            value, most = getattr(self, f.name), _MOST.get(f.name, _LARGEST)
            if not isinstance(value, (int, float)):
                continue
            if value < 0:
                raise ValueError(f"fetch {f.name} {value}: must not be negative")
            if not value <= most:
                raise ValueError(f"fetch {f.name} {value}: must be at most {most}")
        if not 1 <= self.quality <= 100:
            raise ValueError(f"fetch quality {self.quality}: must be between 1 and 100")
        if self.subsampling not in SUBSAMPLINGS:
            raise ValueError(
                f"fetch subsampling {self.subsampling}: there is no such subsampling; there are {' and '.join(map(str, SUBSAMPLINGS))}"
            )
        if self.enlarge and self.size**2 > self.max_pixels:
            raise ValueError(
                f"fetch size {self.size}: squares of it have more than max_pixels {self.max_pixels}; write less, or no enlarge"
            )
        if self.max_aspect < 1:
            raise ValueError(f"fetch max_aspect {self.max_aspect}: must be at least 1")
        if any(ord(c) < 32 or ord(c) > 126 for c in self.user_agent + self.contact) or not self.agent_token:
            raise ValueError(
                f"fetch user_agent {self.user_agent!r}, contact {self.contact!r}: must be ASCII and begin with a name, as mybot/1.0"
            )

    def _check_type(self, name: str, kind: type, value: Any) -> None:
        if kind is tuple:
            if not isinstance(value, (Sequence, Mapping)) or isinstance(value, str):
                raise ValueError(f"fetch {name} {value!r}: must be a list, as [A, B]")
        elif type(value) is not kind and not (kind is float and type(value) is int):
            raise ValueError(f"fetch {name} {value!r}: must be of type {kind.__name__}")

    @property
    def agent(self) -> str:
        """The user agent as it is sent."""
        return f"{self.user_agent} (+{self.contact})" if self.contact else self.user_agent

    @property
    def agent_token(self) -> str:
        """The name that robots rules may call us, in lower case."""
        return self.user_agent.split("/")[0].split(" ")[0].lower()


def _texts(name: str, values: Any) -> Iterator[str]:
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"fetch {name} {value!r}: must be text; write it in quotes")
        yield value.lower()


def _pairs(resolve: Any) -> Iterator[tuple[str, str]]:
    """Hosts in lower case, and where their URLs go."""
    for pair in resolve.items() if isinstance(resolve, Mapping) else resolve:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise ValueError(f"fetch resolve {pair!r}: must be HOST: ADDRESS:PORT, the latter in quotes")
        yield pair[0].lower(), pair[1]


def _check_host(place: str, host: str) -> None:
    try:
        plain_host(host)
    except ValueError:
        raise ValueError(f"{place}: is no host; write it as it stands in URLs") from None


def _check_address(place: str, address: str) -> None:
    try:
        ip_address(address)
    except ValueError:
        raise ValueError(f"{place}: must be ADDRESS:PORT, as 127.0.0.1:8000 or [::1]:8000; names are not looked up here") from None


def _is_proxy(text: str) -> bool:
    try:
        url = proxy_url(text)
        return url is not None and url.scheme in ("http", "https") and bool(url.port)
    except (ValueError, IndexError):
        return False


def split_host_port(value: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[IPV6]:PORT`` as (host without brackets, port).

    Raises:
        ValueError: it is not of that form.
    """
    host, _, port = value.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536 or (":" in host and not bracketed):
        raise ValueError(f"{value!r}: must be HOST:PORT, as 127.0.0.1:8000 or [::1]:8000")
    return host.strip("[]").lower(), int(port)
