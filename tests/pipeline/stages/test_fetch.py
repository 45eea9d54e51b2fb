import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest
from PIL import Image

from pipeline.fetch import FetchSettings
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
