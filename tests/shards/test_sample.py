"""Samples and records: one order of fields, one number for a score, and the same sample from JSON and from the sidecar."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shards.sample import Annotation, Sample, SampleError, faults, shortest

SAMPLE = Sample(
    key="0" * 32,
    url="http://a.example/1",
    sha256="a" * 64,
    jpg_sha256="b" * 64,
    width=3,
    height=2,
    split="train",
    annotations=(Annotation(lang="de", task="caption", text="Ein Fuchs \N{FOX FACE}.", style="short", origin="translator", clip=0.31),),
)
JSON = (
    '{"key":"00000000000000000000000000000000","url":"http://a.example/1","sha256":"' + "a" * 64 + '","jpg_sha256":"' + "b" * 64 + '",'
    '"width":3,"height":2,"split":"train","annotations":['
    '{"task":"caption","lang":"de","style":"short","text":"Ein Fuchs 🦊.","origin":"translator","clip":0.31}]}'
)


def test_json() -> None:
    assert SAMPLE.to_json().decode() == JSON
    assert Sample.from_json(SAMPLE.to_json()) == SAMPLE
    assert list(faults(json.loads(JSON))) == []


def test_fields_of_a_later_version_are_left_out() -> None:
    record = json.loads(JSON) | {"mood": "calm"}
    record["annotations"][0]["judge"] = 3
    assert Sample.from_record(record) == SAMPLE
    assert list(faults(record)) == ["unknown field 'mood'", "annotation 0: unknown field 'judge'"]


def test_a_missing_field_is_named() -> None:
    record = json.loads(JSON)
    del record["width"]
    with pytest.raises(SampleError, match=r"sample 0+: does not keep to the format: .*'width'.*; run python -m shards.verify"):
        Sample.from_record(record)


def test_shortest_is_lossless() -> None:
    numbers = np.random.default_rng(0).normal(size=2000).astype(np.float32)
    for number in [*numbers, np.float32(1e-7), np.float32(3e30), np.float32(0)]:
        short = shortest(float(number))
        assert struct.pack("<f", short) == number.tobytes()
        assert len(repr(short)) <= len(repr(float(number)))


def test_a_score_is_the_same_number_from_float32_and_float64() -> None:
    scores = [{"clip": clip, "margin": margin} for clip, margin in ((0.1234, 1 / 3), (float(np.float32(0.1234)), float(np.float32(1 / 3))))]
    records = [Annotation(task="caption", lang="en", text="x", origin="captioner", **score).record() for score in scores]
    assert (
        records[0]
        == records[1]
        == {"task": "caption", "lang": "en", "text": "x", "origin": "captioner", "clip": 0.1234, "margin": 0.33333334}
    )


def test_faults_of_what_is_no_record() -> None:
    assert list(faults([])) == ["is a list, not an object"]
    assert list(faults(json.loads(JSON) | {"alt": "\ud800", "annotations": [1]})) == [
        "alt is '\\ud800', not valid text",
        "annotation 0: is 1, not an object",
    ]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\xff{}", "'utf-8' codec can't decode byte 0xff in position 0"),
        (b'{"key": NaN}', "holds the number NaN, which is not finite"),
        (b'{"key": 1e999}', "holds the number 1e999, which is not finite"),
        (b'{"key": 1, "key": 2}', "holds 'key' twice in one object"),
        (b'{"key": "\\ud800"}', r"holds half a surrogate pair, '\\ud800'"),
        (b"[" * 65 + b"]" * 65, "has more than 64 levels"),
        (b"[" * 100_000, "has more than 64 levels"),
        (b"1" * 5000, "Exceeds the limit"),
        (b"[]", r"is \[\], not an object"),
    ],
)
def test_json_that_readers_take_differently_is_none(data: bytes, what: str) -> None:
    with pytest.raises(SampleError, match=what):
        Sample.from_json(data)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda r: r.update(key=["x"]), r"""sample \["x"\]: does not keep to the format: key is \["x"\], not a text"""),
        (lambda r: r.update(width=-1), "width is -1, not an integer from 0 to 9007199254740992"),
        (lambda r: r.update(annotations={}), r"annotations is {}, not a list"),
        (lambda r: r["annotations"].append("x"), r"annotations\[1\] is 'x', not an object"),
        (lambda r: r["annotations"][0].update(lang=5), r"annotations\[0\].lang is 5, not a text"),
        (lambda r: r["annotations"][0].update(clip="x"), r"annotations\[0\].clip is 'x', not a number"),
    ],
)
def test_a_field_of_another_type_is_named(change: Callable[[dict[str, Any]], object], what: str) -> None:
    record = json.loads(JSON)
    change(record)
    with pytest.raises(SampleError, match=what):
        Sample.from_record(record)
