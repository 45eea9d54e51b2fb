"""Runs the graph on Beam, and tells what went wrong there in one line."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import re
from collections.abc import Callable, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.config import ConfigError
from pipeline.stopping import RunFailed

logger = logging.getLogger(__name__)

_CAUSE = re.compile(r"^(?:[\w.]*\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Exit)): (.*)$", re.MULTILINE)


_OURS = ("StageError", "SourceError", "ModelError", "ShelfError", "OSError")
"""Errors whose message says all that there is to say."""


def beam_options(flags: Sequence[str], workers: int) -> PipelineOptions:
    """Options for Beam: its own flags as they were given, and for what they leave open this machine, all cores.

    The in-process runner is named because Beam's default would first try to download another one.

    Raises:
        ConfigError: a flag that neither this program nor Beam knows, or a value that a flag of Beam's cannot have.
    """
    known: Any = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for kind in PipelineOptions.__subclasses__():
        kind._add_argparse_args(known)  # Beam offers no other list of its flags
    try:
        set_flags, unknown = known.parse_known_args(list(flags))
    except argparse.ArgumentError as error:
        raise ConfigError(f"{str(error).removeprefix('argument ')}; see Beam's own flags at https://beam.apache.org") from None
    if unknown:
        raise ConfigError(f"{' '.join(unknown)}: no such flag; see --help, and Beam's own flags at https://beam.apache.org")
    chosen = list(flags)
    if set_flags.runner is None:
        chosen.append("--runner=FnApiRunner")
        if not any(flag.startswith(("--direct_num_workers", "--direct_running_mode")) for flag in flags):
            workers = workers or multiprocessing.cpu_count()
            chosen += [f"--direct_num_workers={workers}", f"--direct_running_mode={'multi_threading' if workers > 1 else 'in_memory'}"]
    return PipelineOptions(chosen, save_main_session=False)


def is_in_this_process(options: PipelineOptions) -> bool:
    """Whether a run with these options works in threads of this process."""
    given = options.get_all_options()
    return str(given["runner"]).endswith("FnApiRunner") and given["direct_running_mode"] != "multi_processing"


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
    while inner := _CAUSE.match(message):  # of workers, whose errors come wrapped into one line
        name, message = inner.groups()
    message = re.sub(r" \[while running .*", "", message).strip().strip("'\"")
    message = re.sub(r"^\[Errno \d+\] ", "", message)
    return message if name in _OURS else f"{name}: {message}"
