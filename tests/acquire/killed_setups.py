"""Kills set-ups and tear-downs at every change they make to the disk, one moment after another.

Run as a program: ``killed_setups.py setup|teardown ARCHIVES FOLDER``. For the n-th moment it works
in ``FOLDER/n``; it ends when a moment is beyond the last. Prints how many moments there were.
"""

import os
import signal
import sys
from pathlib import Path

from aura.acquire import ArchiveConfig, set_up_fvc, tear_down_fvc

CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"}


def main() -> None:
    work, archives, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    for moment in range(1, 1000):
        root = folder / str(moment)
        if work == "teardown":
            _in_child(lambda root=root: _set_up(archives, root))
        job = _set_up if work == "setup" else _tear_down
        if not _in_child(lambda root=root, job=job: job(archives, root), kill_at=moment):
            sys.stdout.write(f"{moment - 1}\n")
            return


def _set_up(archives: Path, root: Path) -> None:
    set_up_fvc(archives, root, config=ArchiveConfig(keep_free_bytes=0))


def _tear_down(archives: Path, root: Path) -> None:
    tear_down_fvc(root)


def _in_child(job, *, kill_at: int | None = None) -> bool:
    """Do a job in a process of its own; return whether it was killed before it ended."""
    child = os.fork()
    if child == 0:
        if kill_at is not None:
            _kill_at(kill_at)
        job()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert status == 0, f"exit code {os.waitstatus_to_exitcode(status)}"
    return False


def _kill_at(moment: int) -> None:
    seen = 0

    def hook(event: str, arguments: tuple) -> None:
        nonlocal seen
        writes = event == "open" and isinstance(arguments[1], str) and arguments[1][:1] in "wax"
        if event in CHANGES or writes:
            seen += 1
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


if __name__ == "__main__":
    main()
