"""What a server has done to a body, and what Content-Encoding says of it: sound pictures come through, bombs and pieces do not."""

import gzip
import random
import zlib

import pytest

from tests.pipeline.fetch.asking import fetch, one, outcome
from tests.pipeline.fetch.web import answer, picture

JPG = picture()
HALF = len(JPG) // 2
LIMIT = 200_000


def raw_deflate(data: bytes) -> bytes:
    """Without the head of zlib."""
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


def in_blocks(data: bytes, size: int) -> bytes:
    """Gzip as bgzip writes it: a member a block."""
    return b"".join(gzip.compress(data[start : start + size]) for start in range(0, len(data), size))


SOUND = {
    "gzip": ("gzip", gzip.compress(JPG)),
    "x-gzip": ("X-GZip", gzip.compress(JPG)),
    "zlib": ("deflate", zlib.compress(JPG)),
    "raw deflate": ("deflate", raw_deflate(JPG)),
    "two members": ("gzip", gzip.compress(JPG[:HALF]) + gzip.compress(JPG[HALF:])),
    "many members": ("gzip", in_blocks(JPG, 8)),
    "what follows": ("gzip", gzip.compress(JPG) + bytes(100)),
    "twice": ("gzip, deflate", zlib.compress(gzip.compress(JPG))),
    "a charset": ("utf-8", JPG),
    "none": ("none", JPG),
    "aws": ("aws-chunked", JPG),
    "aws and gzip": ("aws-chunked,gzip", gzip.compress(JPG)),
    "empty": (" ,", JPG),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_picture_comes_however_it_is_encoded(web, name):
    encoding, body = SOUND[name]
    row = one(web, answer(body, Content_Encoding=encoding))
    assert (outcome(row), row["bytes"]) == ((None, 200, 1), len(JPG))


def test_a_name_that_is_no_text_names_no_encoding(web):
    body = b"HTTP/1.1 200 OK\r\nContent-Encoding: \xe9\r\nContent-Length: %d\r\n\r\n" % len(JPG) + JPG
    assert outcome(one(web, body)) == (None, 200, 1)


LOST = {
    "brotli": ("br", JPG, "bad_response", "Content-Encoding br, which was not asked for"),
    "zstd": ("zstd", JPG, "bad_response", "Content-Encoding zstd, which was not asked for"),
    "no gzip": ("gzip", JPG, "bad_response", "is not gzip"),
    "no deflate": ("deflate", JPG, "bad_response", "is not deflate"),
    "raw as gzip": ("gzip", raw_deflate(JPG), "bad_response", "is not gzip"),
    "three times": ("gzip, gzip, gzip", JPG, "bad_response", "3 encodings, one over another"),
    "tiny members": ("gzip", gzip.compress(b"") * 1001, "bad_response", "gzip in more than 1000 parts"),
    "cut": ("gzip", gzip.compress(JPG)[:-20], "connection_lost", "the body broke off"),
    "second member cut": ("gzip", gzip.compress(JPG) + gzip.compress(JPG)[:-20], "connection_lost", "the body broke off"),
    "raw deflate cut": ("deflate", raw_deflate(JPG)[:-20], "connection_lost", "the body broke off"),
    "bomb": ("gzip", gzip.compress(bytes(64 * 2**20), 9), "too_large", f"more than {LIMIT} bytes"),
    "bomb in members": ("gzip", gzip.compress(bytes(LIMIT // 2)) * 3, "too_large", f"more than {LIMIT} bytes"),
    "bomb in raw deflate": ("deflate", raw_deflate(bytes(64 * 2**20)), "too_large", f"more than {LIMIT} bytes"),
    "bomb in a bomb": ("gzip, gzip", gzip.compress(gzip.compress(bytes(64 * 2**20))), "too_large", f"more than {LIMIT} bytes"),
}


def test_what_is_no_sound_body_is_told(web):
    web.routes |= {f"/{number}": answer(body, Content_Encoding=encoding) for number, (encoding, body, *_) in enumerate(LOST.values())}
    found = fetch(web, *(f"/{number}" for number in range(len(LOST))), retries=0, max_bytes=LIMIT)
    told = dict(zip(LOST, ((row["reason"], row["detail"]) for row in found), strict=True))
    assert told == {name: (reason, detail) for name, (_, _, reason, detail) in LOST.items()}


def test_a_limit_is_exact(web):
    chance = random.Random(0)
    exact = JPG + chance.randbytes(1000)
    for encoding, body in (("", exact), ("gzip", gzip.compress(exact)), ("deflate", raw_deflate(exact))):
        assert one(web, answer(body, Content_Encoding=encoding), max_bytes=max(len(exact), len(body)))["reason"] is None
        assert one(web, answer(body, Content_Encoding=encoding), max_bytes=len(exact) - 1)["reason"] == "too_large"
