"""Pictures whose bytes are not those that the list or the server announces."""

import hashlib
import json

import pytest

from pipeline.fetch import FetchSettings
from pipeline.fetch.reasons import Failure
from pipeline.fetch.verify import check_hash, check_label, listed_hash
from tests.pipeline.fetch.rows import fetched, rows
from tests.pipeline.fetch.web import Web, answer, picture

JPG, OTHER = picture(), picture(size=(65, 48))


def hashed(kind: str, body: bytes = JPG) -> str:
    return hashlib.new(kind, body).hexdigest()


@pytest.mark.parametrize("kind", ["md5", "sha256", "sha512"])
def test_the_hash_of_the_list_is_compared_with_what_came(web: Web, kind: str) -> None:
    web.routes |= {"/a.jpg": answer(JPG), "/b.jpg": answer(OTHER)}
    columns = json.dumps({"digest": hashed(kind).upper(), "width": 64})
    ways = FetchSettings(allow_private=(web.address,), verify_hash="digest")
    good, bad = fetched(rows(web.url("/a.jpg"), web.url("/b.jpg"), columns=[columns, columns]), ways).ledger.to_pylist()
    assert (good["reason"], good["key"]) == (None, hashed("sha256")[:32])
    assert (bad["reason"], bad["status"], bad["attempts"], bad["transient"]) == ("hash_mismatch", 200, 1, False)
    assert bad["detail"] == f"{kind} {hashed(kind, OTHER)}, the list says {hashed(kind)}"
    assert (bad["sha256"], bad["key"], bad["bytes"]) == (hashed("sha256", OTHER), None, len(OTHER))


@pytest.mark.parametrize(
    "columns",
    [None, "{}", '{"digest": null}', '{"digest": ""}', '{"digest": 12345}', '{"digest": "zz"}', "", "[1]", "digest", "[" * 100_000],
    ids=lambda columns: str(columns)[:20],
)
def test_a_row_without_a_hash_is_not_asked_for(web: Web, columns: str | None) -> None:
    ways = FetchSettings(allow_private=(web.address,), verify_hash="digest")
    (row,) = fetched(rows(web.url("/a.jpg"), columns=[columns]), ways).ledger.to_pylist()
    assert (row["reason"], row["attempts"], row["transient"], web.hits["/a.jpg"]) == ("hash_missing", 0, False, 0)


def test_pictures_that_are_there_are_checked_too() -> None:
    columns = [json.dumps({"md5": hashed("md5")})] * 2
    found = fetched(rows("a", "b", images=[JPG, OTHER], columns=columns), FetchSettings(verify_hash="md5")).ledger["reason"]
    assert found.to_pylist() == [None, "hash_mismatch"]


def test_rows_of_one_url_may_have_different_hashes(web: Web) -> None:
    web.routes["/a.jpg"] = answer(JPG)
    columns = [json.dumps({"md5": hashed("md5", body)}) for body in (JPG, OTHER)]
    ways = FetchSettings(allow_private=(web.address,), verify_hash="md5")
    found = fetched(rows(*[web.url("/a.jpg")] * 2, columns=columns), ways).ledger["reason"]
    assert found.to_pylist() == [None, "hash_mismatch"]


def test_a_hash_is_told_by_its_length() -> None:
    assert listed_hash(json.dumps({"h": f" {hashed('sha512')} "}), "h") == hashed("sha512")
    check_hash(JPG, hashed("md5"))
    with pytest.raises(Failure, match="hash_missing: column h is no md5, sha256 or sha512 in hex digits"):
        listed_hash(json.dumps({"h": hashed("sha1")}), "h")


@pytest.mark.parametrize(
    ("label", "format"), [("image/jpeg", "JPEG"), ("image/x-png", "PNG"), ("text/html", "PNG"), ("", "JPEG"), (None, "GIF")]
)
def test_a_label_that_does_not_contradict(label: str | None, format: str) -> None:
    check_label(label, format)


def test_a_label_that_lies_is_refused_unless_that_is_switched_off(web: Web) -> None:
    web.routes["/a.jpg"] = answer(picture("WEBP"))
    for strict, reason, detail in ((True, "mislabelled", "WEBP labelled as image/jpeg"), (False, None, None)):
        ways = FetchSettings(allow_private=(web.address,), **({} if strict else {"refuse_mislabelled": False}))
        (row,) = fetched(rows(web.url("/a.jpg")), ways).ledger.to_pylist()
        assert (row["reason"], row["detail"], row["content_type"]) == (reason, detail, "image/jpeg")
        assert row["format"] == (None if strict else "WEBP")
