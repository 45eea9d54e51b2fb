"""The report of small datasets that the real writer made."""

from __future__ import annotations

import dataclasses
import io
import re
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.export import FETCH
from pipeline.report import facts
from pipeline.report.__main__ import main
from pipeline.report.histogram import ticks
from pipeline.report.samples import choose, small
from pipeline.report.scores import distributions
from pipeline.report.words import listing, reason_words
from pipeline.report.write import render, write_report
from shards.manifest import FunnelStage, Manifest
from tests.shards.conftest import build

VOID = {"meta", "link", "img", "br"}


class Page(HTMLParser):
    """What a page is made of: its text, the elements by name with their attributes, and whether they are closed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(source)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag and attributes.items() <= found.items()]


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> str:
    path = str(tmp_path_factory.mktemp("report") / "out")
    build(path)
    return path


@pytest.fixture(scope="module")
def page(out) -> Page:
    write_report(out)
    with open(f"{out}/report.html", encoding="utf-8") as file:
        return Page(file.read())


def test_the_page_says_what_is_there_and_what_is_held_out(page):
    assert "Captions and translations in English, German and French" in page.text
    assert "Held out: French" in page.text
    assert "train 8 samples, 40 annotations val 2 samples, 10 annotations test 2 samples, 12 annotations" in page.text


def test_reasons_are_in_plain_words(page):
    assert "2 DNS: the host name does not exist dns" in page.text
    assert "Pictures: 16 → 12" in page.text
    assert "1 no_caption" in page.text, "an unknown reason is shown as it is"


def test_held_out_cells_are_marked_and_others_counted(out):
    marked = {(lang, n): (cell.number, cell.state) for lang, cells in facts.table(Manifest.read(out)) for n, cell in enumerate(cells)}
    assert [marked["fr", n] for n in range(6)] == [(0, "held-out"), (0, "held-out"), (2, "open"), (16, "open"), (4, "open"), (4, "open")]
    assert [marked["en", n] for n in range(6)] == [(8, "open"), (2, "open"), (2, "open"), (0, "none"), (0, "none"), (0, "none")]


def test_the_page_loads_nothing(page):
    assert {name for name, _ in page.elements} & {"script", "iframe", "object", "video", "audio", "base"} == set()
    loaded = [found["src"] for name, found in page.elements if "src" in found] + [found["href"] for found in page.all("link")]
    assert all(address.startswith("data:") for address in loaded)
    assert len(page.all("img")) == 10
    with_style = [found for _, found in page.elements if "url(" in (found.get("style") or "")]
    assert with_style == []


def test_texts_carry_their_language(page):
    assert {found["lang"] for found in page.all("dd") if "lang" in found} == {"en", "de", "fr"}
    assert page.all("html") == [{"lang": "en"}]


def test_two_pages_are_the_same(out):
    manifest = Manifest.read(out)
    assert render(out, manifest) == render(out, manifest)


def test_what_the_web_wrote_stays_text(tmp_path, out):
    manifest = Manifest.read(out)
    funnel = (FunnelStage("fetch", "image", 3, 2, {"<script>alert(1)</script>": 1}),)
    page = Page(render(out, dataclasses.replace(manifest, funnel=funnel)))
    assert "<script>alert(1)</script>" in page.text
    assert page.all("script") == []


def test_splits_and_rejects_and_ledger_may_be_empty(tmp_path):
    manifest = build(tmp_path / "out", {"train": [range(3)]})
    pq.write_table(pa.schema(list(FETCH.items())).empty_table(), tmp_path / "out/fetch.parquet")
    bare = dataclasses.replace(manifest, funnel=(), rejects=(), run={}, models={}, inputs={}, code={})
    page = Page(render(str(tmp_path / "out"), bare))
    assert "Nothing went in." in page.text
    assert "test 0 samples, 0 annotations" in page.text
    assert len(page.all("img")) == 3
    empty = dataclasses.replace(bare, splits=dict.fromkeys(bare.splits, ()))
    assert "No text has a score." in Page(render(str(tmp_path / "out"), empty)).text


def test_distributions_hold_every_score_and_their_threshold(out):
    found = {(d.measure.threshold, d.lang): (d.total, d.threshold) for d in distributions(out, Manifest.read(out))}
    assert found == {
        ("min_clip", "en"): (12, 0.2),
        ("min_clip", "de"): (12, 0.2),
        ("min_clip", "fr"): (2, 0.2),
        ("min_align", None): (12, None),
        ("min_margin", None): (12, None),
        ("min_pair_score", None): (12, None),
        ("min_lang_prob", None): (26 + 24, None),
        ("min_logprob", None): (26, None),
    }
    clip = next(d for d in distributions(out, Manifest.read(out)) if d.lang == "en")
    assert clip.quantile(0.5) == pytest.approx(0.3123, abs=0.001)
    assert np.flatnonzero(clip.counts).tolist() == [1312]


def test_samples_are_chosen_evenly_from_train_and_test(tmp_path):
    manifest = build(tmp_path / "out", {"train": [range(30), range(30, 60)], "test": [range(60, 80)]})
    chosen = choose(str(tmp_path / "out"), manifest)
    assert [shown.sample.split for shown in chosen] == ["train"] * 12 + ["test"] * 12
    first = sorted(shown.sample.key for shown in chosen[:6])
    assert [shown.sample.key for shown in chosen[:6]] == first
    few = build(tmp_path / "few", {"train": [range(30)], "test": [range(60, 65)]})
    assert [shown.sample.split for shown in choose(str(tmp_path / "few"), few)] == ["train"] * 19 + ["test"] * 5


def test_the_ledger_counts_reasons_attempts_and_times(out):
    ledger = facts.ledger(out)
    assert (ledger.rows, ledger.fetched) == (16, 13)
    assert [(bar.name, bar.number) for bar in ledger.attempts] == [("asked once", 13), ("asked 3 times", 2)]
    assert ledger.times == (facts.Times("fetched", 13, (3,) * 7),)


def test_quantiles_of_times_are_values_that_were_there(tmp_path):
    rows = [{"reason": None, "attempts": 1, "milliseconds": n, "bytes": 10} for n in range(1, 101)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "fetch.parquet")
    assert facts.ledger(str(tmp_path)).times == (facts.Times("fetched", 100, (5, 25, 50, 75, 95, 99, 100)),)


def test_words():
    assert reason_words("empty") == "no bytes"
    assert reason_words("empty", "bitext") == "a side has no text"
    assert reason_words("from_the_future") == "from_the_future"
    assert listing(["de"]) == "German"
    assert listing(["de", "xx", "zh"]) == "German, xx and Chinese"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.15, 0.6, [0.2, 0.3, 0.4, 0.5, 0.6]), (-3.1, 0, [-3, -2, -1, 0]), (0.98, 1.3, [1, 1.1, 1.2, 1.3])],
)
def test_ticks_are_few_and_round(low, high, expected):
    assert ticks(low, high) == expected


def test_the_command_names_the_file_or_what_is_wrong(out, tmp_path, capsys):
    assert main([out]) == 0
    assert capsys.readouterr().out == f"{out}/report.html\n"
    assert main([str(tmp_path)]) == 1
    assert re.match(rf"error: {tmp_path}/manifest.json: is not there; .*\n$", capsys.readouterr().err)


def test_a_large_picture_is_shown_smaller_and_others_as_they_are():
    sink = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (800, 1200, 3), np.uint8)).save(sink, "PNG")
    shown = Image.open(io.BytesIO(small(sink.getvalue())))
    assert (shown.format, shown.size) == ("JPEG", (640, 427))
    sink = io.BytesIO()
    shown.resize((300, 200)).save(sink, "WEBP")
    assert small(sink.getvalue()) == sink.getvalue()
