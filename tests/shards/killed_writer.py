"""A writer that dies by kill -9 at a chosen moment; run as a program.

Arguments: a folder, how many moments to try, and a seed. Each moment is a write to a shard (which
is cut in half), a flush to the disk, or a renaming. In a child process the writer runs until that
moment and kills itself; then another resumes. Prints what each folder held right after the kill.
"""

import json
import os
import random
import signal
import sys
from pathlib import Path

from PIL import Image

from aura.shards import ShardWriter
from aura.shards.unfinished import UnfinishedShard

sys.path.insert(0, str(Path(__file__).parent))
from conftest import add_samples

OPTIONS = {"max_shard_size_bytes": 41_000}
N_SAMPLES = 24


class Moments:
    """Counts moments, and ends this process at one of them."""

    def __init__(self, deadly: int | None) -> None:
        self.n, self.deadly = 0, deadly

    def pass_by(self, half=None) -> None:
        if self.n == self.deadly:
            if half is not None:
                half()
            os.kill(os.getpid(), signal.SIGKILL)
        self.n += 1

    def watch(self) -> None:
        append, fsync, replace = UnfinishedShard.append, os.fsync, Path.replace

        def watched_append(shard, content):
            def half():
                append(shard, content[: len(content) // 2])
                shard._stream.flush()

            self.pass_by(half)
            return append(shard, content)

        def watched_fsync(handle):
            self.pass_by()
            fsync(handle)

        def watched_replace(path, target):
            self.pass_by()
            return replace(path, target)

        UnfinishedShard.append, os.fsync, Path.replace = (
            watched_append,
            watched_fsync,
            watched_replace,
        )


def write(folder: Path, *, deadly: int | None, resume: bool) -> int:
    """Write the samples that are not there yet; return how many moments there were."""
    moments = Moments(deadly)
    moments.watch()
    with ShardWriter(folder, resume=resume, **OPTIONS) as writer:
        add_samples(writer, range(writer.n_resumed, N_SAMPLES))
    return moments.n


def in_child(work) -> int:
    """Return how a child process that does ``work`` ends."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def main() -> None:
    Image.init()  # once, not in every child
    root, n_moments, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

    def count() -> None:
        n = write(root / "whole", deadly=None, resume=False)
        (root / "count").write_text(str(n))

    assert in_child(count) == 0
    n_all = int((root / "count").read_text())
    chosen = sorted(random.Random(seed).sample(range(n_all), n_moments))
    kills = [kill_and_resume(root / f"killed_{moment:03d}", moment) for moment in chosen]
    sys.stdout.write(json.dumps({"n_all": n_all, "kills": kills}))


def kill_and_resume(folder: Path, moment: int) -> dict[str, object]:
    """Return what a folder held between the kill and the resuming."""
    status = in_child(lambda: write(folder, deadly=moment, resume=False))
    report = {
        "moment": moment,
        "signal": os.WTERMSIG(status),
        "index": (folder / "index.csv").exists(),
        "files": {p.name: p.stat().st_size for p in folder.iterdir() if p.is_file()},
    }
    (folder / "after_the_kill").mkdir()
    for shard in folder.glob("[!.]*.tar"):
        os.link(shard, folder / "after_the_kill" / shard.name)
    assert in_child(lambda: write(folder, deadly=None, resume=True)) == 0
    return report


if __name__ == "__main__":
    main()
