"""Pictures of a chunk. They are no Arrow column: all of a chunk would be gigabytes in memory, and more than 2 GiB do not fit into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a file a picture lies, in bytes."""

    start: int
    size: int


def _no_file(span: Span) -> bytes:
    raise ValueError(f"there is no file to read {span} of")


@dataclass(frozen=True)
class Pictures(Mapping[str, bytes]):
    """Pictures by name, in a file of which only what is asked for is read, at that moment; nothing is kept.

    Args:
        spans: where each picture lies.
        read: gives what lies there.
    """

    spans: Mapping[str, Span] = field(default_factory=dict)
    read: Callable[[Span], bytes] = _no_file

    def __getitem__(self, name: str) -> bytes:
        return self.read(self.spans[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.spans)

    def __len__(self) -> int:
        return len(self.spans)

    def size(self, name: str) -> int:
        """Bytes of a picture, which is not read.

        Raises:
            KeyError: there is none of this name.
        """
        return self.spans[name].size
