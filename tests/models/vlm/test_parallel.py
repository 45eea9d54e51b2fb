from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch.distributed.tensor import DTensor

from models.vlm import IGNORED, build, load, save
from models.vlm.parallel import shard


@pytest.fixture
def one_process(tmp_path: Path) -> Iterator[None]:
    dist.init_process_group("gloo", init_method=f"file://{tmp_path / 'rendezvous'}", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def test_a_sharded_model_trains_generates_and_is_saved_as_a_whole_one(
    one_process: None, florence: Path, gemma: Path, tmp_path: Path
) -> None:
    whole, sharded = (build("3.5B", florence=florence, gemma=gemma) for _ in range(2))
    shard(sharded)
    spread = {name for name, parameter in sharded.named_parameters() if isinstance(parameter, DTensor)}
    # A frozen tower stays whole, so that each process can look at its own pictures.
    assert spread == {name for name, _ in sharded.named_parameters() if not name.startswith("vision_tower.")}
    pixels, ids, labels = torch.randn(2, 3, 64, 64), torch.tensor([[0, 9, 2], [0, 8, 2]]), torch.tensor([[2, 300, 1], [2, 310, 1]])
    losses = []
    for model in (whole, sharded):
        model.train()
        torch.manual_seed(10)
        optimiser = torch.optim.SGD([parameter for parameter in model.parameters() if parameter.requires_grad], 1e-2)
        for _ in range(2):
            logits = model(pixels, ids, torch.ones_like(ids), labels)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    texts = [model.eval().generate(pixels, ids, torch.ones_like(ids), beams=2, max_new_tokens=4) for model in (whole, sharded)]
    assert texts[0] == texts[1]
    save(sharded, tmp_path / "saved")
    back = load(tmp_path / "saved").state_dict()
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(back[name], tensor)
