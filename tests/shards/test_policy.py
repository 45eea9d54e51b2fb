"""Which task-language pairs a split may hold."""

from __future__ import annotations

import itertools

import pytest

from shards.policy import Policy

POLICY = Policy(("en", "de", "fr"), ("en", "de"))


def test_pairs() -> None:
    assert POLICY.withheld == ("fr",)
    assert POLICY.pairs == (("caption", "en"), ("caption", "de"), ("caption", "fr"), ("translation", "de"), ("translation", "fr"))


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_allows(split: str) -> None:
    asked = itertools.product(("caption", "translation"), ("en", "de", "fr", "it"))
    refused = {(task, lang) for task, lang in asked if not POLICY.allows(split, task, lang)}
    never = {("translation", "en"), ("caption", "it"), ("translation", "it")}
    assert refused == (never if split == "test" else never | {("caption", "fr")})
