"""Files of settings and command lines of any kind: a configuration that can be written down again, or one line that says what is wrong."""

import io
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, note
from hypothesis import strategies as st

from pipeline.build import main
from pipeline.config import PRESETS, Config, ConfigError, flag, load_config, presets
from pipeline.strict_yaml import MOST_BYTES
from tests.fuzz.laws import examples, is_one_line, within

NAMES = tuple(f.name for f in fields(Config))
_LETTERS = "[]{}:,-?&*!|>'\"%@`#~ \t\n\r\0aé\ud800\ufeff\x85\u2028"
_SCALARS = st.sampled_from(
    (
        *"~ null yes no on off true .nan .inf -.inf -0 0x1F 0o17 0b 0x_ 09 1_0 190:20:30 1e400 1e3".split(),
        *"2001-01-01 2001-99-99 2001-01-01T25:00:00Z = <<".split(),
        *"!!int !!bool !!float !!timestamp !!binary !!set !!python/object:os.system !x &a *a".split(),
        *"en en,de en,../x microworld none demo '' | >".split(),
        '"\\0"', '"\\uD800"', '"a\\nb"', "9" * 30, "9" * 5000, f"0x{'f' * 5000}", "a" * 3000, "[en, no]",
        "[en, de]", "{}", "[]", "[[[]]]", "{a: {b: c}}",
    )
) | st.integers().map(str) | st.floats().map(str) | st.text(_LETTERS, max_size=12)  # fmt: skip
_FETCH = st.sampled_from(("deadline_seconds", "resolve", "opt_out", "size", "proxy", "nope", "max_bytes", "user_agent", "resize"))
_LINES = st.tuples(st.sampled_from(NAMES) | _SCALARS, st.sampled_from((": ", ":", ": ", ": &a ", ":\n  - ", ":\n  ")), _SCALARS).map(
    "".join
) | st.tuples(st.just("fetch: {"), _FETCH, st.just(": "), _SCALARS, st.just("}")).map("".join)
_PRESETS = tuple(path.read_text(encoding="utf-8") for path in sorted(PRESETS.glob("*.yaml")))


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    """A preset that has lost, gained or doubled lines, or had something written into one."""
    lines = draw(st.sampled_from(_PRESETS)).splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(("drop", "double", "insert", "write", "indent")))
        if kind == "drop" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(draw(st.integers(0, len(lines))), lines[at])
        elif kind == "insert":
            lines.insert(at, draw(_LINES))
        elif kind == "indent":
            lines[at] = draw(st.sampled_from((" ", "  ", "\t", "- "))) + lines[at]
        else:
            column = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:column] + draw(_SCALARS) + lines[at][column:]
    return "\n".join(lines)


_BOMB = "\n".join(["base: &b0 {x: 1}", *(f"k{n}: &b{n + 1} {{<<: [*b{n}, *b{n}]}}" for n in range(40))])
_LAUGHS = "\n".join(["base: &b0 [x]", *(f"k{n}: &b{n + 1} [*b{n}, *b{n}]" for n in range(40)), "min_clip: *b40"])
FILES = st.lists(_LINES, max_size=5).map("\n".join).map(lambda text: text.encode("utf-8", "surrogatepass")) | _mutated().map(
    lambda text: text.encode("utf-8", "surrogatepass")
) | st.binary(max_size=40)  # fmt: skip


@cache
def folder() -> Path:
    """An empty folder that a command is started in."""
    return Path(tempfile.mkdtemp())


def loaded(data: bytes, flags: dict[str, Any]) -> Config | None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "settings.yaml"
        path.write_bytes(data)
        try:
            with within(10, 200):
                return load_config("demo", str(path), flags)
        except ConfigError as error:
            assert is_one_line(str(error)), str(error)
            assert len(str(error)) < 3000
            return None


@examples(600)
@given(FILES)
@example(_BOMB.encode())
@example(_LAUGHS.encode())
@example(b"a: &a [*a]\nfetch: {x: *a}")
@example(b"[" * 100_000)
@example(b"#" * MOST_BYTES)
@example(b"fetch: {2001-01-01: 1, a: 1}")
@example(b"langs: [en, no]")
@example(b"limit: 1\nlimit: 2")
def test_any_file_of_settings(data: bytes) -> None:
    config = loaded(data, {})
    if config is None:
        return
    assert len(config.sha256()) == 64
    assert json.loads(json.dumps(config.identity(), allow_nan=False)) == config.identity()
    written = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(config).items()}
    again = loaded(yaml.safe_dump(written, allow_unicode=True).encode("utf-8", "surrogatepass"), {})
    assert again == config


ARGUMENTS = st.lists(
    st.builds("{}={}".format, st.sampled_from([flag(name) for name in NAMES if name != "allow_private"]), _SCALARS)
    | st.builds("--allow-private={}:{}".format, _SCALARS, _SCALARS)
    | st.builds("--preset={}".format, st.sampled_from(presets()) | _SCALARS)
    | st.builds("--config={}".format, st.sampled_from(("/", ".", "/dev/null", "/dev/zero", "nowhere", "a\0b", "\ud800")))
    | st.sampled_from(
        ("--force", "--no-force", "--retry-failed", "--images", "-x", "--", "", "--direct_num_workers=x", "--nope", "--runner=x")
    )
    | _SCALARS,
    max_size=4,
)


def planned(arguments: Sequence[str]) -> tuple[int, list[str]]:
    """Exit code and lines of a ``--plan``, which leaves nothing behind."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder()), redirect_stdout(out), redirect_stderr(err), within(60, 1500):
        try:
            code = main(["--plan", *arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
    assert os.listdir(folder()) == []
    return code, err.getvalue().splitlines()


@examples(120)
@given(ARGUMENTS)
@example(["--identifier=foo:"])
@example(["--limit=1\n2"])
@example(["--nope=1"])
def test_any_command_line(arguments: list[str]) -> None:
    note(f"{arguments}")
    code, lines = planned(arguments)
    errors = [line for line in lines if line.startswith("error: ")]
    assert len(errors) == (code in (1, 2)), lines
    assert code in (0, 1, 2)
    assert all(is_one_line(line) for line in errors)
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize("path", [".", "/dev/zero", "nowhere", "a\0b"])
def test_what_is_no_file_of_settings(path: str) -> None:
    with within(5, 100):
        code, lines = planned([f"--config={path}"])
    assert (code, len(lines)) == (2, 1)
    assert is_one_line(lines[0])
