"""Reads thousands of damaged media files in the engine's workers, and reports what came of it.

    python tests/stress/fuzz_media.py --n 2000 --seed 0 --workers 2

The summary goes to standard output as JSON. The exit code is 1 where a file led to anything but
frames or a clear error: an exception that is not ours, something printed, a worker that had to be
stopped after the time limit, or more memory than allowed. A decoder that dies with its worker is
what workers are for: it is listed with the name of the file (seed, number, original), and counts
as a failed video. ``--keep FOLDER`` keeps the files of findings and crashes.
"""

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Run from the command line and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=2000, help="damaged files to read")
    parser.add_argument("--seed", type=int, default=0, help="names the damage")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    parser.add_argument("--keep", type=Path, help="folder for files that led to a finding")
    arguments = parser.parse_args()
    _make_importable()
    from fuzzing import fuzz

    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    summary = fuzz(
        n=arguments.n, seed=arguments.seed, workers=arguments.workers, keep=arguments.keep
    )
    sys.stdout.write(summary.as_json() + "\n")
    return 1 if summary.findings else 0


def _make_importable() -> None:
    """Let this process and its workers find the stress modules and the generated videos."""
    here = Path(__file__).parent
    folders = [str(here), str(here.parent / "media")]
    sys.path[:0] = folders
    os.environ["PYTHONPATH"] = os.pathsep.join([*folders, os.environ.get("PYTHONPATH", "")])
    os.environ.setdefault("SVT_LOG", "-1")


if __name__ == "__main__":
    sys.exit(main())
