"""The main job: from an image list and bitexts to verified shards. ``python -m pipeline.build --help`` tells how."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from typing import NoReturn

from pipeline.config import ConfigError, add_flags, load_config, one_line

EPILOG = """
Flags of Apache Beam pass through, such as --runner=SparkRunner or --direct_running_mode=multi_processing. Without a --runner
the run stays on this machine. A run that was stopped goes on where it was when the same command is given again.
"""


class _Parser(argparse.ArgumentParser):
    """Tells in one line what is wrong, as all other checks do."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {one_line(message.removeprefix('argument '))}; see --help\n")


def parser() -> argparse.ArgumentParser:
    """The command line of the build."""
    made = _Parser(prog="python -m pipeline.build", description=__doc__, epilog=EPILOG, allow_abbrev=False)
    add_flags(made)
    made.add_argument("--plan", action="store_true", help="print stages, models, chunks, expected disk and time; run nothing")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds a dataset; returns the exit code: 0 done, 1 failed, 2 wrongly asked for."""
    flags, beam_flags = parser().parse_known_args(arguments)
    given = vars(flags)
    preset, file, plan_only = given.pop("preset"), given.pop("config"), given.pop("plan")
    try:
        config = load_config(preset, file, given)
        from pipeline.run import build, show_plan

        return show_plan(config, beam_flags) if plan_only else build(config, beam_flags)
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # while this program is loaded; later ones are dealt with by the run
        print("\nstopped before anything was done; the same command starts again", file=sys.stderr)
        return 130


if __name__ == "__main__":
    code = main()
    gc.freeze()  # what is left goes with the process, and need not be looked through on the way out
    sys.exit(code)
