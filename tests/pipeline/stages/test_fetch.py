import gzip
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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

    stored = store.load(first, ("jpeg",))["jpeg"].to_pylist()
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
    images = store.load(second, ("url", "jpeg"))
    assert images["url"].to_pylist() == [urls[0], urls[1], urls[3]]
    assert images["jpeg"].null_count == 0
    assert [images["jpeg"][0].as_py(), images["jpeg"][2].as_py()] == stored
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
    pq.write_table(pa.table({"jpg": list(pictures.values())}), root / "x.parquet")
    return root / "x.parquet"


@pytest.mark.parametrize("write", [write_folder, write_tar, write_packed_tar, write_parquet])
def test_files_that_are_too_large_are_refused_and_others_are_not(write, tmp_path):
    sizes = (5000, 5001, 4000, 90_000, 5000)
    spec = write(tmp_path, {f"{n}.jpg": jpeg(size, n) for n, size in enumerate(sizes)})
    ((name, rows),) = open_images(str(spec), most=5001).chunks(10)
    store = Store(str(tmp_path / "store"))
    settings = FetchSettings(max_bytes=5000)
    done = advance(store, Fetch(settings), store.list(name, rows))
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
    pictures = store.load(done, ("index", "jpeg")).to_pylist()
    assert [row["index"] for row in pictures] == [0, 2, 4]
    assert [Image.open(io.BytesIO(row["jpeg"])).getpixel((9, 9))[0] for row in pictures] == pytest.approx([0, 2, 4], abs=1)


def test_the_same_comes_of_files_in_one_piece_and_in_many(tmp_path, monkeypatch):
    spec = write_folder(tmp_path, {f"{n}.jpg": jpeg(3000 + n, n) for n in range(7)})
    ((_, rows),) = open_images(str(spec)).chunks(10)
    whole = Fetch(FetchSettings()).run(rows, iter(()))
    none = Fetch(FetchSettings(max_bytes=100)).run(rows, iter(()))
    assert (none["reject"].to_pylist(), none.schema) == (["too_large"] * 7, whole.schema)
    for size in (1, 3001, 7000):
        monkeypatch.setattr("pipeline.stages.fetch.BYTES_AT_ONCE", size)
        assert Fetch(FetchSettings()).run(rows, iter(())).equals(whole)


PROGRAM = """
import os, resource, sys
os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:2])
from pipeline.fetch import FetchSettings
from pipeline.sources import open_images
from pipeline.stages.base import advance
from pipeline.stages.fetch import Fetch
from pipeline.store import Store

def advanced(spec, store):
    for name, rows in open_images(spec).chunks(100):
        chunk = advance(store, Fetch(FetchSettings()), store.list(name, rows))
        assert chunk.living == chunk.latest.rows

advanced(sys.argv[2], Store(sys.argv[3] + "/small"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
advanced(sys.argv[1], Store(sys.argv[3] + "/large"))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="memory goes by the number of cores, which is set on Linux alone")
@pytest.mark.parametrize("write", [write_folder, write_tar])
def test_files_take_little_memory_and_are_not_copied(write, tmp_path):
    for name in ("large", "small"):
        (tmp_path / name).mkdir()
    large = write(tmp_path / "large", {"00.npy": bytes(9_000_000)} | {f"{n:02}.jpg": jpeg(8_000_000, n) for n in range(15)})
    small = write(tmp_path / "small", {"0.jpg": jpeg(5000, 0)})
    command = [sys.executable, "-c", PROGRAM, str(large), str(small), str(tmp_path / "store")]
    run = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 120  # megabytes, as large as the files themselves
    assert sum(path.stat().st_size for path in (tmp_path / "store").rglob("*") if path.is_file()) < 200_000
