"""A dataset for training: `loader` gives what a torch DataLoader takes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from shards.manifest import ShardInfo
from shards.reader import Dataset, DatasetError, file_faults, select

if TYPE_CHECKING:
    from shards.settings import Settings
    from shards.stream import Stream

log = logging.getLogger(__name__)


def loader(
    out: str,
    split: str = "train",
    *,
    tasks: Iterable[str] | None = None,
    langs: Iterable[str] | None = None,
    balance: str = "task-language",
    seed: int = 0,
    shuffle: bool = True,
    window: int = 10_000,
    epochs: int | None = 1,
    decode: bool = False,
    prepare: Callable[[bytes], Any] | None = None,
    even: str = "none",
    cache: str | None = None,
    skip_broken: bool = False,
    hashes: bool = False,
    rank: int | None = None,
    ranks: int | None = None,
) -> Stream:
    """The samples of a split, each with one annotation, as an iterable for torch.utils.data.DataLoader.

    Gives `shards.drawn.Draw`: key, image, task, lang, style, source, text; `shards.collate` makes batches of them. Each sample comes
    once an epoch, to one of ranks x workers; the shares of any two differ by one sample at most. Each iteration that came to its end
    is followed by the next epoch; ``set_epoch`` says which epoch the next iteration begins with. ``state_dict`` and
    ``load_state_dict`` go on in the middle of one with exactly the samples that an unbroken run gives.

    Ranks that train in lockstep, as torch's DistributedDataParallel and FSDP do, wait for ever when one has a batch more than another.
    Give them ``epochs=None`` and count steps, or ``even="drop"`` for finite epochs. A shard that is skipped makes ranks uneven
    again; ``epochs=None`` alone is safe then too.

    Args:
        out: the dataset, a folder or any fsspec URL.
        split: train, val or test.
        tasks: caption, translation; all by default.
        langs: languages of the annotations' texts; all by default. With tasks or langs the sidecars are read once to count
            the samples that have such an annotation; the others are left out.
        balance: of what an image draw is as often one as another: ``task``, ``language``, or ``task-language``, as near as the
            pictures admit; within a task, say, all of a picture's annotations of it are as likely. ``uniform``: all of the
            picture's annotations are.
        seed: the order and the annotations follow from it and from the epoch alone.
        shuffle: shards in random order, samples in random order within each, and ``window`` samples at a time once more; else as stored.
        window: in samples; no picture of it is held. Of the tars that it spans 64 are open at once; of remote ones without a ``cache``
            all, and those of the next window.
        epochs: how many one iteration goes through; None: without end, so that workers never wait for one another.
        decode: give RGB uint8 arrays [height, width, 3], not the stored bytes.
        prepare: give what this makes of the stored bytes, in the worker: pixels by `shards.decode_picture`, then transforms, say. A
            `shards.PictureError` that it raises says that the picture cannot be decoded. Workers that are spawned need one that can
            be pickled. A state need not agree with it.
        even: what is done so that each rank gives as many samples, and for any batch size as many batches, as the others: ``none``;
            ``drop``: leave out up to ranks - 1 samples an epoch; ``pad``: give up to ranks - 1 twice, as DistributedSampler does.
        cache: a folder in which copies of remote shards stay. Without it a copy lasts while it is read. Not used for local datasets.
        skip_broken: skip a shard that is not there or is damaged, with a warning and a count (``broken``), and give another of
            its shard for a picture that cannot be decoded (``damaged``); else raise. Storage that fails otherwise is tried again a few
            times; then the shard is skipped for the rest of the epoch, with a warning, or else it is raised.
        hashes: compare each local shard with the manifest's sha256 when it is first opened. Copies of remote ones always are.
        rank: of this process; torch.distributed's by default.
        ranks: how many there are.

    Raises:
        DatasetError: as `shards.open_dataset`, or there is nothing left, or an argument has no sense.
        ImportError: ``decode`` without simplejpeg.
    """
    from shards.balance import BALANCES
    from shards.content import Content
    from shards.order import EVEN
    from shards.pictures import check_decoder, decode_picture
    from shards.settings import Settings
    from shards.stream import Stream

    for name, choice, choices in (("balance", balance, BALANCES), ("even", even, EVEN)):
        if choice not in choices:
            raise DatasetError(f"{name} '{choice}': choose one of {', '.join(choices)}")
    for name, value in (("window", window), ("epochs", epochs)):
        if value is not None and value < 1:
            raise DatasetError(f"{name} {value}: give 1 or more")
    if seed < 0:
        raise DatasetError(f"seed {seed}: give 0 or more")
    rank, ranks = _ranks(rank, ranks)
    if decode:
        if prepare is not None:
            raise DatasetError("decode and prepare: give one; prepare can begin with shards.decode_picture")
        check_decoder()
        prepare = decode_picture
    settings = Settings(
        seed=seed,
        shuffle=shuffle,
        window=window,
        balance=balance,
        even=even,
        prepare=prepare,
        epochs=epochs,
        cache=cache,
        skip_broken=skip_broken,
        hashes=hashes,
        rank=rank,
        ranks=ranks,
    )
    dataset = select(out, split, tasks, langs)
    faults = {shard.name: fault for shard, fault in file_faults(dataset)}
    counts = _counts(dataset, settings, faults)
    shards = dataset.manifest.splits[split]
    for shard in shards:
        if shard.name in faults:
            line = f"{dataset.out}/{shard.tar}: {faults[shard.name]}"
            if not skip_broken:
                raise DatasetError(f"{line}; get the file again, or build the dataset again")
            log.warning("%s; its %d samples are skipped", line, shard.samples)
    if len(faults) == len(shards):
        raise DatasetError(f"{dataset.out}: every shard of '{split}' is broken; get the files again")
    content = Content(dataset, settings, counts)
    if not content.places:
        raise DatasetError(f"{dataset.out}: '{split}' has {content.samples} samples for {ranks} ranks; even 'drop' leaves none, take 'pad'")
    if epochs is None and content.places < ranks:
        raise DatasetError(
            f"{dataset.out}: '{split}' has {content.samples} samples for {ranks} ranks; without end those that get none would keep the "
            "others waiting, so take even='pad', or fewer ranks"
        )
    return Stream(content, [number for number, shard in enumerate(shards) if shard.name in faults])


def _ranks(rank: int | None, ranks: int | None) -> tuple[int, int]:
    """This process's rank and their number.

    Raises:
        DatasetError: one is given without the other, or they do not fit.
    """
    if (rank is None) != (ranks is None):
        raise DatasetError("rank and ranks: give both, or none for torch.distributed's")
    if rank is None or ranks is None:
        from torch import distributed

        known = distributed.is_available() and distributed.is_initialized()
        return (distributed.get_rank(), distributed.get_world_size()) if known else (0, 1)
    if not 0 <= rank < ranks:
        raise DatasetError(f"rank {rank} of {ranks}: ranks count from 0")
    return rank, ranks


def _counts(dataset: Dataset, settings: Settings, faults: dict[str, str]) -> tuple[int, ...]:
    """How many samples of each shard have a wanted annotation; notes the sidecars that are not there or damaged among the faults."""
    shards = dataset.manifest.splits[dataset.split]
    if dataset.tasks is None and dataset.langs is None:
        return tuple(shard.samples for shard in shards)
    from shards.local import LocalFiles
    from shards.retry import MENDS, retried
    from shards.sidecar import read_sidecar
    from shards.whole import DamagedFile

    files = LocalFiles(dataset.out, settings.cache, settings.hashes)

    def count(shard: ShardInfo) -> int:
        try:
            kept = retried(lambda: read_sidecar(files, shard, lambda task, lang: dataset.wants(task, lang) - 1, ("task", "lang")).kept)
        except DamagedFile as error:
            faults.setdefault(shard.name, str(error))
            return 0
        except OSError as error:
            mend = MENDS.get(error.errno or 0, "see to the storage, and start again")
            raise DatasetError(f"{dataset.out}/{shard.parquet}: {error.strerror or error}; {mend}") from None
        return len(kept)

    with ThreadPoolExecutor(8) as pool:
        return tuple(pool.map(count, shards))
