"""Runs the fuzzers for long: ``python -m tests.fuzz [TARGET ...] [--minutes N] [--findings DIR]``.

A target is a test of this folder, as ``test_pictures.test_damaged_pictures``, or a file of them; all, where none is named. Each gets
an equal share of the minutes. With atheris, which is not a dependency (``pip install atheris``), inputs are led by what code they
reach; without it they are drawn at random. What is found is written to DIR, a file each, and the exit code is 1: docs/contributing.md
says what to do then.
"""

import argparse
import importlib
import importlib.util
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LED = importlib.util.find_spec("atheris") is not None


def targets() -> list[str]:
    """The names of all targets, as FILE.TEST."""
    return [f"{path.stem}.{name}" for path in sorted(HERE.glob("test_*.py")) for name in _tests(path.stem)]


def _tests(file: str) -> dict[str, Callable[[], None]]:
    module = importlib.import_module(f"tests.fuzz.{file}")
    return {name: test for name, test in vars(module).items() if name.startswith("test_") and hasattr(test, "hypothesis")}


def _run(target: str, seconds: float, findings: Path) -> bool:
    """Runs a target in this process; whether something was found."""
    file, _, name = target.partition(".")
    end, test = time.monotonic() + seconds, _tests(file)[name]
    while time.monotonic() < end:
        try:
            test()
        except Exception as error:
            path = findings / f"{target}.txt"
            path.write_text("".join(traceback.format_exception(error)), encoding="utf-8", errors="backslashreplace")
            print(f"{target}: {path}")
            return True
    return False


def _run_led(target: str, seconds: float, findings: Path) -> None:
    """The same with atheris, which ends the process. What it finds is in the database of hypothesis as well, and shrunk by `_run`."""
    import atheris

    with atheris.instrument_imports(include=["pipeline", "shards", "models"]):
        file, _, name = target.partition(".")
        test: Any = _tests(file)[name]
    atheris.Setup([target, f"-max_total_time={seconds:.0f}", f"-artifact_prefix={findings}/{target}-"], test.hypothesis.fuzz_one_input)
    atheris.Fuzz()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs targets, each in a process of its own; returns 1 if something was found, 2 if there is no such target."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--minutes", type=float, default=60, help="for all targets together (default: 60)")
    parser.add_argument("--findings", type=Path, default=Path("data/findings"), metavar="DIR", help="(default: data/findings)")
    parser.add_argument("--here", choices=("led", "random"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    given.findings.mkdir(parents=True, exist_ok=True)
    if given.here:
        (target,) = given.targets
        if given.here == "led":
            _run_led(target, 60 * given.minutes, given.findings)
        return int(_run(target, 60 * given.minutes, given.findings))
    there = targets()
    chosen = [target for target in there if not given.targets or {target, target.partition(".")[0]} & set(given.targets)]
    if unknown := set(given.targets) - set(there) - {target.partition(".")[0] for target in there}:
        print(f"error: {sorted(unknown)[0]}: no such target; there are {', '.join(there)}", file=sys.stderr)
        return 2
    if not LED:
        print("atheris is not installed (pip install atheris): inputs are drawn at random, not led by what code they reach")
    failed = False
    for target in chosen:
        minutes = given.minutes / len(chosen)
        failed |= _started(target, minutes, given.findings, "led") if LED else False
        failed |= _started(target, minutes if not LED else min(minutes, 1), given.findings, "random")
    print(f"findings are in {given.findings}" if failed else "nothing was found")
    return int(failed)


def _started(target: str, minutes: float, findings: Path, way: str) -> bool:
    print(f"{target}: {minutes:.1f} minutes, {way}", flush=True)
    command = [sys.executable, "-m", "tests.fuzz", target, f"--minutes={minutes}", f"--findings={findings}", f"--here={way}"]
    return subprocess.run(command, env={**os.environ, "FUZZ": f"rounds:{findings}/examples"}, check=False).returncode != 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # not held up by what targets have open
