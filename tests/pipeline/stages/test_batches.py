import pytest

from pipeline.stages.batches import Failure, in_batches


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
