"""Pictures that are there already: folders and WebDataset tars, those that img2dataset wrote among them. No network."""

from __future__ import annotations

import logging
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self, cast

from pipeline.sources.columns import ALT_NAMES, NotText, Row, as_json, as_text, parsed, refused
from pipeline.sources.files import open_unpacked
from pipeline.sources.left_out import LeftOut
from pipeline.sources.lines import read_text
from pipeline.sources.places import bytes_if_readable, place_in, place_of

logger = logging.getLogger(__name__)

ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp", ".mpo"),
    *(".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".avif"),
)
"""Of files that are taken for pictures, in lower case; what they are is told by what they hold."""
_BESIDE = (".txt", ".json")
_MOST_BESIDE = 16 * 2**20
"""Bytes of a text or of facts, at most: those of one picture."""


@dataclass(frozen=True)
class Member:
    """A file of a sample: ``ending`` in lower case, with the dot; ``data`` where it had to be read at once."""

    ending: str
    info: tarfile.TarInfo
    data: bytes | None = None


def read_picture(path: str, root: str) -> Row:
    """One picture of a folder, with its alt text and facts from a .txt and a .json file of its name."""
    beside = {ending: bytes_if_readable(file) for ending in _BESIDE if (file := Path(path).with_suffix(ending)).is_file()}
    name, place = Path(path).relative_to(root).as_posix(), place_of(path)
    return _row(name, Path(name).with_suffix("").as_posix(), beside) | {"image": b"" if place is None else None, "place": place}


def pictures_in(folder: Path, files: Iterable[Path], left_out: LeftOut) -> tuple[str, ...]:
    """The pictures among the files of a folder. What is neither one nor stands beside one is left out."""
    pictures = [file for file in files if file.suffix.lower() in ENDINGS]
    beside = {file.with_suffix("") for file in pictures}
    for file in files:
        if file.suffix.lower() not in ENDINGS and not (file.suffix in _BESIDE and file.with_suffix("") in beside):
            left_out.add(f"{file.suffix or 'other'} files", str(file.relative_to(folder)))
    return tuple(map(str, pictures))


def count_tar(path: str, left_out: LeftOut) -> int:
    """Samples of a WebDataset. Where the file can be skipped through, only the names of its members are read."""
    count, seen, twice = 0, set[str](), list[str]()
    with _open_tar(path) as (tar, _):
        for key, members in _samples(tar, left_out, lambda ending, info: None):
            count += 1
            if key in seen:
                twice.append(members[0].info.name)
            seen.add(key)
            _, further = _chosen(members)
            for name in further:
                left_out.add("further pictures of a sample, which is named up to its first dot", name)
    if twice:
        logger.warning("%s: the names of %s samples are there before, as %s; all are read", path, f"{len(twice):,}", twice[0])
    return count


def read_tar(path: str, first: int = 0, most: int = sys.maxsize) -> Iterator[Row]:
    """Samples of a WebDataset from the ``first`` on: adjacent members that have a name in common up to its first dot are one.

    A member whose name the sample has already begins another sample; samples of the same name get a number behind it.
    Rows say where in the tar their pictures are. From a compressed one, in which nothing can be found again, they hold the bytes.

    Args:
        most: bytes that are read of a picture, at most.
    """
    with _open_tar(path) as (tar, file):

        def data(ending: str, info: tarfile.TarInfo) -> bytes | None:
            wanted = _MOST_BESIDE if ending in _BESIDE else most if ending.endswith(ENDINGS) else 0
            return _data(tar, info, wanted) if wanted else None

        seen = Counter[str]()
        for number, (key, members) in enumerate(_samples(tar, LeftOut(), data if file is None else lambda ending, info: None)):
            seen[key] += 1
            if number >= first:
                yield _sample(path, key if seen[key] == 1 else f"{key}#{seen[key]}", members, tar, file)


@contextmanager
def _open_tar(path: str) -> Iterator[tuple[tarfile.TarFile, IO[bytes] | None]]:
    """A tar, and the file that it is unless that is compressed."""
    with open_unpacked(path) as file, tarfile.open(fileobj=file, mode="r|" if file.packed else "r:", tarinfo=_Header) as tar:
        yield tar, None if file.packed else file


class _Header(tarfile.TarInfo):
    """A member, as it stands in a tar that is whole: `tarfile` itself takes a damaged header, or the end of the file, for the end."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> Self:
        at = tar.offset
        try:
            return super().fromtarfile(tar)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            _check_end(tar)
            raise
        except tarfile.EmptyHeaderError:  # type: ignore[attr-defined]
            raise tarfile.ReadError(f"ends at byte {at} without the mark of its end") from None
        except tarfile.HeaderError:
            raise tarfile.ReadError(f"damaged header at byte {at}") from None


def _check_end(tar: tarfile.TarFile) -> None:
    """Sees to it that nothing but zeros follows the end of a tar, as other tars do that were appended as they are."""
    file = cast(IO[bytes], tar.fileobj)
    while data := file.read(2**20):
        if data.strip(b"\0"):
            raise tarfile.ReadError("holds more behind its end, as tars that were put together by cat; give them one by one")


def _samples(
    tar: tarfile.TarFile, left_out: LeftOut, read: Callable[[str, tarfile.TarInfo], bytes | None]
) -> Iterator[tuple[str, list[Member]]]:
    """Samples with their names, folder included; ``read`` reads of a member what is needed while the tar stands there."""
    last, members = "", list[Member]()
    for member in tar:
        tar.members.clear()  # type: ignore[attr-defined]  # else all of them would be kept
        folder, _, name = member.name.removeprefix("./").rpartition("/")
        stem, _, ending = name.partition(".")
        if member.isdir():
            continue
        if not member.isfile() or member.issparse() or not stem:
            left_out.add("hidden files" if member.isfile() and not stem else "members that are links or sparse", member.name)
            continue
        key, ending = f"{folder}/{stem}".lstrip("/"), f".{ending.lower()}"
        if ending not in _BESIDE and not ending.endswith(ENDINGS):
            left_out.add(f"{ending} members", member.name)
        if members and (key != last or any(ending == other.ending for other in members)):
            yield last, members
            members = []
        last = key
        members.append(Member(ending, member, read(ending, member)))
    if members:
        yield last, members


def _chosen(members: Sequence[Member]) -> tuple[str | None, list[str]]:
    """The ending of a sample's picture, None where it has none, and the names of its further pictures."""
    pictures = [(member.ending, member.info.name) for member in members if member.ending.endswith(ENDINGS)]
    # Where there are several, the one of the plainest name: others are its mask, its depth, what it was made from.
    chosen = min((ending for ending, _ in pictures), key=lambda ending: (ending.count("."), ending), default=None)
    return chosen, [name for ending, name in pictures if ending != chosen]


def _sample(path: str, key: str, members: Sequence[Member], tar: tarfile.TarFile, file: IO[bytes] | None) -> Row:
    chosen, _ = _chosen(members)
    picture: Row = {"image": b""}  # a reject where the sample has none, not something to ask the network for
    beside: dict[str, bytes] = {}
    for member in members:
        if member.ending in _BESIDE:
            beside[member.ending] = _data(tar, member.info, _MOST_BESIDE) if member.data is None else member.data
        elif member.ending == chosen and file is not None:
            picture = {"place": place_in(path, file, member.info.offset_data, member.info.size)}
        elif member.ending == chosen:
            picture = {"image": member.data}
    return _row(f"{Path(path).name}/{key}", key, beside) | picture


def _data(tar: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> bytes:
    data = tar.extractfile(member)
    return data.read(min(member.size, most)) if data else b""


def _row(name: str, key: str, beside: Mapping[str, bytes]) -> Row:
    """A row of what stands beside a picture; a reject where that cannot be read."""
    made: Row = {"url": name, "source_key": key}
    facts: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for ending, data in beside.items():
        try:
            texts[ending] = read_text(data)
        except UnicodeDecodeError:
            return made | refused("not_utf8", f"the {ending} file beside it is not UTF-8; convert it, as by iconv -f WINDOWS-1252 -t UTF-8")
    if ".json" in texts:
        found = parsed(texts[".json"])
        if not isinstance(found, dict):
            made |= refused("bad_row", "the .json file beside it holds no JSON object")
        else:
            facts = found
    alt = texts.get(".txt") or next((facts[name] for name in ALT_NAMES if isinstance(facts.get(name), str) and facts[name]), None)
    try:
        for role, name in (("url", "url"), ("source_key", "key")):
            if isinstance(facts.get(name), (str, int)) and facts[name]:
                made[role] = as_text(str(facts[name]))
        made |= {"alt": as_text(alt), "columns": as_json(facts)}
    except NotText as error:
        made |= refused("bad_row", f"what stands beside it {error}")
    return made
