"""A model over several processes, by torch's fully sharded data parallelism (FSDP2)."""

from __future__ import annotations

import torch
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard, register_fsdp_forward_method
from transformers.models.bart.modeling_bart import BartDecoderLayer, BartEncoderLayer
from transformers.models.florence2.modeling_florence2 import Florence2VisionBlock

from models.vlm.gemma import CrossAttentionLayer
from models.vlm.model import VLM

UNITS = (Florence2VisionBlock, BartEncoderLayer, BartDecoderLayer, CrossAttentionLayer)
"""Modules whose weights are gathered together, one at a time."""


def shard(model: VLM, mesh: DeviceMesh | None = None, compute: torch.dtype | None = None) -> VLM:
    """Spreads a model's weights, gradients and optimiser states over the processes of ``mesh`` (all, without one), in place.

    With ``compute`` (``torch.bfloat16``) passes are computed in it while weights and gradients' sums keep their own dtype. Build the
    optimiser after this. `models.vlm.save` gathers what it writes.
    """
    policy = MixedPrecisionPolicy(param_dtype=compute, reduce_dtype=torch.float32 if compute else None)
    for module in model.modules():
        if isinstance(module, UNITS):
            fully_shard(module, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy)
    for method in ("generate", "encode", "see"):
        register_fsdp_forward_method(model, method)
    return model
