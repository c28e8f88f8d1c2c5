import errno
import json
import os

import cv2
import numpy as np
import polars as pl
import pytest

from aura.engine import EngineConfig, LocalExecutor, worker
from aura.errors import AccessError, DataError, UsageError
from aura.frames import disk, watch
from aura.frames import output as names
from aura.media import open_video
from aura.progress import Silent


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.glob("*/*.jpg")}


def written(folder):
    return {p.name: p.stat().st_mtime_ns for p in folder.glob("*/*.jpg")}


def state(out):
    return json.loads((out / "extraction_progress.json").read_text())


def test_three_frames_a_video_with_report_progress_index_and_log(made_videos, extract, out):
    report = extract(made_videos)
    frames = tree(out)
    assert len(frames) == 18
    assert sum(name.startswith("ai/ai_") for name in frames) == 9
    assert sum(name.startswith("real/real_") for name in frames) == 9
    assert report == json.loads((out / "extraction_report.json").read_text())
    assert report["classes"]["ai"]["videos"] == 3
    assert (report["n_frames"], report["n_failed"], report["success_rate"]) == (18, 0, 1.0)
    assert report["size_bytes"] == sum(map(len, frames.values()))
    assert report["resolutions"] == {"64x48": 18}
    assert report["settings"]["quality"] == 95
    progress = state(out)
    assert (progress["state"], progress["total"], progress["done"]) == ("done", 6, 6)
    index = pl.read_parquet(out / "frames.parquet")
    assert set(index["path"]) == set(frames)
    assert index["frame_index"].to_list() == [4, 6, 8] * 6
    assert "18 frames of 6 videos" in (out / "extraction.log").read_text()


def test_videos_of_one_name_stay_apart(made_videos, extract, out):
    extract(made_videos)
    ones = {name.split("_frame_")[0] for name in tree(out) if name.split("/")[1][5:7] == "1_"}
    assert len(ones) == 2


def test_a_corrupted_video_is_listed_and_the_others_go_on(videos, extract, out):
    (videos / "fake/x/2.mp4").write_text("no video\n" * 100)
    report = extract(videos)
    assert (report["n_extracted"], report["n_failed"], report["n_frames"]) == (5, 1, 15)
    assert report["classes"]["ai"] == report["classes"]["ai"] | {"videos": 3, "failed": 1}
    assert report["failures"][0]["path"].endswith("fake/x/2.mp4")
    assert "not a video" in report["failures"][0]["reason"]
    assert state(out)["failed"] == 1
    assert " ERROR " in (out / "extraction.log").read_text()
    assert extract(videos)["timings"]["videos_run"] == 0
    assert state(out)["failed"] == 1


def test_a_short_video_gives_what_it_has_and_that_is_said(videos, write_video, extract):
    write_video(videos / "real/a/1.mp4", n=2)
    report = extract(videos)
    assert report["n_frames"] == 17
    [short] = report["incomplete"]
    assert (short["wanted"], short["made"], short["reasons"]) == (3, 2, ["the video has 2 frames"])


def test_nothing_is_done_twice(made_videos, extract, out):
    extract(made_videos)
    before = written(out)
    report = extract(made_videos)
    assert report["timings"]["videos_reused"] == 6
    assert written(out) == before


def test_what_was_lost_or_changed_is_done_again(videos, write_video, extract, out):
    extract(videos)
    before = tree(out)
    next(iter((out / "ai").iterdir())).unlink()
    write_video(videos / "real/a/1.mp4", seed=99)
    assert extract(videos)["timings"]["videos_run"] == 2
    after = tree(out)
    assert after.keys() == before.keys()
    assert sum(after[name] != before[name] for name in after) == 3


def test_an_interrupted_extraction_goes_on_and_ends_the_same(made_videos, extract, here, out):
    class Interrupted:
        time_limit_s = 60.0

        def run(self, stage, tasks):
            for n, task in enumerate(tasks):
                if n == 3:
                    raise KeyboardInterrupt
                yield worker.process(stage, task)

    with pytest.raises(KeyboardInterrupt):
        extract(made_videos, executor=Interrupted())
    assert (state(out)["state"], state(out)["done"]) == ("stopped", 3)
    report = extract(made_videos)
    assert (report["timings"]["videos_reused"], report["timings"]["videos_run"]) == (3, 3)
    resumed, index = tree(out), (out / "frames.parquet").read_bytes()
    extract(made_videos, resume=False)
    assert tree(out) == resumed
    assert (out / "frames.parquet").read_bytes() == index


def test_another_setting_leaves_no_old_frame(made_videos, extract, out):
    extract(made_videos)
    report = extract(made_videos, per_video=2, max_side_px=32)
    assert report["timings"]["videos_run"] == 6
    assert len(tree(out)) == 12
    assert report["resolutions"] == {"32x24": 12}


def test_starting_over_removes_only_what_was_made(made_videos, extract, out):
    extract(made_videos)
    (out / "ai" / "mine.txt").write_text("mine")
    (out / "notes.md").write_text("mine")
    report = extract(made_videos, resume=False, per_video=1)
    assert report["timings"]["videos_run"] == 6
    assert len(tree(out)) == 6
    assert (out / "ai" / "mine.txt").exists()
    assert (out / "notes.md").exists()


def test_fewer_videos_of_each_class_and_more_later_add_to_them(made_videos, extract, out):
    assert extract(made_videos, max_videos=1)["n_frames"] == 6
    few = written(out)
    assert extract(made_videos, max_videos=2)["timings"]["videos_reused"] == 2
    assert few.items() <= written(out).items()


def test_frames_of_other_videos_are_not_removed_unasked(
    made_videos, tmp_path, write_video, extract
):
    extract(made_videos)
    for place in ("real/1.mp4", "fake/2.mp4"):
        write_video(tmp_path / "other" / place, seed=7)
    with pytest.raises(UsageError, match="none of which"):
        extract(tmp_path / "other")
    assert extract(tmp_path / "other", resume=False)["n_frames"] == 6


def test_the_folder_of_another_command_is_left_alone(made_videos, extract, out):
    out.mkdir()
    (out / "journal.jsonl").write_text('{"video_id": "a", "fingerprint": "f", "files": {"x": 1}}\n')
    (out / "x").write_text("theirs")
    for resume in (True, False):
        with pytest.raises(UsageError, match="another command"):
            extract(made_videos, resume=resume)
    assert (out / "x").exists()


def test_a_lost_progress_file_does_not_disown_the_frames(made_videos, extract, out):
    extract(made_videos)
    (out / "extraction_progress.json").unlink()
    assert extract(made_videos)["timings"]["videos_reused"] == 6


def test_two_extractions_do_not_share_a_folder(made_videos, extract, out):
    with names.opened(out), pytest.raises(UsageError, match="another extraction"):
        extract(made_videos)


def test_a_disk_too_small_is_refused_before_any_work(made_videos, extract, out, monkeypatch):
    monkeypatch.setattr(disk, "free_bytes", lambda _: disk.RESERVE_BYTES + 100)
    with pytest.raises(AccessError, match="--max-videos"):
        extract(made_videos)
    assert not tree(out)
    assert extract(made_videos, check_space=False)["n_frames"] == 18


def test_a_disk_that_fills_up_stops_the_work_and_keeps_what_is_done(
    made_videos, extract, out, monkeypatch
):
    free = iter([10**12, 10**12, 0, 0])
    monkeypatch.setattr(watch, "_INTERVAL_S", 0.0)
    monkeypatch.setattr(watch, "free_bytes", lambda _: next(free))
    with pytest.raises(AccessError, match="goes on where it stopped"):
        extract(made_videos)
    assert len(tree(out)) == 6
    assert state(out)["state"] == "stopped"
    monkeypatch.undo()
    assert extract(made_videos)["timings"]["videos_run"] == 4


def test_a_worker_that_finds_the_disk_full_stops_the_work(made_videos, extract, here):
    class Full:
        time_limit_s = 60.0

        def run(self, stage, tasks):
            for outcome in here.run(stage, tasks):
                yield type(outcome)(outcome.task, None, "[Errno 28] No space left on device")

    with pytest.raises(AccessError, match="the disk is full"):
        extract(made_videos, executor=Full())


def test_a_disk_that_fills_up_under_the_journal_is_said(made_videos, extract):
    class Told(Silent):
        def advance(self, name, *, steps=1, note=""):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(AccessError, match="the disk is full"):
        extract(made_videos, progress=Told())


def test_no_usable_video_is_an_error(tmp_path, extract):
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.mp4").symlink_to(tmp_path / "nowhere.mp4")
    with pytest.raises(DataError, match="leads nowhere"):
        extract(tmp_path / "plain", label="real")


def test_workers_give_what_one_process_gives(made_videos, extract, out):
    extract(made_videos)
    alone, index = tree(out), (out / "frames.parquet").read_bytes()
    with LocalExecutor(EngineConfig(workers=2)) as executor:
        extract(made_videos, executor=executor, resume=False)
    assert tree(out) == alone
    assert (out / "frames.parquet").read_bytes() == index


def test_the_progress_file_is_not_written_for_every_video(made_videos, extract, monkeypatch):
    states = []
    monkeypatch.setattr(watch, "write_text", lambda _, text: states.append(json.loads(text)))
    monkeypatch.setattr(watch, "_INTERVAL_S", 3600.0)
    extract(made_videos)
    assert [s["done"] for s in states] == [0, 0, 6]  # claimed, started and ended
    monkeypatch.setattr(watch, "_INTERVAL_S", 0.0)
    states.clear()
    extract(made_videos, resume=False)
    assert [s["done"] for s in states] == [0, 0, 1, 2, 3, 4, 5, 6, 6]
    assert [s["state"] for s in states] == ["running"] * 8 + ["done"]
    assert states[4]["eta_s"] >= 0


def test_real_clips_give_exact_frames(real_clips, extract, out):
    some = real_clips[::9]
    folder = out.parent / "clips"
    folder.mkdir()
    for clip in some:
        (folder / clip.name).symlink_to(clip)
    assert extract(folder, label="none")["n_frames"] == 3 * len(some)
    index = pl.read_parquet(out / "frames.parquet")
    for (video_id,), rows in index.group_by("video_id"):
        clip = next(c for c in some if str(video_id).startswith(c.stem.replace("-", "_")[:20]))
        wanted = set(rows["frame_index"])
        with open_video(clip) as video:
            n = video.n_frames
            pictures = {f.index: f.data for f in video.stream() if f.index in wanted}
        assert sorted(wanted) == [n // 3, n // 2, 2 * n // 3]
        for path, at in rows.select("path", "frame_index").iter_rows():
            bgr = np.ascontiguousarray(pictures[at][:, :, ::-1])
            jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
            assert (out / path).read_bytes() == jpeg
