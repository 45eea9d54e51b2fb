"""What the graph's transforms do with chunks, seen by stages that tell when they run."""

import threading
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.testing.util import assert_that, equal_to

from pipeline.runner import beam_options
from pipeline.sources import open_images
from pipeline.stages.base import Stage
from pipeline.store import Store
from pipeline.tables import VERDICT, table
from pipeline.transforms import Enter

later_block = threading.Event()


@dataclass(frozen=True)
class Meets(Stage):
    """Ends the first block's last chunk only when the second block has begun."""

    name, reads, adds = "meets", ("index",), {"met": pa.bool_()}

    def run(self, chunk, given):
        first = chunk["index"][0].as_py()
        if first == 8:
            later_block.set()
        return table({"met": [first != 7 or later_block.wait(20)]}, {**self.adds, **VERDICT})


@dataclass(frozen=True)
class Breaks(Stage):
    """Breaks at one chunk."""

    name, reads, adds = "breaks", ("index",), {}

    def run(self, chunk, given):
        if chunk["index"][0].as_py() == 5:
            raise ValueError("chunk 5 is broken")
        return table({"reject": [None]}, VERDICT)


@pytest.fixture
def blocks(tmp_path):
    """Two blocks of eight chunks of a row."""
    images = tmp_path / "list.txt"
    images.write_text("".join(f"http://pictures.invalid/{number}\n" for number in range(16)))
    made = open_images(str(images)).blocks(1)
    assert [len(block.ids) for block in made] == [8, 8]
    return made


def test_no_block_ends_with_a_wait_for_its_last_chunk(blocks, tmp_path):
    store = Store(str(tmp_path / "store"))
    with beam.Pipeline(options=beam_options([], 1)) as pipeline:
        entered = pipeline | beam.Create(blocks) | Enter(store, Meets(), ahead=4)
        met = entered | beam.Map(lambda chunk: (chunk.id, store.load(chunk, ["met"])["met"].to_pylist()))
        assert_that(met, equal_to([(f"images-{number:05d}", [True]) for number in range(16)]))


def test_a_chunk_that_breaks_ends_the_run(blocks, tmp_path):
    with pytest.raises(Exception, match="chunk 5 is broken"), beam.Pipeline(options=beam_options([], 1)) as pipeline:
        pipeline | beam.Create(blocks) | Enter(Store(str(tmp_path / "store")), Breaks(), ahead=4)
