import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from toy_stages import ToyConfig, ToyStage

from aura.engine import EngineConfig, Item, LocalExecutor, run_stage
from aura.errors import DataError
from aura.tables import read_frame, write_frame


def make_items(root: Path, orders: list[str]) -> list[Item]:
    root.mkdir(parents=True, exist_ok=True)
    items = []
    for number, order in enumerate(orders):
        path = root / f"{number:02d}.order"
        path.write_text(order)
        key = hashlib.sha256(order.encode()).hexdigest()
        items.append(Item(f"v{number:02d}", path, key))
    return items


def run(items, folder, *, workers=2, config=None, time_limit_s=30.0, retries=1, log=None):
    settings = EngineConfig(workers=workers, time_limit_s=time_limit_s, crash_retries=retries)
    with LocalExecutor(settings) as executor:
        return run_stage(
            ToyStage(config or ToyConfig(), log=log),
            items,
            folder=folder,
            table="toy.parquet",
            executor=executor,
        )


def contents(folder: Path) -> dict[str, bytes]:
    """All that must repeat byte for byte; the journal's order is that of completion."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in ("journal.jsonl", "errors.log")
    }


def test_rows_and_files_come_in_the_order_of_the_items(tmp_path):
    items = make_items(tmp_path / "in", ["sleep 0.3", "b", "c"])
    result = run(items, tmp_path / "out")
    assert result.frame["video_id"].to_list() == ["v00", "v01", "v02"]
    assert result.frame["value"].to_list() == [0.2, 0.2, 0.2]
    assert (tmp_path / "out" / "v01.txt").read_text() == "bb"
    assert result.n_run == 3
    assert result.failures == ()


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("crash", "the worker process died on this video (signal 11"),
        ("hang", "took longer than 1 s"),
        ("refuse", "this one cannot be read"),
        ("locked", "this one may not be read today"),
        ("bug", "internal error in stage toy: KeyError"),
        ("nan", "internal error in stage toy: ValueError: value is nan"),
    ],
)
def test_a_bad_video_costs_itself_and_no_other(tmp_path, order, reason):
    items = make_items(tmp_path / "in", ["a", order, "c", "d", "e"])
    result = run(items, tmp_path / "out", time_limit_s=1.0)
    assert result.frame["video_id"].to_list() == ["v00", "v02", "v03", "v04"]
    (failure,) = result.failures
    assert failure.video_id == "v01"
    assert failure.stage == "toy"
    assert failure.reason.startswith(reason)


def test_an_unforeseen_error_leaves_its_traceback_in_the_log(tmp_path):
    run(make_items(tmp_path / "in", ["bug"]), tmp_path / "out")
    assert "Traceback" in (tmp_path / "out" / "errors.log").read_text()


def test_a_crashed_video_is_tried_a_bounded_number_of_times(tmp_path):
    log = tmp_path / "log"
    result = run(make_items(tmp_path / "in", ["crash"]), tmp_path / "out", retries=2, log=log)
    assert log.read_text().split() == ["v00"] * 3
    assert result.failures[0].reason.endswith("tried 3 times")


def test_running_again_does_nothing(tmp_path):
    log = tmp_path / "log"
    items = make_items(tmp_path / "in", ["a", "refuse", "c"])
    run(items, tmp_path / "out", log=log)
    before, n_lines = contents(tmp_path / "out"), len(log.read_text().split())
    again = run(items, tmp_path / "out", log=log)
    assert len(log.read_text().split()) == n_lines
    assert (again.n_run, again.n_reused) == (0, 3)
    assert [f.video_id for f in again.failures] == ["v01"]
    assert contents(tmp_path / "out") == before


def test_a_changed_setting_redoes_everything(tmp_path):
    items = make_items(tmp_path / "in", ["a", "b"])
    run(items, tmp_path / "out")
    changed = run(items, tmp_path / "out", config=ToyConfig(factor=3))
    assert changed.n_run == 2
    assert (tmp_path / "out" / "v00.txt").read_text() == "aaa"


def test_changed_content_redoes_that_video_alone(tmp_path):
    log = tmp_path / "log"
    run(make_items(tmp_path / "in", ["a", "b", "c"]), tmp_path / "out")
    result = run(make_items(tmp_path / "in", ["a", "B", "c"]), tmp_path / "out", log=log)
    assert log.read_text().split() == ["v01"]
    assert result.n_reused == 2
    assert (tmp_path / "out" / "v01.txt").read_text() == "BB"


def test_a_video_that_left_takes_its_files_along(tmp_path):
    items = make_items(tmp_path / "in", ["a", "b", "c"])
    run(items, tmp_path / "out")
    result = run(items[:2], tmp_path / "out")
    assert result.n_run == 0
    assert not (tmp_path / "out" / "v02.txt").exists()
    assert result.frame["video_id"].to_list() == ["v00", "v01"]


def test_a_lost_or_shortened_file_is_made_again(tmp_path):
    items = make_items(tmp_path / "in", ["aa", "bb"])
    run(items, tmp_path / "out")
    (tmp_path / "out" / "v00.txt").unlink()
    (tmp_path / "out" / "v01.txt").write_text("b")
    assert run(items, tmp_path / "out").n_run == 2
    assert (tmp_path / "out" / "v01.txt").read_text() == "bbbb"


def test_a_torn_last_line_is_done_again(tmp_path):
    items = make_items(tmp_path / "in", ["a", "b", "c"])
    run(items, tmp_path / "out", workers=1)
    before = contents(tmp_path / "out")
    journal = tmp_path / "out" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    assert run(items, tmp_path / "out").n_run == 1
    assert contents(tmp_path / "out") == before
    assert run(items, tmp_path / "out").n_run == 0


def test_output_does_not_depend_on_the_number_of_workers(tmp_path):
    orders = ["a", "sleep 0.1", "refuse", "d", "sleep 0.05", "f"]
    items = make_items(tmp_path / "in", orders)
    run(items, tmp_path / "one", workers=1)
    run(items, tmp_path / "three", workers=3)
    assert contents(tmp_path / "one") == contents(tmp_path / "three")


def test_two_items_with_one_id_are_refused(tmp_path):
    item = make_items(tmp_path / "in", ["a"])[0]
    with pytest.raises(DataError, match="share one video_id"):
        run([item, item], tmp_path / "out")


@pytest.mark.parametrize("order", ["crash", "bug", "locked"])
def test_a_failure_that_may_go_away_is_tried_again_by_the_next_run(tmp_path, order):
    items = make_items(tmp_path / "in", ["a", order])
    assert len(run(items, tmp_path / "out").failures) == 1
    again = run(items, tmp_path / "out")
    assert (again.n_run, again.n_reused) == (1, 1)


def test_a_verdict_on_the_video_itself_is_final(tmp_path):
    items = make_items(tmp_path / "in", ["refuse"])
    run(items, tmp_path / "out")
    assert run(items, tmp_path / "out").n_run == 0


def test_a_longer_time_limit_gives_a_slow_video_another_chance(tmp_path):
    items = make_items(tmp_path / "in", ["sleep 2"])
    assert len(run(items, tmp_path / "out", time_limit_s=0.5).failures) == 1
    assert run(items, tmp_path / "out", time_limit_s=0.4).n_run == 0
    assert run(items, tmp_path / "out", time_limit_s=20).failures == ()


def test_a_table_that_was_tampered_with_is_made_anew(tmp_path):
    items = make_items(tmp_path / "in", ["a", "b"])
    run(items, tmp_path / "out")
    table = tmp_path / "out" / "toy.parquet"
    before = table.read_bytes()
    write_frame(read_frame(table).with_columns(value=0.0), table)
    assert run(items, tmp_path / "out").frame["value"].to_list() == [0.2, 0.2]
    assert table.read_bytes() == before


@pytest.fixture
def start_driver(tmp_path):
    """Return a function that runs the orders in ``in`` in a process of its own."""

    def start(out: Path) -> subprocess.Popen:
        script = tmp_path / "driver.py"
        script.write_text(
            textwrap.dedent(f"""
            import hashlib
            from pathlib import Path
            from toy_stages import ToyStage
            from aura.engine import EngineConfig, Item, LocalExecutor, run_stage
            if __name__ == "__main__":
                paths = sorted(Path({str(tmp_path / "in")!r}).iterdir())
                items = [
                    Item(f"v{{n:02d}}", p, hashlib.sha256(p.read_bytes()).hexdigest())
                    for n, p in enumerate(paths)
                ]
                with LocalExecutor(EngineConfig(workers=2)) as executor:
                    run_stage(ToyStage(), items, folder=Path({str(out)!r}),
                              table="toy.parquet", executor=executor)
            """)
        )
        return subprocess.Popen([sys.executable, str(script)], env={**os.environ, MARK: "1"})

    return start


MARK = f"AURA_TEST_{os.getpid()}"


def wait_for(happened, *, limit_s: float = 30.0) -> None:
    deadline = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.parametrize("n_done", [1, 7, 20])
def test_killed_at_any_moment_a_rerun_ends_the_same(tmp_path, start_driver, n_done):
    orders = [f"sleep 0.{n % 3}" for n in range(24)]
    items = make_items(tmp_path / "in", orders)
    run(items, tmp_path / "whole")
    driver = start_driver(tmp_path / "cut")
    wait_for(lambda: lines_of(tmp_path / "cut" / "journal.jsonl") >= n_done)
    driver.send_signal(signal.SIGKILL)
    assert driver.wait() == -signal.SIGKILL
    rest = run(items, tmp_path / "cut")
    assert n_done <= rest.n_reused < 24
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_no_worker_outlives_its_killed_parent(tmp_path, start_driver):
    make_items(tmp_path / "in", ["a", "sleep 1.5", "sleep 1.5"])
    driver = start_driver(tmp_path / "out")
    wait_for(lambda: lines_of(tmp_path / "out" / "journal.jsonl") == 1)
    assert len(_processes_with(MARK)) > 2
    driver.kill()
    driver.wait()
    wait_for(lambda: not _processes_with(MARK))


def _processes_with(variable: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if variable in process.environ():
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found
