import gzip
import io
import json
import random
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.fetch import FetchSettings
from pipeline.sources import open_images
from pipeline.stages.base import advance
from pipeline.stages.fetch import Fetch
from pipeline.store import Store
from pipeline.tables import SOURCE, table
from tests.pipeline.stages.listed import listed


@pytest.fixture
def web():
    """A server with /a.jpg, /b.jpg, and /late.jpg, which is too busy until it is told that it is not."""
    asked: list[str] = []
    ready = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            found = self.path in ("/a.jpg", "/b.jpg", "/late.jpg")
            self.send_response(404 if not found else 503 if self.path == "/late.jpg" and not ready.is_set() else 200)
            self.end_headers()
            sink = io.BytesIO()
            Image.new("RGB", (64, 64), (len(self.path) * 20, ord(self.path[1]), 0)).save(sink, "JPEG")
            self.wfile.write(sink.getvalue())

        def log_message(self, *message: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", asked, ready
    server.shutdown()
    server.server_close()


def test_retrying_asks_only_for_what_failed_in_a_way_that_can_pass(web, tmp_path):
    address, asked, ready = web
    store, settings = Store(str(tmp_path)), FetchSettings(retries=0, resolve={"pictures.test": address})
    urls = [f"http://pictures.test/{name}.jpg" for name in ("a", "late", "gone", "b")]
    chunk = store.list("images-00000", table({"index": range(4), "url": urls}, SOURCE))

    first = advance(store, Fetch(settings), chunk)
    before = store.read(first.latest)
    assert before["transient"].to_pylist() == [False, True, False, False]
    assert store.load(first, ("url",))["url"].to_pylist() == [urls[0], urls[3]]

    with store.pictures(first.latest) as pictures:
        stored = dict(pictures)
    assert list(stored) == before["key"].drop_null().to_pylist()
    ready.set()
    asked.clear()
    assert advance(store, Fetch(settings), chunk) == first
    assert asked == []
    second = advance(store, Fetch(settings, retry_failed=True), chunk)
    assert asked == ["/late.jpg"]
    after = store.read(second.latest)
    kept = pa.array([0, 2, 3])
    assert after.take(kept) == before.take(kept)
    assert after["reject"].to_pylist()[1] is None
    images = store.load(second, ("url", "key"))
    assert images["url"].to_pylist() == [urls[0], urls[1], urls[3]]
    with store.pictures(second.latest) as pictures:
        assert list(pictures) == images["key"].to_pylist()
        assert stored.items() < dict(pictures).items()
    assert second.digest(["url"]) != first.digest(["url"])
    asked.clear()
    assert advance(store, Fetch(settings, retry_failed=True), chunk) == second
    assert asked == []


def test_retrying_a_run_leaves_other_chunks_as_they_are(web, build, given, tmp_path):
    address, asked, ready = web
    (tmp_path / "list.txt").write_text("".join(f"http://{address}/{name}.jpg\n" for name in ("a", "gone", "late", "b", "a", "b")))
    (tmp_path / "settings.yaml").write_text(json.dumps({"fetch": {"retries": 0}}))
    out = tmp_path / "out"
    command = given.arguments(
        out,
        f"--images={tmp_path}/list.txt",
        "--image-chunk=2",
        "--until=fetch",
        f"--allow-private={address}",
        f"--config={tmp_path}/settings.yaml",
    )

    def files() -> dict[str, tuple[bytes, int]]:
        found = (path for path in (out / "work").rglob("images-*") if path.is_file())
        return {str(path.relative_to(out)): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}

    assert build(command)[0] == 0
    before = files()
    ready.set()
    asked.clear()
    assert build([*command, "--retry-failed"])[0] == 0
    after = files()
    assert asked == ["/late.jpg"]
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert {(Path(name).name[:12], Path(name).suffix) for name in changed} == {("images-00001", ".parquet"), ("images-00001", ".tar")}
    assert pq.read_table(out / "fetch.parquet")["reason"].to_pylist() == [None, "not_found", None, None, None, None]


def jpeg(size: int, number: int) -> bytes:
    """A picture in a file of some size."""
    sink = io.BytesIO()
    Image.new("RGB", (64, 64), (number, 0, 0)).save(sink, "JPEG")
    return sink.getvalue() + random.Random(number).randbytes(size - len(sink.getvalue()))


def write_folder(root: Path, pictures: dict[str, bytes]) -> Path:
    for name, data in pictures.items():
        (root / name).write_bytes(data)
    return root


def write_tar(root: Path, pictures: dict[str, bytes]) -> Path:
    with tarfile.open(root / "x.tar", "w") as tar:
        for name, data in pictures.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return root / "x.tar"


def write_packed_tar(root: Path, pictures: dict[str, bytes]) -> Path:
    path = write_tar(root, pictures)
    (root / "x.tar.gz").write_bytes(gzip.compress(path.read_bytes(), 1))
    path.unlink()
    return root / "x.tar.gz"


def write_parquet(root: Path, pictures: dict[str, bytes]) -> Path:
    # A page is in memory as a whole to whoever reads it.
    pq.write_table(pa.table({"jpg": list(pictures.values())}), root / "x.parquet", row_group_size=4, write_batch_size=1)
    return root / "x.parquet"


@pytest.mark.parametrize("write", [write_folder, write_tar, write_packed_tar, write_parquet])
def test_files_that_are_too_large_are_refused_and_others_are_not(write, tmp_path):
    sizes = (5000, 5001, 4000, 90_000, 5000)
    spec = write(tmp_path, {f"{n}.jpg": jpeg(size, n) for n, size in enumerate(sizes)})
    store = Store(str(tmp_path / "store"))
    (chunk,) = listed(store, open_images(str(spec), most=5001))
    done = advance(store, Fetch(FetchSettings(max_bytes=5000)), chunk)
    ledger = store.read(done.latest).to_pylist()
    assert [row["reject"] for row in ledger] == [None, "too_large", None, "too_large", None]
    assert [row["bytes"] for row in ledger] == [5000, None, 4000, None, 5000]
    packed = write is write_packed_tar  # of which no more is read
    assert [row["detail"] for row in ledger] == [
        None,
        "5001 bytes, at most 5000",
        None,
        f"{5001 if packed else 90_000} bytes, at most 5000",
        None,
    ]
    assert [(row["attempts"], row["milliseconds"], row["transient"]) for row in ledger] == [(0, 0, False)] * 5
    rows = store.load(done, ("index", "key"))
    assert rows["index"].to_pylist() == [0, 2, 4]
    with store.pictures(done.latest) as pictures:
        found = [Image.open(io.BytesIO(pictures[key])).getpixel((9, 9))[0] for key in rows["key"].to_pylist()]
    assert found == pytest.approx([0, 2, 4], abs=1)


@pytest.mark.parametrize("write", [write_folder, write_tar, write_packed_tar, write_parquet])
def test_the_same_comes_of_files_in_one_piece_and_in_many(write, tmp_path, monkeypatch):
    """Of pictures that are there twice, too, and of one that is none."""
    pictures = {f"{n}.jpg": jpeg(3000 + n, n) for n in range(7)}
    (tmp_path / "from").mkdir()
    spec = write(tmp_path / "from", pictures | {"7.jpg": pictures["1.jpg"], "8.jpg": b"junk", "9.jpg": b""})

    def files(root: Path, settings: FetchSettings) -> dict[str, bytes]:
        store = Store(str(root))
        (chunk,) = listed(store, open_images(str(spec)))
        done = advance(store, Fetch(settings), chunk)
        assert store.read(done.latest).num_rows == 10
        return {path.name: path.read_bytes() for path in (root / "fetch").rglob("*.tar")} | {"": store.read(done.latest, ["key", "reject"])}

    whole = files(tmp_path / "whole", FetchSettings())
    assert whole[""]["reject"].to_pylist() == [None] * 8 + ["not_an_image", "empty"]
    for size in (1, 3001, 7000):
        monkeypatch.setattr("pipeline.stages.fetch.BYTES_AT_ONCE", size)
        assert files(tmp_path / f"{size}", FetchSettings()) == whole
    none = files(tmp_path / "none", FetchSettings(max_bytes=100))
    assert none[""]["reject"].to_pylist() == ["too_large"] * 8 + ["not_an_image", "empty"]


PROGRAM = """
import os, re, sys
from pathlib import Path
os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:2])
import apache_beam as beam
from pipeline.fetch import FetchSettings
from pipeline.runner import beam_options
from pipeline.sources import open_images
from pipeline.stages.fetch import Fetch
from pipeline.store import Store
from pipeline.transforms import Enter

def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])

def check(chunk):
    assert chunk.latest.rejected == 0

def advanced(spec, store):
    with beam.Pipeline(options=beam_options([], 1)) as pipeline:
        made = pipeline | beam.Create(open_images(spec).blocks(100)) | Enter(store, Fetch(FetchSettings(resize="no")), ahead=4)
        made | beam.Map(check)

advanced(sys.argv[2], Store(sys.argv[3] + "/small"))
Path("/proc/self/clear_refs").write_text("5")  # the peak is now what there is; a process begins with that of its parent
before = peak()
advanced(sys.argv[1], Store(sys.argv[3] + "/large"))
print((peak() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory goes by the number of cores, and both are told as Linux does")
@pytest.mark.parametrize("write", [write_folder, write_packed_tar, write_parquet])
def test_a_chunk_of_large_pictures_takes_little_memory(write, tmp_path):
    """Stored in the size that they come in, they are 200 megabytes."""
    for name in ("large", "small"):
        (tmp_path / name).mkdir()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (1800, 1600, 3), np.uint8))
    sink = io.BytesIO()
    noise.save(sink, "JPEG", quality=97, subsampling=0)
    whole = sink.getvalue()
    pictures = {f"{n:02}.jpg": with_comment(whole, f"{n:02}".encode()) for n in range(200_000_000 // len(whole) + 1)}
    assert sum(map(len, pictures.values())) > 200_000_000
    large = write(tmp_path / "large", pictures)
    small = write(tmp_path / "small", {"0.jpg": with_comment(whole, b"small")})
    del pictures
    command = [sys.executable, "-c", PROGRAM, str(large), str(small), str(tmp_path / "store")]
    run = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 170  # megabytes


def with_comment(jpeg: bytes, words: bytes) -> bytes:
    """The same picture in other bytes."""
    return jpeg[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2) + words + jpeg[2:]
