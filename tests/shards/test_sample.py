"""Samples and records: one order of fields, one number for a score, and the same sample from JSON and from the sidecar."""

from __future__ import annotations

import json
import struct

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
