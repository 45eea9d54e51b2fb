"""Writes OUT/report.html of a finished dataset: ``python -m pipeline.report OUT``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pipeline.report.write import NAME, write_report
from shards.manifest import ManifestError
from shards.reader import DatasetError


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 written, 1 not."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.report", description=__doc__)
    parser.add_argument("out", metavar="OUT", help="folder or fsspec URL of the dataset")
    out = parser.parse_args(arguments).out.rstrip("/")
    try:
        write_report(out)
    except (ManifestError, DatasetError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{out}/{NAME}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
