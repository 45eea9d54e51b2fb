import logging
import re
import weakref

import pytest

from models.batches import Failure, in_batches
from models.memory import out_of_memory


def double(batch):
    if 13 in batch:
        raise ValueError("unlucky\nnumber")
    return [2 * item for item in batch]


@pytest.mark.parametrize("size", [1, 7, 19, 20, 21])
def test_only_the_poisonous_item_fails_whatever_the_batch(size):
    results = in_batches(double, list(range(20)), size)
    assert results == [Failure("ValueError: unlucky number") if item == 13 else 2 * item for item in range(20)]


def test_a_model_that_loses_items_is_an_error():
    with pytest.raises(RuntimeError, match="1 results for 2 items"):
        in_batches(lambda batch: batch[:1], [1, 2], 2)


def test_a_batch_that_does_not_fit_is_halved_and_stays_so(caplog):
    sizes = []

    def model(batch):
        sizes.append(len(batch))
        if len(batch) > 3:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return [-item for item in batch]

    with caplog.at_level(logging.WARNING, "models.batches"):
        assert in_batches(model, list(range(10)), 8) == [-item for item in range(10)]
    assert sizes == [8, 4, 2, 2, 2, 2, 2]
    assert [re.sub(":.*", "", record.message) for record in caplog.records] == [
        "a batch of 8 does not fit into memory, going on with 4",
        "a batch of 4 does not fit into memory, going on with 2",
    ]


def test_one_item_that_never_fits_fails_alone_and_ends_the_halving_there():
    sizes = []

    def model(batch):
        sizes.append(len(batch))
        if 5 in batch:
            raise MemoryError
        return list(batch)

    assert in_batches(model, list(range(10)), 4) == [0, 1, 2, 3, 4, Failure("MemoryError: "), 6, 7, 8, 9]
    assert sizes == [4, 4, 2, 1, 1, 4]


def test_what_a_failed_batch_held_is_let_go_before_the_next_attempt():
    held = []

    class Tensor:
        pass

    def model(batch):
        assert [tensor() for tensor in held] == [None] * len(held)
        tensor = Tensor()
        held.append(weakref.ref(tensor))
        if len(batch) > 1:
            raise ValueError("too many")
        return list(batch)

    assert in_batches(model, [1, 2, 3, 4], 4) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA failed with error out of memory"), True),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
            True,
        ),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"), True),
        (ValueError("cannot identify image file"), False),
    ],
)
def test_what_running_out_of_memory_looks_like(error, is_one):
    assert out_of_memory(error) is is_one


def test_torch_for_real():
    import torch

    with pytest.raises(RuntimeError) as error:
        torch.empty(2**60, dtype=torch.uint8)
    assert out_of_memory(error.value)


def test_a_batch_has_a_weight_at_most():
    batches: list[list[int]] = []

    def seen(batch):
        batches.append([*batch])
        return batch

    weights = [1, 1, 1, 5, 2, 9, 1, 1]
    assert in_batches(seen, list(range(8)), 3, weights, 5) == list(range(8))
    assert batches == [[0, 1, 2], [3], [4], [5], [6, 7]]
