import pyarrow as pa

from pipeline.stages.dedup import Unique, buckets, claims_of, losses


def chunk(keys, urls, first):
    n = len(keys)
    return pa.table({"row": pa.array(range(n), pa.int32()), "key": keys, "url": urls, "index": range(first, first + n)})


def lost(*claims, placeholder_urls=0):
    found = {}
    for bucket in range(64):
        members = [part for claim in claims for number, part in buckets(claim) if number == bucket]
        if members:
            for name, rows in losses(members, placeholder_urls):
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


def test_the_same_bytes_from_many_addresses_are_a_placeholder():
    a, b = "0" * 32, "00000001" + "0" * 24
    web = [f"http://host{n}.org/{n}.jpg" for n in range(4)]
    one = claims_of(chunk([a, b, a], [web[0], web[0], web[1]], 0), "images-00000")
    two = claims_of(chunk([a, a, b], [web[1], web[2], web[3]], 3), "images-00001")
    verdict = {"reject": "placeholder", "detail": "same bytes from 3 URLs, first at row 0"}
    copy = {"row": 2, "reject": "duplicate", "detail": "same as row 1"}
    expected = {
        "images-00000": [{"row": 0, **verdict}, {"row": 2, **verdict}],
        "images-00001": [{"row": 0, **verdict}, {"row": 1, **verdict}, copy],
    }
    assert lost(one, two, placeholder_urls=3) == lost(two, one, placeholder_urls=3) == expected
    few = lost(one, two, placeholder_urls=4)
    assert {row["reject"] for rows in few.values() for row in rows} == {"duplicate", "duplicate_url"}
    assert sum(map(len, few.values())) == 4


def test_copies_in_a_folder_are_no_placeholder():
    names = [f"a/{n}.jpg" for n in range(5)]
    found = lost(claims_of(chunk(["0" * 32] * 5, names, 0), "images-00000"), placeholder_urls=2)
    assert [row["reject"] for row in found["images-00000"]] == ["duplicate"] * 4


def test_bitexts_are_named_by_file_and_line():
    columns = {"row": pa.array([0, 1], pa.int32()), "id": ["0" * 32] * 2, "file": ["x.tsv"] * 2, "index": [4, 9]}
    assert lost(claims_of(pa.table(columns), "de-00000")) == {
        "de-00000": [{"row": 1, "reject": "duplicate", "detail": "same as x.tsv line 4"}]
    }


def test_unique_rejects_the_rows_that_lost():
    given = pa.table({"row": pa.array([5], pa.int32()), "reject": ["duplicate"], "detail": ["same as row 1"]})
    made = Unique().run(pa.table({"row": pa.array([3, 5], pa.int32())}), iter([given]))
    assert made.to_pydict() == {"reject": [None, "duplicate"], "detail": [None, "same as row 1"]}
