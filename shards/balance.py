"""One annotation a picture, with classes of annotations (tasks, languages, task-language pairs) as often as one another.

Independent draws would be off by a few per cent in ten thousand, and by far more where pictures lack some classes. So classes are
not drawn but dealt out: each shard gets a quota of each class by the manifest's counts, within a shard the quotas are matched
with what the pictures have, and each class is spread evenly over the order in which the pictures come.
"""

from __future__ import annotations

import itertools

import numpy as np

from shards.order import ANNOTATIONS, CLASSES, PLAN, Epoch, random_bits

BALANCES = ("uniform", "task", "language", "task-language")


def class_of(balance: str, task: str, lang: str) -> str:
    """What an annotation counts as."""
    return {"uniform": "", "task": task, "language": lang, "task-language": f"{task} {lang}"}[balance]


def quotas(epoch: Epoch, samples: np.ndarray, annotations: np.ndarray) -> np.ndarray:
    """How many samples of each shard should get an annotation of each class, int64 [shards, classes].

    Args:
        samples: of each shard.
        annotations: of each shard and class, [shards, classes].
    """
    limits = np.minimum(annotations, samples[:, None])
    even = np.full(annotations.shape[1], samples.sum() / annotations.shape[1])
    return spread(samples, limits, even, random_bits(limits.size, epoch.seed, epoch.number, PLAN, 0))


def draw(epoch: Epoch, shard: int, owners: np.ndarray, classes: np.ndarray, quota: np.ndarray) -> np.ndarray:
    """The annotation that each sample of a shard gets this epoch, int64 [samples]: positions in ``owners``.

    Args:
        owners: the sample that each annotation belongs to, rising; each sample has one at least.
        classes: the class of each annotation.
        quota: how many samples should get each class.
    """
    visits = epoch.visits(shard)
    held = np.zeros((len(visits), len(quota)), dtype=bool)
    held[owners, classes] = True
    chosen = _deal(epoch, shard, visits, held, quota)
    candidates = np.flatnonzero(classes == chosen[owners])
    counts = np.bincount(owners[candidates], minlength=len(visits))
    bits = random_bits(len(visits), epoch.seed, epoch.number, ANNOTATIONS, shard)
    picks = ((bits >> np.uint64(32)) * counts.astype(np.uint64)) >> np.uint64(32)
    return candidates[np.cumsum(counts) - counts + picks.astype(np.int64)]


def _deal(epoch: Epoch, shard: int, visits: np.ndarray, held: np.ndarray, quota: np.ndarray) -> np.ndarray:
    """The class that each sample gets, int64 [samples]; samples that hold the same classes are dealt to as one group."""
    kinds, groups = np.unique(np.packbits(held, axis=1), axis=0, return_inverse=True)
    sizes = np.bincount(groups.ravel(), minlength=len(kinds))
    limits = np.unpackbits(kinds, axis=1, count=len(quota)).astype(np.int64) * sizes[:, None]
    bits = random_bits(2 * limits.size, epoch.seed, epoch.number, CLASSES, shard)
    dealt = spread(sizes, limits, quota, bits[: limits.size])
    offsets = (bits[limits.size :] / 2.0**64).reshape(limits.shape)
    chosen = np.empty(len(visits), dtype=np.int64)
    in_order = groups.ravel()[visits]
    for group, counts in enumerate(dealt):
        labels = np.repeat(np.arange(len(quota)), counts)
        ranks = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
        times = (ranks + offsets[group][labels]) / counts[labels]
        chosen[visits[in_order == group]] = labels[np.argsort(times, kind="stable")]
    return chosen


def spread(sizes: np.ndarray, limits: np.ndarray, targets: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Deals the members of groups out to columns so that the columns' sums come as near to their targets as the limits admit.

    Nearest is the least sum of squares; no other dealing makes a column that has too many poorer and one that has too few
    richer. Found by exchanges along shortest paths, as in semi-matchings (Harvey, Ladner, Lovász, Tamir 2006).

    Args:
        sizes: members of each group, [groups].
        limits: how many of a group a column may take, [groups, columns]; a row's sum reaches the group's size.
        targets: the wanted sum of each column, [columns].
        bits: decide between equals, uint64 [groups * columns].

    Returns:
        int64 [groups, columns], rows summing to ``sizes``.
    """
    dealt = _in_proportion(sizes, limits, np.maximum(targets.astype(float), 1e-9), bits.reshape(limits.shape))
    order = np.argsort(bits.reshape(limits.shape)[:, 0], kind="stable")  # who moves first must not be the same in every epoch
    while (path := _exchange(dealt, limits, targets)) is not None:
        columns, count = path
        moves = []
        for one, other in itertools.pairwise(columns):
            room = np.minimum(dealt[:, one], limits[:, other] - dealt[:, other])[order]
            before = np.cumsum(room) - room
            moves.append((one, other, np.clip(count - before, 0, room)))
        for one, other, moved in moves:
            dealt[order, one] -= moved
            dealt[order, other] += moved
    return dealt


def _in_proportion(sizes: np.ndarray, limits: np.ndarray, weights: np.ndarray, bits: np.ndarray) -> np.ndarray:
    dealt = np.zeros(limits.shape, dtype=np.int64)
    while True:
        left = sizes - dealt.sum(axis=1)
        open_weights = np.where(dealt < limits, weights, 0.0)
        sums = open_weights.sum(axis=1, keepdims=True)
        shares = np.floor(left[:, None] * np.divide(open_weights, sums, out=np.zeros_like(open_weights), where=sums > 0))
        shares = np.minimum(shares.astype(np.int64), limits - dealt)
        if not shares.any():
            break
        dealt += shares
    columns, rows = np.argsort(bits, axis=1, kind="stable"), np.arange(len(sizes))
    while (left := sizes - dealt.sum(axis=1)).any():
        before = int(left.sum())
        for step in range(limits.shape[1]):
            column = columns[:, step]
            one_more = ((sizes - dealt.sum(axis=1)) > 0) & (dealt[rows, column] < limits[rows, column])
            dealt[rows, column] += one_more
        if int((sizes - dealt.sum(axis=1)).sum()) == before:
            raise ValueError("a group has more members than its columns may take")
    return dealt


def _exchange(dealt: np.ndarray, limits: np.ndarray, targets: np.ndarray) -> tuple[list[int], int] | None:
    """A path of columns along which members move to make the sums better, and how many; none when nothing does."""
    excess = dealt.sum(axis=0) - targets
    if float(excess.max() - excess.min()) <= 1:
        return None
    room = np.minimum(dealt[:, :, None], (limits - dealt)[:, None, :]).sum(axis=0)
    for source in np.argsort(-excess, kind="stable"):
        came_from = {int(source): -1}
        queue = [int(source)]
        for column in queue:
            for other in np.flatnonzero(room[column]):
                if int(other) not in came_from:
                    came_from[int(other)] = column
                    queue.append(int(other))
        end = min(queue, key=lambda column: (excess[column], column))
        gain = float(excess[source] - excess[end])
        if gain > 1:
            path = [end]
            while came_from[path[-1]] >= 0:
                path.append(came_from[path[-1]])
            path.reverse()
            tightest = min(int(room[one, other]) for one, other in itertools.pairwise(path))
            return path, min(tightest, max(1, int(gain // 2)))
    return None
