"""Inputs and places that cannot work: each is told in one line that names it, and nothing half-written has a final name."""

import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.spec import AbstractFileSystem

from pipeline.runner import cause
from pipeline.sources.files import SourceError, matching, open_bytes
from tests.pipeline.conftest import contents

LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)); "
    "from pipeline.build import main; sys.exit(main(sys.argv[1:]))"
)


def test_what_is_asked_for_wrongly_is_told_in_one_line(given, build, tmp_path):
    def told(*flags: str, out: object = tmp_path / "out") -> str:
        code, log = build(given.arguments(out, *flags))
        assert (code, len(log.splitlines())) in ((1, 1), (2, 1)), log
        return log.strip()

    (tmp_path / "file").touch()
    place = tmp_path / "file"
    assert told(out=place) == told("--force", out=place) == f"error: --out {place}: is a file; give a folder"
    assert told(out=place / "below") == f"error: --out {place}/below: a part of it is a file; give a folder"
    assert told(out="nope://a/b") == (
        "error: --out nope://a/b: cannot be reached: Protocol not known: nope; give a folder or a URL that can be written to"
    )
    assert told("--identifier=foo:") == "error: identifier 'foo:': unknown kind of model; write one of lid, python:..."
    assert told("--min-clip=high") == "error: --min-clip: invalid float value: 'high'; see --help"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "txt"])
def test_a_column_of_hashes_that_there_is_not(given, build, tmp_path, kind):
    path, url = tmp_path / f"list.{kind}", "http://pictures.invalid/1.jpg"
    if kind == "parquet":
        pq.write_table(pa.table({"url": [url], "md5": ["0" * 32]}), path)
    else:
        path.write_text({"csv": f"url,md5\n{url},0\n", "jsonl": f'{{"url": "{url}"}}\n{{"md5": "0"}}\n', "txt": f"{url}\n"}[kind])
    arguments = given.arguments(tmp_path / "out", f"--images={path}", "--until=fetch")
    there = "none" if kind == "txt" else "url, md5"
    assert build([*arguments, "--verify-hash=md6"]) == (2, f"error: --verify-hash md6: {path} has no such column; it has {there}\n")
    if kind == "csv":
        assert build([*arguments, "--verify-hash=md5"])[0] == 0


def test_what_is_no_list_at_all_is_told_in_letters_that_can_be_shown(given, build, tmp_path):
    (tmp_path / "list.csv").write_bytes(bytes(range(128)) * 4)
    code, log = build(given.arguments(tmp_path / "out", f"--images={tmp_path / 'list.csv'}"))
    assert (code, len(log.splitlines())) == (1, 1)
    assert log.startswith(f"error: {tmp_path / 'list.csv'}: no column of URLs among ")
    assert log.rstrip("\n").isprintable()


class Cloud(AbstractFileSystem):
    """A filesystem whose errors are of a kind of its own, as those of object stores are."""

    protocol = "cloud"

    def _open(self, *args: object, **settings: object) -> object:
        raise RuntimeError("Unable to locate\n credentials")

    def ls(self, *args: object, **settings: object) -> list[str]:
        raise RuntimeError("Unable to locate\n credentials")


@pytest.mark.parametrize("spec", ["cloud://bucket/list.csv", "cloud://bucket/*.csv"])
def test_what_a_cloud_says_is_told_in_one_line(spec: str) -> None:
    fsspec.register_implementation("cloud", Cloud, clobber=True)
    with pytest.raises(SourceError) as error:
        open_bytes(matching(spec)[0])
    assert str(error.value) == (
        f"{spec}: cannot be reached: Unable to locate credentials; set up what its protocol needs, or name a file of this machine"
    )


def test_the_cause_is_found_below_what_workers_wrap_around_it() -> None:
    full = "/out/a.tar: cannot be written: No space left on device; free space there, or choose another place"
    for wrapped in (
        OSError(28, full),
        RuntimeError(f"OSError: [Errno 28] {full} [while running 'fetch']"),
        RuntimeError(f"Traceback:\n  File x\nRuntimeError: OSError: [Errno 28] {full} [while running 'fetch-ptransform-12']\n"),
    ):
        assert cause(wrapped) == full
    assert cause(RuntimeError("ValueError: odd")) == "ValueError: odd"


def test_a_disk_that_takes_no_more(built, given, build, tmp_path):
    """A limit on the size of files stands for it: writes fail in the middle of a file, as on a full disk."""
    out = tmp_path / "out"
    command = [sys.executable, "-c", LIMITED, *given.arguments(out, "--workers=2")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    last = done.stderr.splitlines()[-1]
    assert (done.returncode, last.startswith(f"error: {out}/work/fetch/")) == (1, True), done.stderr
    assert last.endswith(".tar: cannot be written: File too large; allow larger files (ulimit -f), or choose another place")
    left = [path for path in out.rglob("*") if path.is_file()]
    assert {path.suffix for path in left} <= {".parquet", ".tar", ".json"}
    for path in left:
        if path.suffix == ".parquet":
            pq.read_table(path)
        elif path.suffix == ".tar":
            with tarfile.open(path) as tar:
                tar.getmembers()
    assert build(given.arguments(out, "--workers=2"))[0] == 0
    assert contents(out) == contents(built)


def test_ctrl_c_while_the_program_is_loaded(given, start, tmp_path):
    os.mkfifo(tmp_path / "settings.yaml")
    process, log = start(given.arguments(tmp_path / "out", f"--config={tmp_path / 'settings.yaml'}"))
    with open(tmp_path / "settings.yaml", "w"):  # open as soon as the program reads it, which waits for what comes
        os.kill(process.pid, signal.SIGINT)
    process.join(30)  # after the end of what it reads: a signal that comes just before a read does not end that
    assert process.exitcode == 130
    assert log.read_text() == "\nstopped before anything was done; the same command starts again\n"
