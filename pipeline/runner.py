"""Runs the graph on Beam, and makes its ends bearable: errors in one line, an interrupt that really ends it."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.config import ConfigError

logger = logging.getLogger(__name__)

_CAUSE = re.compile(r"^(?:[\w.]*\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Exit)): (.*)$", re.MULTILINE)


class RunFailed(RuntimeError):
    """A run that stopped; the message is its cause in one line."""


def beam_options(flags: Sequence[str], workers: int) -> PipelineOptions:
    """Options for Beam: its own flags as they were given, and for what they leave open this machine, all cores.

    The in-process runner is named because Beam's default would first try to download another one.

    Raises:
        ConfigError: a flag that neither this program nor Beam knows.
    """
    known: Any = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for kind in PipelineOptions.__subclasses__():
        kind._add_argparse_args(known)  # Beam offers no other list of its flags
    set_flags, unknown = known.parse_known_args(list(flags))
    if unknown:
        raise ConfigError(f"{' '.join(unknown)}: no such flag; see --help, and Beam's own flags at https://beam.apache.org")
    chosen = list(flags)
    if set_flags.runner is None:
        chosen.append("--runner=FnApiRunner")
        if not any(flag.startswith(("--direct_num_workers", "--direct_running_mode")) for flag in flags):
            workers = workers or multiprocessing.cpu_count()
            chosen += [f"--direct_num_workers={workers}", f"--direct_running_mode={'multi_threading' if workers > 1 else 'in_memory'}"]
    return PipelineOptions(chosen, save_main_session=False)


def run_graph(build: Callable[[beam.Pipeline], None], options: PipelineOptions) -> None:
    """Builds a graph and runs it to its end.

    Raises:
        RunFailed: with the cause in one line; the whole trace goes to the log at level DEBUG.
    """
    pipeline = beam.Pipeline(options=options)
    build(pipeline)
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    try:
        pipeline.run().wait_until_finish()
    except Exception as error:
        logger.debug("the run failed", exc_info=True)
        raise RunFailed(cause(error)) from error


def cause(error: BaseException) -> str:
    """The innermost error of what Beam reports, in one line."""
    found = _CAUSE.findall(f"{type(error).__name__}: {error}".replace("\\n", "\n"))
    name, message = found[-1] if found else (type(error).__name__, str(error))
    message = re.sub(r" \[while running .*", "", message).strip().strip("'\"")
    message = re.sub(r"^\[Errno \d+\] ", "", message)
    return message if name in ("StageError", "SourceError", "OSError") else f"{name}: {message}"


@contextmanager
def interruptible(message: str) -> Iterator[None]:
    """Within the block, Ctrl-C prints the message and ends this process and the workers that it started, at once.

    Whatever is half-written has a temporary name, so nothing is lost by not waiting for threads.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        print(f"\n{message}", file=sys.stderr, flush=True)
        for child in _descendants(os.getpid()):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        os._exit(130)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _descendants(process: int) -> list[int]:
    """Processes that this one started, and those that they started; empty where there is no /proc."""
    found = []
    for task in _read(f"/proc/{process}/task"):
        try:
            with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as file:
                children = [int(child) for child in file.read().split()]
        except OSError:
            continue
        found += [descendant for child in children for descendant in (*_descendants(child), child)]
    return found


def _read(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
