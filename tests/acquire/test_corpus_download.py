import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from video_server import VideoServer

from aura.acquire.availability import AVAILABILITY
from aura.acquire.corpus_addresses import Address
from aura.acquire.corpus_download import TABLE_NAME, download_corpus
from aura.acquire.download_config import CorpusDownloadConfig
from aura.errors import DownloadError, UsageError
from aura.media import encode_video, open_video

pytest.importorskip("yt_dlp")


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("video") / "a.mp4"
    frames = np.random.default_rng(0).integers(0, 255, (40, 120, 160, 3), dtype=np.uint8)
    encode_video(path, frames, fps=20)
    return path.read_bytes()


@pytest.fixture
def server(video):
    with VideoServer(video) as running:
        yield running


@pytest.fixture
def address(server):
    """The address of a path; ``kind/name.mp4`` becomes the video ``name`` of a platform."""

    def make(path, platform="youtube", label="fake") -> Address:
        video_id = Path(path).stem
        return Address(f"{platform}:{video_id}", platform, video_id, server.url(path), label)

    return make


@pytest.fixture
def get(tmp_path):
    """Downloads to ``tmp_path/fvc``; waits are noted instead of waited."""

    def run(addresses, *, naps=None, progress=None, check_only=False, max_videos=None, **settings):
        quick = {"extractors": ("generic",), "request_pause_s": 0.0, "retries": 0, "timeout_s": 5.0}
        return download_corpus(
            addresses,
            tmp_path / "fvc",
            config=CorpusDownloadConfig(**quick | {"reserve_bytes": 0} | settings),
            check_only=check_only,
            max_videos=max_videos,
            progress=progress,
            sleep=lambda s: None if naps is None else naps.append(s),
        )

    return run


@pytest.fixture
def rows(tmp_path):
    """The availability table by video."""

    def read():
        table = AVAILABILITY.read(tmp_path / "fvc" / TABLE_NAME)
        return {row.video_id: row for row in AVAILABILITY.rows(table)}

    return read


def _files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


EVERYTHING = {
    "alive/a.mp4": "downloaded",
    "404/b.mp4": "dead",
    "410/c.mp4": "dead",
    "451/d.mp4": "geo-blocked",
    "403/e.mp4": "error",
    "429/f.mp4": "rate-limited",
    "503/g.mp4": "no-answer",
    "page/h": "no-video",
    "huge/i.mp4": "too-large",
}


def test_every_kind_of_address_gets_its_state_and_none_stops_the_run(
    get, rows, address, tmp_path, video
):
    report = get([address(path) for path in EVERYTHING], max_bytes=10**9)
    assert {f"{row.url.split('/', 3)[3]}": row.state for row in rows().values()} == EVERYTHING
    assert report.states == {
        "dead": 2,
        "downloaded": 1,
        "error": 1,
        "geo-blocked": 1,
        "no-answer": 1,
        "no-video": 1,
        "rate-limited": 1,
        "too-large": 1,
    }
    assert (tmp_path / "fvc" / "youtube" / "a.mp4").read_bytes() == video
    assert rows()["a"].file == "youtube/a.mp4"
    assert rows()["a"].size_bytes == len(video)
    assert "max_bytes" in rows()["i"].message
    assert "404" in rows()["b"].message


def test_what_arrives_is_a_video_under_its_own_name_and_nothing_else_stays(get, address, tmp_path):
    get([address("alive/-_Ab1.mp4"), address("alive/99.mp4", "facebook")])
    root = tmp_path / "fvc"
    assert _files(root) == {
        "youtube/-_Ab1.mp4",
        "facebook/99.mp4",
        "availability.parquet",
        "availability.csv",
    }
    with open_video(root / "facebook" / "99.mp4") as clip:
        assert (clip.info.width, clip.info.height) == (160, 120)


def test_a_second_run_asks_only_for_what_is_open(get, server, rows, address):
    addresses = [address(path) for path in EVERYTHING]
    get(addresses, max_bytes=10**9)
    server.asked.clear()
    report = get(addresses, max_bytes=10**9)
    assert set(server.paths) == {"403/e.mp4", "429/f.mp4", "503/g.mp4"}
    assert report.n_asked_now == 3
    assert rows()["e"].n_asked == 2
    assert rows()["b"].n_asked == 1


def test_the_dead_are_asked_again_when_wished(get, server, rows, address):
    addresses = [address("404/b.mp4")]
    get(addresses)
    server.moods["404/b.mp4"] = "alive"
    get(addresses)
    assert rows()["b"].state == "dead"
    get(addresses, retry_dead=True)
    assert rows()["b"].state == "downloaded"


def test_a_check_fetches_nothing(get, rows, address, tmp_path, server):
    addresses = [address("alive/a.mp4"), address("404/b.mp4")]
    report = get(addresses, check_only=True)
    assert report.states == {"alive": 1, "dead": 1}
    assert _files(tmp_path / "fvc") == {"availability.parquet", "availability.csv"}
    server.asked.clear()
    assert get(addresses, check_only=True).n_asked_now == 0
    assert get(addresses).states == {"dead": 1, "downloaded": 1}


def test_a_cut_transfer_goes_on_where_it_was_cut(get, server, rows, address, tmp_path, video):
    get([address("cut/a.mp4")], retries=3)
    assert (tmp_path / "fvc" / "youtube" / "a.mp4").read_bytes() == video
    assert server.ranges


def test_a_transfer_goes_on_in_the_next_run(get, server, rows, address, tmp_path, video):
    get([address("cut/a.mp4")])
    assert rows()["a"].state != "downloaded"
    assert not (tmp_path / "fvc" / "youtube").exists()
    server.moods["cut/a.mp4"] = "alive"
    get([address("cut/a.mp4")])
    assert (tmp_path / "fvc" / "youtube" / "a.mp4").read_bytes() == video
    assert server.ranges


def test_a_silent_server_is_left(get, rows, address):
    get([address("silent/a.mp4")], timeout_s=0.3)
    assert rows()["a"].state == "no-answer"


def test_a_transfer_that_takes_too_long_is_left(get, rows, address):
    get([address("drip/a.mp4")], max_video_s=0.3)
    assert rows()["a"].state == "error"
    assert "max_video_s" in rows()["a"].message


def test_a_refused_connection_is_no_answer(get, rows):
    get([Address("youtube:a", "youtube", "a", "http://127.0.0.1:9/a.mp4", "fake")])
    assert rows()["a"].state == "no-answer"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "/etc/passwd", "ytsearch:cats", "-", ""])
def test_only_web_addresses_are_followed(get, rows, url):
    get([Address("youtube:a", "youtube", "a", url, "fake")])
    assert rows()["a"].state == "no-video"


def test_links_to_other_sites_are_not_followed(get, server, rows, address):
    get([address("alive/a.mp4")], extractors=("youtube",))
    assert rows()["a"].state == "no-video"
    assert not server.asked


def test_platforms_take_turns_with_pauses_of_their_own(get, server, address):
    naps = []
    addresses = [address(f"alive/{n}.mp4", p) for p in ("youtube", "facebook") for n in (1, 2, 3)]
    get(addresses, naps=naps, pause_s=100.0, pause_jitter=0.5)
    order = [a.split("/")[-1] for a in server.paths]
    assert len(order) == 3
    assert len(naps) == 4
    assert all(45 < nap <= 150 for nap in naps)


def test_a_platform_that_refuses_is_left_alone_and_the_others_go_on(get, rows, address):
    addresses = [address(f"429/y{n}.mp4") for n in range(8)]
    addresses += [address(f"alive/{n}.mp4", "facebook") for n in range(3)]
    report = get(addresses, give_up_after=3)
    assert report.platforms["youtube"] == {"not-asked": 5, "rate-limited": 3}
    assert report.platforms["facebook"] == {"downloaded": 3}
    assert "youtube was left alone after 3 refusals" in report.left_alone[0]


def test_so_many_of_each_label_arrive_dead_ones_not_counted(get, rows, address):
    addresses = [address(f"alive/r{n}.mp4", label="real") for n in range(5)]
    addresses += [address(f"404/f{n}.mp4") for n in range(5)]
    addresses += [address(f"alive/g{n}.mp4") for n in range(5)]
    for _ in range(2):
        get(addresses, max_videos=2)
        there = [row.label for row in rows().values() if row.state == "downloaded"]
        assert sorted(there) == ["fake", "fake", "real", "real"]


def test_what_a_check_found_alive_does_not_fill_the_quota_of_a_download(get, rows, address):
    addresses = [address(f"alive/r{n}.mp4", label="real") for n in range(4)]
    addresses += [address(f"alive/g{n}.mp4") for n in range(4)]
    get(addresses, check_only=True)
    assert {row.state for row in rows().values()} == {"alive"}
    report = get(addresses, max_videos=1)
    assert report.n_asked_now == 2
    there = [row.label for row in rows().values() if row.state == "downloaded"]
    assert sorted(there) == ["fake", "real"]
    get(addresses, max_videos=3)
    there = [row.label for row in rows().values() if row.state == "downloaded"]
    assert sorted(there) == ["fake"] * 3 + ["real"] * 3


def test_a_check_of_so_many_counts_a_video_asked_again_once(get, server, rows, address):
    addresses = [address(f"alive/{n}.mp4") for n in range(4)]
    assert get(addresses, check_only=True, max_videos=2).states == {"alive": 2, "not-asked": 2}
    assert get(addresses, check_only=True, max_videos=2).n_asked_now == 0
    gone = next(video_id for video_id, row in rows().items() if row.state == "alive")
    server.moods[f"alive/{gone}.mp4"] = "404"
    report = get(addresses, check_only=True, max_videos=2, retry_dead=True)
    assert report.states == {"alive": 2, "dead": 1, "not-asked": 1}


def test_what_lies_there_of_other_metadata_does_not_fill_the_quota(get, rows, address):
    get([address("alive/old.mp4")])
    get([address("alive/new.mp4")], max_videos=1)
    assert rows()["new"].state == "downloaded"


def test_a_second_download_into_one_root_is_refused_and_harms_nothing(get, rows, address, tmp_path):
    first, second = address("alive/a.mp4"), address("alive/b.mp4")
    refusals = []

    class Barging(_Interrupting):
        """Starts another download in the midst of this one."""

        def advance(self, name, *, steps=1, note=""):
            with pytest.raises(UsageError, match="another download into it is running") as error:
                get([second])
            refusals.append(str(error.value))

    get([first], progress=Barging(1))
    assert len(refusals) == 1
    assert str(tmp_path / "fvc") in refusals[0]
    assert list(rows()) == ["a"]
    assert _files(tmp_path / "fvc") == {
        "youtube/a.mp4", "availability.parquet", "availability.csv"
    }  # fmt: skip
    get([second])
    assert set(rows()) == {"a", "b"}


def test_videos_that_lie_there_are_not_asked_for(get, server, rows, address, tmp_path):
    place = tmp_path / "fvc" / "youtube"
    place.mkdir(parents=True)
    (place / "a.webm").write_bytes(b"from an archive")
    get([address("alive/a.mp4")])
    assert not server.asked
    assert (rows()["a"].state, rows()["a"].file) == ("downloaded", "youtube/a.webm")


def test_a_video_that_went_is_fetched_again(get, rows, address, tmp_path, video):
    get([address("alive/a.mp4")])
    (tmp_path / "fvc" / "youtube" / "a.mp4").unlink()
    get([address("alive/a.mp4")])
    assert (tmp_path / "fvc" / "youtube" / "a.mp4").read_bytes() == video


class _Interrupting:
    """Presses Ctrl-C after so many answers."""

    def __init__(self, after):
        self.left = after

    def start(self, name, *, total, done=0):
        pass

    def advance(self, name, *, steps=1, note=""):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt

    def finish(self, name, *, note=""):
        pass

    def log(self, message):
        pass


def test_an_interrupted_run_keeps_what_there_is(get, rows, address):
    addresses = [address(f"alive/{n}.mp4") for n in range(5)]
    with pytest.raises(KeyboardInterrupt):
        get(addresses, progress=_Interrupting(2))
    assert [row.state for row in rows().values()] == ["downloaded"] * 2
    assert get(addresses).n_asked_now == 3


def test_a_full_disk_ends_the_run_with_what_there_is(get, rows, address, tmp_path):
    get([address("alive/a.mp4")])
    with pytest.raises(DownloadError, match="free some space"):
        get([address("alive/a.mp4"), address("alive/b.mp4")], reserve_bytes=1 << 60)
    assert list(rows()) == ["a"]


def test_the_users_own_settings_of_yt_dlp_are_not_read(get, rows, address, monkeypatch, tmp_path):
    for folder in (tmp_path / "home" / ".config" / "yt-dlp", tmp_path / "home" / ".yt-dlp"):
        plugin = folder / "plugins" / "mine" / "yt_dlp_plugins" / "extractor"
        plugin.mkdir(parents=True)
        (plugin / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
        (folder / "config").write_text("--output nowhere\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    get([address("alive/a.mp4")])
    assert rows()["a"].state == "downloaded"
    assert not (tmp_path / "ran").exists()
    assert "YTDLP_NO_PLUGINS" not in os.environ


def test_cookies_are_read_and_never_written(get, rows, address, tmp_path, server):
    jar = tmp_path / "cookies.txt"
    text = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\tabc\n"
    jar.write_text(text)
    get([address("alive/a.mp4")], cookies=str(jar))
    assert rows()["a"].state == "downloaded"
    assert jar.read_text() == text
    with pytest.raises(UsageError, match="cookies"):
        get([address("alive/b.mp4")], cookies=str(tmp_path / "none.txt"))


@pytest.mark.parametrize("name", ["100 % sure", "a%(id)s", "~x", "ünï"])
def test_folders_of_any_name_are_written_to(address, tmp_path, name):
    config = CorpusDownloadConfig(extractors=("generic",), reserve_bytes=0, request_pause_s=0)
    download_corpus([address("alive/a.mp4")], tmp_path / name, config=config)
    assert (tmp_path / name / "youtube" / "a.mp4").is_file()


def test_a_folder_whose_name_yt_dlp_would_change_is_refused(address, tmp_path):
    config = CorpusDownloadConfig(extractors=("generic",), reserve_bytes=0)
    with pytest.raises(UsageError, match="environment variable"):
        download_corpus([address("alive/a.mp4")], tmp_path / "$HOME", config=config)


def test_the_copy_for_spreadsheets_says_the_same(get, address, tmp_path):
    get([address("alive/a.mp4"), address("404/b.mp4")])
    copy = pl.read_csv(tmp_path / "fvc" / "availability.csv")
    assert copy.get_column("state").to_list() == ["downloaded", "dead"]


def test_the_adapter_finds_what_arrived(get, address, tmp_path):
    from aura.datasets import DataConfig, list_videos

    real, fake = "Y7MJlmbnLQA", "dQw4w9WgXcQ"
    get([address(f"alive/{real}.mp4", label="real"), address(f"alive/{fake}.mp4")])
    root = tmp_path / "fvc"
    row = "{0},https://www.youtube.com/watch?v={1},{2}\n"
    head = "cascade_id,video_url,label\n"
    (root / "FVC.csv").write_text(head + row.format("r0", real, "real"))
    (root / "FVC_dup.csv").write_text(head + row.format("f0", fake, "fake"))
    listing = list_videos(root, DataConfig(layout="fvc"))
    assert {video.path.stem: video.label for video in listing.videos} == {real: 0, fake: 1}
