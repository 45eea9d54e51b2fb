"""What a consumer makes of the stored pictures in the workers."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from torch.utils.data import DataLoader

import shards
from shards import PictureError, decode_picture, open_dataset
from shards.reader import DatasetError

if TYPE_CHECKING:
    from conftest import Tamper

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


def checked(data: bytes) -> bytes:
    """The bytes, of a picture that can be decoded."""
    decode_picture(data)
    return data


def of_length(data: bytes, factor: int) -> int:
    return len(data) * factor


def refused(data: bytes) -> bytes:
    raise PictureError("is not to our taste")


def mistaken(data: bytes) -> int:
    raise OSError("a mistake of the consumer's")


def test_what_it_makes_is_given(pristine: Path) -> None:
    lengths = {sample.key: len(sample.jpg or b"") for sample in open_dataset(str(pristine))}
    stream = shards.loader(str(pristine), prepare=functools.partial(of_length, factor=3))
    assert {draw.key: draw.image for draw in stream} == {key: 3 * length for key, length in lengths.items()}


def test_workers_that_are_spawned(pristine: Path) -> None:
    stream = shards.loader(str(pristine), prepare=checked)
    batches = DataLoader(stream, batch_size=3, num_workers=1, collate_fn=list, multiprocessing_context="spawn")
    found = [draw for batch in batches for draw in batch]
    assert sorted(found) == sorted(shards.loader(str(pristine)))


def test_a_picture_that_it_refuses(out: Path, tamper: Tamper) -> None:
    contents = tamper.members("train-00000")
    (key, stand_in) = (contents[number][0].removesuffix(".jpg") for number in (2, 4))
    jpg = bytearray(contents[2][1])
    del jpg[-200:]  # the size stays, so that only decoding finds it
    tamper.write("train-00000", [(name, bytes(jpg) + bytes(200) if number == 2 else data) for number, (name, data) in enumerate(contents)])
    with pytest.raises(DatasetError, match=f"train-00000.tar: sample {key}: is not a JPEG that can be decoded: .*; get the file again"):
        list(shards.loader(str(out), prepare=checked))
    stream = shards.loader(str(out), prepare=checked, skip_broken=True, shuffle=False)
    stored = {sample.key: sample.jpg for sample in open_dataset(str(out))}
    keys = [stand_in if one == key else one for one in stored]
    assert [(draw.key, draw.image) for draw in stream] == [(one, stored[one]) for one in keys]
    assert (stream.damaged, stream.broken) == (1, {})


def test_it_refuses_all(pristine: Path) -> None:
    with pytest.raises(DatasetError, match="every shard that 'train' has here is broken"):
        list(shards.loader(str(pristine), prepare=refused, skip_broken=True, shuffle=False))


def test_its_own_mistakes_are_not_the_datasets(pristine: Path) -> None:
    with pytest.raises(OSError, match=r"a mistake of the consumer's") as caught:
        list(shards.loader(str(pristine), prepare=mistaken, skip_broken=True))
    (note,) = caught.value.__notes__
    assert "shards/train-0000" in note and ".tar: sample " in note


def test_a_state_does_not_depend_on_it(pristine: Path) -> None:
    stream = shards.loader(str(pristine), prepare=checked)
    stream.load_state_dict(shards.loader(str(pristine), decode=True).state_dict())
    assert len(list(stream)) == 8


def test_decode_and_prepare(pristine: Path) -> None:
    with pytest.raises(DatasetError, match=r"decode and prepare: give one; prepare can begin with shards.decode_picture"):
        shards.loader(str(pristine), decode=True, prepare=checked)
