import pyarrow as pa

from pipeline.stages.dedup import Unique, buckets, claims_of, losses


def chunk(keys, urls, first):
    n = len(keys)
    return pa.table({"row": pa.array(range(n), pa.int32()), "key": keys, "url": urls, "index": range(first, first + n)})


def lost(*claims):
    found = {}
    for bucket in range(64):
        members = [part for claim in claims for number, part in buckets(claim) if number == bucket]
        if members:
            for name, rows in losses(members):
                found.setdefault(name, []).extend(rows.to_pylist())
    return found


def test_the_first_row_keeps_the_key_wherever_the_others_are():
    a, b = "0" * 32, "00000001" + "0" * 24
    one = claims_of(chunk([a, b, a], ["u", "v", "w"], 0), "images-00000")
    two = claims_of(chunk([b, a], ["v", "x"], 3), "images-00001")
    expected = {
        "images-00000": [{"row": 2, "reject": "duplicate", "detail": "same as row 0"}],
        "images-00001": [
            {"row": 1, "reject": "duplicate", "detail": "same as row 0"},
            {"row": 0, "reject": "duplicate_url", "detail": "same as row 1"},
        ],
    }
    assert lost(one, two) == expected
    assert lost(two, one) == expected


def test_bitexts_are_named_by_file_and_line():
    columns = {"row": pa.array([0, 1], pa.int32()), "id": ["0" * 32] * 2, "file": ["x.tsv"] * 2, "index": [4, 9]}
    assert lost(claims_of(pa.table(columns), "de-00000")) == {
        "de-00000": [{"row": 1, "reject": "duplicate", "detail": "same as x.tsv line 4"}]
    }


def test_unique_rejects_the_rows_that_lost():
    given = pa.table({"row": pa.array([5], pa.int32()), "reject": ["duplicate"], "detail": ["same as row 1"]})
    made = Unique().run(pa.table({"row": pa.array([3, 5], pa.int32())}), iter([given]))
    assert made.to_pydict() == {"reject": [None, "duplicate"], "detail": [None, "same as row 1"]}
