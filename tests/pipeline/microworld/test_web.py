"""The microworld's web on the wire: every fault as it is named, the same bytes each time, and no server left behind."""

import asyncio
import contextlib
import hashlib
import io
import itertools
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageOps

from pipeline.fetch.settings import FetchSettings
from pipeline.microworld.faults import WebFaults
from pipeline.microworld.pictures import EXIF_ORIENTATION
from pipeline.microworld.render import render_scene
from pipeline.microworld.scenes import sample_scene
from pipeline.microworld.web import HOSTS, Web, serve
from pipeline.microworld.world import NOWHERE, TRUTH, Page, page, pages, scene_of, web_truth, write_image_list

ROWS = list(pages(4000))
FAULTS = [field.name for field in fields(WebFaults) if not field.name.startswith("alt_")]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def image(self) -> Image.Image:
        return Image.open(io.BytesIO(self.body))


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serve() as running:
        yield running


def rows_with(fault: str | None, count: int) -> list[Page]:
    found = list(itertools.islice((row for row in ROWS if row.fault == fault), count))
    assert len(found) == count
    return found


def get(web: Web, *urls: str) -> list[Answer]:
    """One request a URL, to the server's address whatever the host, no redirect followed."""

    async def all_of_them() -> list[Answer]:
        async with aiohttp.ClientSession() as session:
            answers = []
            for url in urls:
                parts = urlsplit(url)
                assert parts.hostname in HOSTS
                assert parts.port is None
                there = f"http://{web.address}{parts.path}" + (f"?{parts.query}" if parts.query else "")
                async with session.get(there, headers={"Host": parts.hostname}, allow_redirects=False) as response:
                    answers.append(Answer(response.status, dict(response.headers), await response.read()))
            return answers

    return asyncio.run(all_of_them())


def difference(image: Image.Image, scene: int) -> float:
    """Mean difference of a value from the scene as it is drawn, of 255."""
    drawn = np.asarray(render_scene(sample_scene(scene)), np.int16)
    return float(np.abs(np.asarray(image.convert("RGB"), np.int16) - drawn).mean())


def test_sound_pictures_are_jpegs_of_their_scenes(web):
    for row, answer in zip(found := rows_with(None, 8), get(web, *(row.url for row in found)), strict=True):
        assert (answer.status, answer.headers["Content-Type"], answer.headers["Content-Length"]) == (
            200,
            "image/jpeg",
            str(len(answer.body)),
        )
        assert (answer.image.format, answer.image.mode, answer.image.size) == ("JPEG", "RGB", (256, 256))
        assert difference(answer.image, row.scene) < 4
        assert (row.scene, row.expected) == (scene_of(row.index), "ok")


@pytest.mark.parametrize(("fault", "status"), [("not_found", 404), ("gone", 410), ("server_error", 500)])
def test_errors_stay(web, fault, status):
    (row,) = rows_with(fault, 1)
    assert [answer.status for answer in get(web, row.url, row.url)] == [status, status]


def test_flaky_pictures_come_at_the_second_try_in_every_run(web):
    waits = set()
    for row in rows_with("flaky", 12):
        refused, given, again, given_again = get(web, *[row.url] * 4)
        assert [answer.status for answer in (refused, given, again, given_again)] == [503, 200, 503, 200]
        assert given.body == given_again.body
        assert given.image.size == (256, 256)
        waits.add(refused.headers["Retry-After"])
    assert waits == {"0", "1"}


def test_unknown_hosts_are_below_a_domain_that_does_not_exist():
    for row in rows_with("unknown_host", 3):
        assert (urlsplit(row.url).hostname, row.expected) == (NOWHERE, "dns")
    assert NOWHERE.endswith(".invalid")
    assert NOWHERE not in HOSTS


def test_slow_drip_begins_and_does_not_end(web):
    (row,) = rows_with("slow_drip", 1)

    async def listen() -> tuple[int, bytes]:
        async with aiohttp.ClientSession() as session, session.get(f"http://{web.address}{urlsplit(row.url).path}") as response:
            body = b""
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2.5):
                    async for part in response.content.iter_any():
                        body += part
            return int(response.headers["Content-Length"]), body

    length, body = asyncio.run(listen())
    assert length > 4000
    assert body == b"\xff\xd8"


def test_redirects_lead_to_the_picture_in_one_to_three_hops_across_hosts(web):
    hops, statuses = Counter(), set()
    for row in rows_with("redirect", 30):
        url, seen = row.url, [urlsplit(row.url).hostname]
        while (answer := get(web, url)[0]).status != 200:
            statuses.add(answer.status)
            url = answer.headers["Location"]
            seen.append(urlsplit(url).hostname)
        assert len(set(seen)) == len(seen)
        assert difference(answer.image, row.scene) < 4
        hops[len(seen) - 1] += 1
    assert set(hops) == {1, 2, 3}
    assert statuses == {301, 302, 303, 307, 308}


def test_redirect_loop_comes_back_to_where_it_was(web):
    (row,) = rows_with("redirect_loop", 1)
    url, seen = row.url, []
    for _ in range(5):
        (answer,) = get(web, url)
        assert answer.status == 302
        seen.append(url)
        url = answer.headers["Location"]
    assert seen[1] == seen[3] != seen[2] == seen[4]


def test_private_redirects_lead_to_addresses_that_are_not_public(web):
    answers = get(web, *(row.url for row in rows_with("private_redirect", 6)))
    assert {answer.status for answer in answers} == {302}
    assert {urlsplit(answer.headers["Location"]).netloc for answer in answers} == {"169.254.169.254", "127.0.0.1:9"}


def test_html_calls_itself_a_jpeg(web):
    (answer,) = get(web, rows_with("html_as_jpeg", 1)[0].url)
    assert (answer.status, answer.headers["Content-Type"], answer.body[:15]) == (200, "image/jpeg", b"<!DOCTYPE html>")


def test_truncated_pictures_break_off_in_an_answer_that_is_whole(web):
    for answer in get(web, *(row.url for row in rows_with("truncated", 6))):
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(answer.body)))
        with pytest.raises(OSError, match="truncated"):
            answer.image.load()


def test_empty_answers_are_empty(web):
    (answer,) = get(web, rows_with("empty", 1)[0].url)
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "image/jpeg", b"")


def test_mislabelled_pictures_are_png_or_webp(web):
    formats = set()
    for row, answer in zip(found := rows_with("mislabelled", 8), get(web, *(row.url for row in found)), strict=True):
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
        assert row.url.endswith(".jpg")
        assert difference(answer.image, row.scene) < 5
        formats.add(answer.image.format)
    assert formats == {"PNG", "WEBP"}


def test_placeholders_are_the_same_bytes(web):
    found = rows_with("placeholder", 5)
    answers = get(web, *(row.url for row in found))
    assert [answer.status for answer in answers] == [200] * 5
    assert len({answer.body for answer in answers}) == 1
    assert answers[0].image.size == (256, 256)
    assert {row.expected for row in found} == {"placeholder"}


def test_duplicates_have_the_address_or_the_bytes_of_an_earlier_picture(web):
    earlier = {}
    kinds = Counter()
    for row in ROWS[:2000]:
        if row.fault == "duplicate":
            source = ROWS[row.source]
            assert source.index < row.index
            assert (source.fault, source.scene) == (None, row.scene)
            assert row.expected == ("duplicate_url" if row.url in earlier else "duplicate")
            kinds[row.expected] += 1
        earlier.setdefault(row.url, row.index)
        assert (earlier[row.url] != row.index) == (row.expected == "duplicate_url")
    assert min(kinds["duplicate"], kinds["duplicate_url"]) > 4
    other = next(row for row in ROWS if row.expected == "duplicate" and row.fault == "duplicate")
    again, original = get(web, other.url, ROWS[other.source].url)
    assert other.url != ROWS[other.source].url
    assert again.body == original.body


def test_reencodes_look_like_their_source_in_fewer_bytes(web):
    for row in rows_with("reencoded", 4):
        again, original = get(web, row.url, ROWS[row.source].url)
        assert len(again.body) < len(original.body)
        assert np.abs(np.asarray(again.image, np.int16) - np.asarray(original.image, np.int16)).mean() < 4
        assert (row.expected, ROWS[row.source].fault) == ("ok", None)


def test_opted_out_pictures_say_so_and_come_nevertheless(web):
    answers = get(web, *(row.url for row in rows_with("opted_out", 6)))
    assert {answer.headers["X-Robots-Tag"] for answer in answers} <= {"noai", "noai, noimageai", "noimageai"}
    assert {answer.status for answer in answers} == {200}
    assert all("X-Robots-Tag" not in answer.headers for answer in get(web, *(row.url for row in rows_with(None, 3))))


def test_sideways_pictures_stand_upright_once_their_orientation_is_heeded(web):
    orientations = set()
    for row, answer in zip(found := rows_with("sideways", 12), get(web, *(row.url for row in found)), strict=True):
        orientations.add(answer.image.getexif()[EXIF_ORIENTATION])
        assert difference(answer.image, row.scene) > 10
        assert difference(ImageOps.exif_transpose(answer.image), row.scene) < 4
    assert orientations == {3, 6, 8}


def test_pictures_are_at_their_own_host_only(web):
    first, *_ = rows_with(None, 1)
    host = urlsplit(first.url).hostname
    for other in HOSTS:
        (answer,) = get(web, first.url.replace(str(host), other))
        assert answer.status == (200 if other == host else 404)
    assert [answer.status for answer in get(web, f"http://{host}/", f"http://{host}/0/12.jpg", f"http://{host}/x/0000012.jpg")] == [404] * 3


def test_faults_are_as_frequent_as_planned():
    found = Counter(row.fault for row in ROWS)
    assert set(found) == {None, *FAULTS}
    for fault in FAULTS:
        planned = getattr(WebFaults, fault)
        assert abs(found[fault] / len(ROWS) - planned) < 4 * (planned / len(ROWS)) ** 0.5, fault


def test_rows_do_not_depend_on_the_length_of_the_list():
    assert list(pages(50)) == ROWS[:50] == [page(index) for index in reversed(range(50))][::-1]
    assert [row.fault for row in pages(300, seed=1)] != [row.fault for row in ROWS[:300]]
    assert {row.scene for row in pages(300, seed=1)} <= set(range(10_000_000, 10_000_300))
    assert scene_of(3, seed=41) == 10_000_003


def test_image_list_has_urls_and_alts_and_nothing_of_the_truth(tmp_path: Path):
    written = write_image_list(tmp_path / "a", 500, 3)
    again = write_image_list(tmp_path / "b", 500, 3)
    assert written.read_bytes() == again.read_bytes()
    table = pq.read_table(written)
    truth = web_truth(500, 3)
    assert table.column_names == ["url", "alt"]
    assert table.to_pydict() == truth.select(["url", "alt"]).to_pydict()
    assert truth.schema == TRUTH
    assert truth.to_pylist() == [vars(row) for row in pages(500, 3)]
    assert not any(fault in url for url in table["url"].to_pylist() for fault in FAULTS)
    assert {urlsplit(url).hostname for url in table["url"].to_pylist()} == {*HOSTS, NOWHERE}


def test_bytes_are_the_same_from_another_server_in_another_order(web):
    kinds = (None, "mislabelled", "sideways", "reencoded", "truncated", "placeholder", "opted_out")
    urls = [row.url for fault in kinds for row in rows_with(fault, 3)]
    with serve() as other:
        assert other.address != web.address
        backwards = get(other, *reversed(urls))[::-1]
    assert [hashlib.sha256(answer.body).hexdigest() for answer in get(web, *urls)] == [
        hashlib.sha256(answer.body).hexdigest() for answer in backwards
    ]


def test_fetch_settings_take_where_the_hosts_are(web):
    assert FetchSettings(resolve=web.resolve).resolve == tuple((host, web.address) for host in sorted(HOSTS))


def test_server_ends_with_the_block():
    with serve() as short:
        assert is_up(short.address)
    assert not is_up(short.address)


def test_server_ends_with_its_parent_even_when_that_is_killed():
    program = (
        "import os, time\nfrom pipeline.microworld.web import serve\n"
        "with serve() as web:\n"
        # A child of the parent's that lives on must not keep the server up.
        "    if os.fork() == 0:\n        os.close(1)\n        time.sleep(5)\n        os._exit(0)\n"
        "    print(web.address, flush=True)\n    time.sleep(60)\n"
    )
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root) as parent:
        assert parent.stdout
        address = parent.stdout.readline().strip()
        assert is_up(address)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while is_up(address) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_up(address)


def is_up(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
