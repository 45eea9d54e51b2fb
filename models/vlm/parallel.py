"""A model over several processes, by torch's fully sharded data parallelism (FSDP2)."""

from __future__ import annotations

import warnings

import torch
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard, register_fsdp_forward_method
from transformers.models.bart.modeling_bart import BartDecoderLayer, BartEncoderLayer
from transformers.models.florence2.modeling_florence2 import Florence2VisionBlock

from models.vlm.config import VISION_TOWER
from models.vlm.gemma import CrossAttentionLayer
from models.vlm.model import VLM

UNITS = (Florence2VisionBlock, BartEncoderLayer, BartDecoderLayer, CrossAttentionLayer)
"""Modules whose weights are gathered together, one at a time."""


def shard(model: VLM, mesh: DeviceMesh | None = None, compute: torch.dtype | None = None) -> VLM:
    """Spreads a model's weights, gradients and optimiser states over the processes of ``mesh`` (all, without one), in place.

    With ``compute`` (``torch.bfloat16``) passes are computed in it while weights and gradients' sums keep their own dtype. Build the
    optimiser after this. `models.vlm.save` gathers what it writes. Gradients are means over the processes. All of them must call the
    model together; but a frozen tower stays whole in each, so that each can `see` its own pictures when it likes.
    """
    # Nothing here changes what a block gives in place.
    warnings.filterwarnings("ignore", "FSDP2-wrapped module .* returned a view tensor")
    policy = MixedPrecisionPolicy(param_dtype=compute, reduce_dtype=torch.float32 if compute else None)
    whole = set(model.vision_tower.parameters()) if VISION_TOWER in model.config.frozen else set()
    for name, module in model.named_modules():
        if isinstance(module, UNITS) and not (whole and name.startswith("vision_tower.")):
            fully_shard(module, mesh=mesh, mp_policy=policy)
    # Left gathered after a pass, as would be torch's choice, the outer weights could neither be saved nor given to an optimiser.
    fully_shard(model, mesh=mesh, mp_policy=policy, ignored_params=whole, reshard_after_forward=True)
    for method in ("generate", "encode") if whole else ("generate", "encode", "see"):
        register_fsdp_forward_method(model, method)
    return model
