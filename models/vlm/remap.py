"""Embeddings of a new vocabulary from those of an old one."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def remap_embeddings(rows: torch.Tensor, pieces: Sequence[Sequence[int]]) -> torch.Tensor:
    """float [len(pieces), d]: each new token's row is the mean of the ``rows`` [old vocabulary, d] of its pieces, as in the paper.

    A token without pieces gets the mean of all rows.
    """
    flat = torch.tensor([piece for written in pieces for piece in written], dtype=torch.long)
    lengths = torch.tensor([len(written) for written in pieces])
    sums = torch.zeros(len(pieces), rows.shape[1], dtype=torch.float32)
    sums.index_add_(0, torch.repeat_interleave(torch.arange(len(pieces)), lengths), rows.float()[flat])
    means = sums / lengths.clamp(min=1)[:, None]
    means[lengths == 0] = rows.float().mean(0)
    return means.to(rows.dtype)
