import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

N_KILLS = 20
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the program forks"),
]


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> tuple[Path, dict]:
    root = tmp_path_factory.mktemp("killed")
    program = Path(__file__).with_name("killed_writer.py")
    ended = subprocess.run(
        [sys.executable, program, root, str(N_KILLS), "20261120"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return root, json.loads(ended.stdout)


def test_the_kills_came_and_at_very_different_moments(killed):
    _, report = killed
    assert [kill["signal"] for kill in report["kills"]] == [9] * N_KILLS
    n_shards = {sum(n.startswith("shard") for n in kill["files"]) for kill in report["kills"]}
    assert len(n_shards) >= 4
    assert any(".partial" in name for kill in report["kills"] for name in kill["files"])
    assert any(kill["index"] for kill in report["kills"])


def test_a_shard_that_had_its_name_was_whole(killed):
    root, report = killed
    for kill in report["kills"]:
        folder = root / f"killed_{kill['moment']:03d}" / "after_the_kill"
        for shard in folder.glob("*.tar"):
            assert shard.read_bytes() == (root / "whole" / shard.name).read_bytes()


def test_an_index_named_only_what_was_there(killed):
    root, report = killed
    for kill in report["kills"]:
        if kill["index"]:
            named = {path.name for path in (root / "whole").glob("[!.]*.tar")}
            assert named <= set(kill["files"])


def test_resuming_gives_the_bytes_of_a_writer_that_was_never_killed(killed, content):
    root, report = killed
    whole = content(root / "whole")
    assert len([name for name in whole if name.endswith(".tar")]) >= 4
    for kill in report["kills"]:
        resumed = content(root / f"killed_{kill['moment']:03d}")
        kept = {name: data for name, data in resumed.items() if "after_the_kill" not in name}
        assert kept == whole
