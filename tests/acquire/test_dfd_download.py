import errno
import json
import os
import random
import shutil
import threading

import pytest
from kaggle_server import (
    ARCHIVE,
    KEY,
    REFRESH_TOKEN,
    SIGNATURE,
    TOKEN,
    USERNAME,
    Cut,
    Instead,
    KaggleServer,
    Silence,
    Status,
)

from aura.acquire import dfd_download as room
from aura.acquire.dfd_download import download_dfd
from aura.acquire.download_config import KaggleConfig
from aura.errors import DownloadError, UsageError

pytest.importorskip("kagglesdk")

REAL = "DFD_original sequences"
FAKE = "DFD_manipulated_sequences/DFD_manipulated_sequences"
PIECE = 1 << 16
SCENES = ("exit_phone_room", "kitchen_pan")


def _body(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.fixture
def files() -> dict[str, bytes]:
    real = {f"{REAL}/{a:02}__{s}.mp4" for a in (1, 2) for s in SCENES}
    fake = {f"{FAKE}/01_02__{s}__{x * 8}.mp4" for s in SCENES for x in "AB"}
    return {name: _body(i, 300_000 + 100 * i) for i, name in enumerate(sorted(real | fake))}


@pytest.fixture
def server(files, monkeypatch):
    with KaggleServer(files) as running:
        for name, value in running.environ.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def get(server, tmp_path):
    """Downloads to ``tmp_path/dfd`` with hardly any waits."""

    def run(max_videos=None, environ=None, progress=None, **settings):
        quick = {"first_wait_s": 0.01, "max_wait_s": 1.0, "timeout_s": 5.0, "page_size": 5}
        config = KaggleConfig(**quick | {"reserve_bytes": 0, "attempts": 3} | settings)
        environ = {"KAGGLE_API_TOKEN": TOKEN} if environ is None else environ
        return download_dfd(
            tmp_path / "dfd",
            config,
            environ=environ,
            home=tmp_path,
            max_videos=max_videos,
            progress=progress,
        )

    return run


def _tree(root) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("way", ["archive", "files"])
def test_the_whole_data_set_arrives_as_it_is(get, server, files, tmp_path, way):
    report = get(transfer=way)
    assert _tree(tmp_path / "dfd") == files
    assert (report.n_wanted, report.n_fetched, report.failures) == (8, 8, ())
    pages = [request.body.get("pageToken") for request in server.requests_for("ListDatasetFiles")]
    assert pages == [None, "5"]
    assert len(server.requests_for("DownloadDataset")) == (1 if way == "archive" else 8)


def test_the_tree_is_one_that_the_adapter_reads(get, tmp_path):
    from aura.datasets import DataConfig
    from aura.datasets.dfd import list_dfd

    get()
    listing = list_dfd(tmp_path / "dfd", DataConfig())
    assert sorted(video.label for video in listing.videos) == [0] * 4 + [1] * 4


def test_a_second_download_asks_for_the_list_only(get, server):
    get()
    server.seen.clear()
    report = get()
    assert (report.n_there_before, report.n_fetched) == (8, 0)
    assert {request.what for request in server.seen} == {"ListDatasetFiles"}


def test_a_file_that_is_gone_or_short_is_fetched_again(get, files, tmp_path):
    get()
    gone, short = sorted(files)[:2]
    (tmp_path / "dfd" / gone).unlink()
    (tmp_path / "dfd" / short).write_bytes(b"half")
    report = get()
    assert (report.n_there_before, report.n_fetched) == (6, 2)
    assert _tree(tmp_path / "dfd") == files


def test_a_part_has_so_many_of_each_class_and_grows_into_a_larger_part(get, server, tmp_path):
    get(max_videos=2)
    small = set(_tree(tmp_path / "dfd"))
    assert sorted(name.startswith(REAL) for name in small) == [False] * 2 + [True] * 2
    assert not server.requests_for(ARCHIVE)
    report = get(max_videos=3)
    assert report.n_there_before == 4
    assert small < set(_tree(tmp_path / "dfd"))


def test_versions_and_handles_are_passed_on(get, server):
    get(dataset="me/mine", version=3, max_videos=1)
    for request in server.seen:
        if request.method == "POST":
            assert request.body["ownerSlug"] == "me"
            assert request.body["datasetSlug"] == "mine"
            assert request.body["datasetVersionNumber"] == 3


@pytest.mark.parametrize("way", ["archive", "files"])
def test_a_cut_connection_goes_on_where_it_was_cut(get, server, files, tmp_path, way):
    what = ARCHIVE if way == "archive" else sorted(files)[0]
    server.fail(what, Cut(200_000))
    get(transfer=way)
    assert _tree(tmp_path / "dfd") == files
    ranges = [request.headers.get("Range") for request in server.requests_for(what)]
    # The second attempt asks for the file first, to learn whether it is still the same.
    assert ranges == [None, None, f"bytes={3 * PIECE}-"]


def test_many_cuts_are_survived_as_long_as_something_arrives(get, server, files, tmp_path):
    server.fail(ARCHIVE, *[Cut(200_000)] * 12)
    get(transfer="archive", attempts=2)
    assert _tree(tmp_path / "dfd") == files


def test_another_process_goes_on_where_the_first_gave_up(get, server, files, tmp_path):
    server.fail(ARCHIVE, Cut(200_000))
    with pytest.raises(DownloadError, match="gave up after 1 attempts"):
        get(transfer="archive", attempts=1)
    assert _tree(tmp_path / "dfd").keys() & files.keys() == set()
    server.seen.clear()
    get(transfer="archive")
    assert _tree(tmp_path / "dfd") == files
    assert server.requests_for(ARCHIVE)[-1].headers["Range"] == f"bytes={3 * PIECE}-"


def test_a_part_of_an_older_version_is_not_continued(get, server, files, tmp_path):
    server.fail(ARCHIVE, Cut(200_000))
    with pytest.raises(DownloadError):
        get(transfer="archive", attempts=1)
    server.files = {name: body[::-1] for name, body in files.items()}
    server.version = "2"
    get(transfer="archive")
    assert _tree(tmp_path / "dfd") == server.files


def test_a_server_without_ranges_is_started_over(get, server, files, tmp_path):
    server.ranges = False
    server.fail(ARCHIVE, Cut(200_000))
    get(transfer="archive")
    assert _tree(tmp_path / "dfd") == files
    assert not any(request.headers.get("Range") for request in server.seen)


def test_a_server_that_always_cuts_at_one_place_is_given_up(get, server, files):
    server.ranges = False
    server.fail(ARCHIVE, *[Cut(200_000)] * 20)
    with pytest.raises(DownloadError, match="gave up after 3 attempts without progress"):
        get(transfer="archive")


def test_a_silent_server_is_left_and_asked_again(get, server, files, tmp_path):
    server.fail(ARCHIVE, Silence(200_000))
    get(transfer="archive", timeout_s=0.3)
    assert _tree(tmp_path / "dfd") == files


def test_other_content_than_the_server_states_is_never_kept(get, server, files, tmp_path):
    name = sorted(files)[0]
    server.fail(name, Instead(b"x" * len(files[name])))
    report = get(transfer="files")
    assert [failed for failed, _ in report.failures] == [name]
    assert "does not match the hash" in report.failures[0][1]
    assert _tree(tmp_path / "dfd") == {n: b for n, b in files.items() if n != name}
    assert get(transfer="files").failures == ()


@pytest.mark.parametrize("nested", [False, True])
def test_a_busy_server_is_waited_for_as_long_as_it_asks(get, server, nested):
    log = _Log()
    busy = Status(429, "Too many requests", (("Retry-After", "1"),), nested=nested)
    server.fail("ListDatasetFiles", busy, Status(503))
    report = get(progress=log, max_wait_s=2.0)
    assert report.n_fetched == 8
    assert "429: Too many requests; asking again in 1 s" in log.lines[0]
    assert "503" in log.lines[1]


def test_a_server_that_asks_for_too_long_a_wait_ends_the_download(get, server):
    server.fail("DownloadDataset", Status(429, "no", (("Retry-After", "3600"),)))
    with pytest.raises(DownloadError, match=r"3600 s, more than download\.kaggle\.max_wait_s=1"):
        get()


def test_a_server_that_stays_broken_is_given_up(get, server):
    server.fail("ListDatasetFiles", *[Status(500)] * 9)
    with pytest.raises(DownloadError, match="gave up after 3 attempts"):
        get()
    assert len(server.requests_for("ListDatasetFiles")) == 3


def test_refused_credentials_are_explained(get, server):
    with pytest.raises(UsageError, match=r"Unauthenticated.*KAGGLE_API_TOKEN.*settings"):
        get(environ={"KAGGLE_API_TOKEN": "stale"})
    assert len(server.seen) == 1, "a refusal is not asked about twice"


def test_terms_that_are_not_accepted_are_explained(get, server):
    server.fail("DownloadDataset", Status(403, "You must accept the terms"))
    with pytest.raises(DownloadError, match="You must accept the terms; sign in, open https"):
        get()


def test_an_unknown_data_set_is_explained(get, server):
    server.fail("ListDatasetFiles", Status(404, "Not found"))
    with pytest.raises(DownloadError, match=r"download\.kaggle\.dataset"):
        get(dataset="nobody/nothing")


def test_a_file_that_cannot_be_had_alone_is_a_failure_among_others(get, server, files):
    name = sorted(files)[3]
    server.fail(name, Status(404, "Not found"))
    report = get(transfer="files")
    assert [failed for failed, _ in report.failures] == [name]
    assert "transfer=archive" in report.failures[0][1]
    assert report.n_fetched == len(files) - 1


def test_a_file_that_comes_packed_is_unpacked(get, server, files, tmp_path):
    server.packed = True
    get(transfer="files")
    assert _tree(tmp_path / "dfd") == files


def test_credentials_go_to_kaggle_and_never_to_the_storage(get, server):
    get(environ={"KAGGLE_USERNAME": USERNAME, "KAGGLE_KEY": KEY}, transfer="files")
    for request in server.seen:
        assert (request.headers.get("Authorization") is not None) == (request.method == "POST")


@pytest.mark.parametrize(
    ("access_token", "until", "n_made"),
    [(TOKEN, "2999-01-01T00:00:00+00:00", 0), ("old", "2001-01-01T00:00:00+00:00", 1)],
)
def test_what_a_login_left_is_enough(
    get, server, tmp_path, monkeypatch, access_token, until, n_made
):
    monkeypatch.setenv("HOME", str(tmp_path))
    login = tmp_path / ".kaggle" / "credentials.json"
    login.parent.mkdir()
    record = {"refresh_token": REFRESH_TOKEN, "access_token": access_token}
    login.write_text(json.dumps(record | {"access_token_expiration": until, "username": "ada"}))
    login.chmod(0o600)
    assert get(environ={}).n_fetched == 8
    assert len(server.requests_for("GenerateAccessToken")) == n_made


def test_a_login_that_has_ended_is_explained(get, server, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    login = tmp_path / ".kaggle" / "credentials.json"
    login.parent.mkdir()
    login.write_text('{"refresh_token": "revoked", "username": "ada"}')
    login.chmod(0o600)
    with pytest.raises(UsageError, match=r"credentials\.json are not accepted"):
        get(environ={})


def test_nobody_needs_credentials_where_the_server_allows_it(get, server, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine localhost login ada password stolen\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server.anonymous = True
    assert get(environ={}, anonymous=True).n_fetched == 8
    assert not any(request.headers.get("Authorization") for request in server.seen)


def test_nothing_but_the_data_is_asked_for(get, server):
    get()
    assert {request.what for request in server.seen} == {
        "ListDatasetFiles",
        "DownloadDataset",
        ARCHIVE,
    }


def test_a_disk_that_is_too_small_is_said_before_anything_is_fetched(get, server, tmp_path):
    server.listed_bytes = 10**17
    with pytest.raises(DownloadError, match=r"TiB.*are free.*--max-videos"):
        get()
    assert not server.requests_for("DownloadDataset")


def test_where_the_archive_does_not_fit_files_are_fetched(get, server, monkeypatch, files):
    needed = sum(map(len, files.values()))
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(needed, 0, needed * 3 // 2)
    )
    with pytest.raises(DownloadError, match=r"download\.kaggle\.transfer=files"):
        get(transfer="archive")
    assert get().n_fetched == 8
    assert not server.requests_for(ARCHIVE)


def test_a_full_disk_is_said_and_what_arrived_is_kept(get, server, monkeypatch, tmp_path, files):
    real_fsync, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DownloadError, match="No space left on device"):
        get(transfer="files")
    assert get(transfer="files").n_there_before == 2
    assert _tree(tmp_path / "dfd") == files


@pytest.mark.parametrize(
    "name", ["../01__exit.mp4", "/etc/01__exit.mp4", "C:\\01__exit.mp4", "a/../../01__exit.mp4"]
)
def test_a_name_that_leads_elsewhere_is_refused(get, server, files, tmp_path, name):
    server.files = files | {name: b"evil"}
    report = get()
    assert [failed for failed, _ in report.failures] == [name]
    assert _tree(tmp_path / "dfd") == files
    assert {p.name for p in tmp_path.iterdir()} == {"dfd"}


def test_another_data_set_is_not_taken_for_dfd(get, server):
    server.files = {"train.csv": b"1,2"}
    with pytest.raises(DownloadError, match="none of its 1 files"):
        get()


def test_a_damaged_archive_is_removed_and_said(get, server, files, tmp_path, monkeypatch):
    good = server.content(ARCHIVE)
    damaged = good[:40] + bytes(b ^ 255 for b in good[40:60]) + good[60:]
    monkeypatch.setattr(server, "content", lambda name: damaged)
    with pytest.raises(DownloadError, match=r"cannot be unpacked.*run the same command again"):
        get(transfer="archive")
    monkeypatch.undo()


def test_the_archive_is_kept_where_wished(get, tmp_path, files):
    get(keep_archive=True)
    assert len(list((tmp_path / "dfd" / ".aura-download").glob("*.zip"))) == 1


def test_two_downloads_into_one_folder_do_not_meet(get, server, tmp_path, monkeypatch):
    inside, go = threading.Event(), threading.Event()
    plan = room.make_plan

    def slow(*args, **kwargs):
        inside.set()
        go.wait(10)
        return plan(*args, **kwargs)

    monkeypatch.setattr(room, "make_plan", slow)
    first = threading.Thread(target=get)
    first.start()
    inside.wait(10)
    try:
        with pytest.raises(UsageError, match="another download into it is running"):
            get()
    finally:
        go.set()
        first.join()


def test_signed_addresses_and_secrets_stay_out_of_messages(get, server):
    log = _Log()
    server.fail(ARCHIVE, Cut(100_000), Status(403, "expired"))
    with pytest.raises(DownloadError) as refused:
        get(progress=log)
    for text in (str(refused.value), *log.lines):
        assert SIGNATURE not in text
        assert TOKEN not in text


def test_progress_reaches_its_total(get, server, files):
    server.files = {name: _body(i, 1 << 20) for i, name in enumerate(files)}
    server.fail(sorted(files)[1], Cut(700_000))
    log = _Log()
    get(transfer="files", progress=log)
    assert log.total == {"download (MiB)": 8}
    assert log.done == {"download (MiB)": 8}


class _Log:
    """Keeps what a `Progress` is told."""

    def __init__(self):
        self.lines, self.total, self.done = [], {}, {}

    def start(self, name, *, total, done=0):
        self.total[name], self.done[name] = total, done

    def advance(self, name, *, steps=1, note=""):
        self.done[name] += steps

    def finish(self, name, *, note=""):
        pass

    def log(self, message):
        self.lines.append(message)
