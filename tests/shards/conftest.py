"""A small real dataset, built with the real writer, and ways to damage it."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from shards.card import write_card
from shards.checks.files import FETCH_COLUMNS
from shards.checks.funnel import REJECT_COLUMNS
from shards.croissant import write_croissant
from shards.manifest import FunnelStage, Manifest, config_hash, describe_table
from shards.sample import Annotation, Sample
from shards.tar import END, entry, members
from shards.writer import SIDECAR, write_shard

LEDGER = pa.schema(list(FETCH_COLUMNS.items()))
LANGS, CAPTION_LANGS = ("en", "de", "fr"), ("en", "de")
TEXTS = {"en": "A red fox sleeps.", "de": "Ein roter Fuchs schläft.", "fr": "Un renard roux dort."}


def picture(number: int, width: int = 24, height: int = 16) -> bytes:
    """A JPEG of its own colour."""
    sink = io.BytesIO()
    Image.new("RGB", (width, height), (number * 19 % 256, number * 53 % 256, 90)).save(sink, "JPEG", quality=90)
    return sink.getvalue()


def annotations(split: str) -> tuple[Annotation, ...]:
    """Captions in the languages that the split may have, a translation of a caption, and one from a bitext."""
    captions = [
        Annotation(
            task="caption",
            lang=lang,
            style="short",
            text=TEXTS[lang],
            origin="captioner" if lang == "en" else "translator",
            model="florence2:tiny",
            clip=0.31234568,
            lang_prob=0.99,
            logprob=-0.25,
        )
        for lang in (LANGS if split == "test" else CAPTION_LANGS)
    ]
    translations = [
        Annotation(
            task="translation", lang=lang, source=TEXTS["en"], text=TEXTS[lang], origin="translator", model="ct2:tiny", lang_prob=0.98
        )
        for lang in ("de", "fr")
    ]
    mined = Annotation(
        task="translation",
        lang="fr",
        source="A fox in the snow.",
        text="Un renard dans la neige.",
        origin="bitext",
        clip=0.28,
        margin=1.07,
        pair_score=0.9,
    )
    return (*captions, *translations, mined)


def sample(number: int, split: str) -> Sample:
    """The sample of a number; every third has no alt text."""
    original, jpg = f"original {number}".encode(), picture(number)
    sha256 = hashlib.sha256(original).hexdigest()
    return Sample(
        key=sha256[:32],
        url=f"http://pictures.example/{number}.png",
        sha256=sha256,
        jpg_sha256=hashlib.sha256(jpg).hexdigest(),
        width=24,
        height=16,
        split=split,
        alt=None if number % 3 == 0 else f"fox\n{number} \N{FOX FACE}",
        annotations=annotations(split),
        jpg=jpg,
    )


def samples(split: str, numbers: range) -> list[Sample]:
    """Samples by rising key."""
    return sorted((sample(number, split) for number in numbers), key=lambda made: made.key)


def build(out: Path | str, plan: dict[str, list[range]] | None = None) -> Manifest:
    """Writes a dataset: by default 12 samples in two shards of train, one of val and one of test; 4 images are rejected."""
    plan = plan or {"train": [range(4), range(4, 8)], "val": [range(8, 10)], "test": [range(10, 12)]}
    out = str(out)
    made = [sample(number, "train") for ranges in plan.values() for numbers in ranges for number in numbers]
    splits = {
        split: tuple(write_shard(f"{out}/shards", split, number, samples(split, numbers)) for number, numbers in enumerate(ranges))
        for split, ranges in plan.items()
    }
    _write_tables(out, made)
    config = {"langs": list(LANGS), "caption_langs": list(CAPTION_LANGS), "min_clip": 0.2}
    manifest = Manifest(
        config=config,
        config_sha256=config_hash(config),
        code={"pipeline": "0.1.0"},
        models={"captioner": {"spec": "demo", "name": "florence2:tiny", "revision": "1", "sha256": "ab" * 32, "domain": "microworld"}},
        inputs={"images": {"sha256": "cd" * 32}, "rows": {"image": len(made) + 4, "bitext": {"de": 30, "fr": 20}}},
        langs=LANGS,
        caption_langs=CAPTION_LANGS,
        splits=splits,
        rejects=tuple(describe_table(out, f"rejects/{stage}.parquet") for stage in ("list", "fetch", "quality", "judge")),
        fetch=describe_table(out, "fetch.parquet"),
        funnel=(
            FunnelStage("list", "image", len(made) + 4, len(made) + 3, {"bad_row": 1}),
            FunnelStage("fetch", "image", len(made) + 3, len(made) + 1, {"dns": 2}),
            FunnelStage("judge", "image", len(made) + 1, len(made), {"no_caption": 1}),
            FunnelStage("list", "bitext", 50, 49, {"bad_row": 1}),
            FunnelStage("quality", "bitext", 49, 48, {"too_short": 1}),
            FunnelStage("list", "english", 40, 40),
            FunnelStage("quality", "english", 40, 40),
            FunnelStage("judge", "annotation", 100, 99, {"low_clip": 1}),
        ),
        run={"seconds": 1.5},
    )
    write_card(out, manifest)
    write_croissant(out, manifest)
    manifest.write(out)
    return manifest


def _write_tables(out: str, made: list[Sample]) -> None:
    lost = sample(999, "train")
    ledger: list[dict[str, object]] = [
        {"url": s.url, "final_url": s.url, "key": s.key, "status": 200, "attempts": 1, "bytes": 9, "milliseconds": 3, "sha256": s.sha256}
        | {"width": s.width, "height": s.height}
        for s in (*made, lost)
    ]
    ledger += [{"url": f"http://gone.example/{number}", "reason": "dns", "attempts": 3} for number in range(2)]
    ledger.append({"reason": "bad_row"})
    dropped = {
        "list": [("image", None, "bad_row", "no url"), ("bitext", None, "bad_row", "no text")],
        "fetch": [("image", None, "dns", "no such host")] * 2,
        "quality": [("bitext", "ef" * 16, "too_short", "3 characters")],
        "judge": [
            ("image", lost.key, "no_caption", "all captions were dropped"),
            ("annotation", made[0].key if made else None, "low_clip", "0.11 < 0.2"),
        ],
    }
    rejects = Path(out) / "rejects"
    rejects.mkdir(parents=True, exist_ok=True)
    for stage, rows in dropped.items():
        table = [{"item": item, "key": key, "stage": stage, "reason": reason, "detail": detail} for item, key, reason, detail in rows]
        pq.write_table(pa.Table.from_pylist(table, pa.schema(list(REJECT_COLUMNS.items()))), rejects / f"{stage}.parquet")
    pq.write_table(pa.Table.from_pylist(ledger, LEDGER), Path(out) / "fetch.parquet")


Members = list[tuple[str, bytes]]


class Tamper:
    """Changes a dataset, and makes hashes and sizes fit again where a test is about something else."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def members(self, shard: str) -> Members:
        with open(self.out / f"shards/{shard}.tar", "rb") as file:
            return list(members(file))

    def write(self, shard: str, contents: Members) -> None:
        """Replaces a tar, and tells the manifest."""
        data = b"".join(entry(name, content) for name, content in contents) + END
        (self.out / f"shards/{shard}.tar").write_bytes(data)
        self.seal()

    def edit(self, shard: str, position: int, change: Callable[[dict[str, Any]], object]) -> None:
        """Changes a record in tar and sidecar, and tells the manifest their hashes, but not their counts."""
        contents = self.members(shard)
        name, data = contents[2 * position + 1]
        record = json.loads(data)
        change(record)
        contents[2 * position + 1] = name, json.dumps(record, ensure_ascii=False).encode()
        rows = [json.loads(content) for member, content in contents if member.endswith(".json")]
        pq.write_table(pa.Table.from_pylist(rows, SIDECAR), self.out / f"shards/{shard}.parquet")
        self.write(shard, contents)

    def manifest(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Changes the manifest, and makes its own hashes fit again."""
        path = self.out / "manifest.json"
        content = json.loads(path.read_bytes())
        change(content)
        made = Manifest.from_content(str(self.out), content)
        path.write_bytes(made.to_json())

    def seal(self) -> None:
        """Makes sizes and hashes in the manifest those of the files."""

        def change(content: dict[str, Any]) -> None:
            for shard in (shard for shards in content["splits"].values() for shard in shards):
                for prefix, extension in (("", "tar"), ("parquet_", "parquet")):
                    data = (self.out / f"shards/{shard['name']}.{extension}").read_bytes()
                    shard |= {f"{prefix}bytes": len(data), f"{prefix}sha256": hashlib.sha256(data).hexdigest()}
            for file in (*content["rejects"], content["run"]["fetch"]):
                data = (self.out / file["path"]).read_bytes()
                file |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

        self.manifest(change)
        write_croissant(str(self.out), Manifest.read(str(self.out)))


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of `build`; not to be changed."""
    out = tmp_path_factory.mktemp("dataset") / "out"
    build(out)
    return out


@pytest.fixture
def out(pristine: Path, tmp_path: Path) -> Path:
    """A copy of the dataset of `build`."""
    return Path(shutil.copytree(pristine, tmp_path / "out"))


@pytest.fixture
def tamper(out: Path) -> Tamper:
    """Changes ``out``."""
    return Tamper(out)


@pytest.fixture(scope="session")
def build_dataset() -> Callable[..., Manifest]:
    """The function `build`."""
    return build


@pytest.fixture(scope="session")
def make_samples() -> Callable[[str, range], list[Sample]]:
    """The function `samples`."""
    return samples
