import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest
import torch
from torch.utils.data import DataLoader

from aura.errors import DataError, SampleError, UsageError
from aura.shards import ClipLoader, ShardClipDataset, ShardClipIterable, collate_clips

# Workers are made by fork, as DataLoader does on Linux; Python 3.12 and later say so each time.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")

SHUFFLED = {"shuffle": True, "run_length": 2, "buffer_size": 5}


def numbers(samples) -> list[int]:
    return [sample["metadata"]["number"] for sample in samples]


def of_batches(loader) -> list[int]:
    return [m["number"] for batch in loader for m in batch["metadata"]]


def loaded(dataset, **options) -> DataLoader:
    return DataLoader(dataset, batch_size=3, collate_fn=collate_clips, **options)


def test_a_stream_gives_the_samples_of_the_data_set_in_order(shards):
    stream, dataset = ShardClipIterable(shards), ShardClipDataset(shards)
    for ours, theirs in zip(stream, dataset, strict=True):
        assert ours.keys() == theirs.keys()
        assert torch.equal(ours["data"], theirs["data"])
    assert stream.n_samples == 24
    assert numbers(ShardClipIterable(shards, max_samples=5)) == [0, 1, 2, 3, 4]


def test_shuffled_epochs_are_complete_repeatable_and_different(shards):
    stream = ShardClipIterable(shards, **SHUFFLED)
    first = numbers(stream)
    assert sorted(first) == list(range(24))
    assert numbers(stream) == first
    stream.set_epoch(1)
    second = numbers(stream)
    assert sorted(second) == list(range(24))
    assert second != first != list(range(24))
    assert numbers(ShardClipIterable(shards, **SHUFFLED, seed=1)) != first


@pytest.mark.parametrize(("world_size", "workers"), [(1, 2), (3, 0), (2, 2)])
def test_ranks_and_workers_lose_and_repeat_nothing(shards, world_size, workers):
    found = []
    for rank in range(world_size):
        stream = ShardClipIterable(shards, **SHUFFLED, rank=rank, world_size=world_size)
        part = of_batches(loaded(stream, num_workers=workers))
        assert len(part) == stream.n_samples
        found += part
    assert sorted(found) == list(range(24))


def test_ranks_are_those_of_the_launcher(shards, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert numbers(ShardClipIterable(shards)) == list(range(12, 24))


def test_living_workers_see_the_next_epoch(shards):
    stream = ShardClipIterable(shards, **SHUFFLED)
    loader = loaded(stream, num_workers=1, persistent_workers=True)
    first = of_batches(loader)
    stream.set_epoch(1)
    second = of_batches(loader)
    assert sorted(first) == sorted(second) == list(range(24))
    assert first != second


def test_leaving_an_epoch_early_leaves_the_next_whole(shards):
    stream = ShardClipIterable(shards)
    assert numbers(sample for sample, _ in zip(stream, range(4), strict=False)) == [0, 1, 2, 3]
    assert numbers(stream) == list(range(24))


@pytest.mark.parametrize("position", [0, 1, 5, 13, 24])
def test_a_state_goes_on_where_it_was_taken(shards, position):
    stream = ShardClipIterable(shards, **SHUFFLED)
    stream.set_epoch(3)
    whole = numbers(stream)
    iterator = iter(stream)
    for _ in range(position):
        next(iterator)
    state = stream.state_dict()
    resumed = ShardClipIterable(shards, **SHUFFLED)
    resumed.load_state_dict(state)
    assert resumed.state_dict() == state
    assert numbers(resumed) == whole[position:]
    assert numbers(resumed) == whole


def test_a_state_of_other_samples_or_settings_is_refused(shards, tmp_path, write):
    state = ShardClipIterable(shards, **SHUFFLED).state_dict()
    for other in (
        ShardClipIterable(shards, **SHUFFLED, seed=1),
        ShardClipIterable(shards, "index_train.csv", **SHUFFLED),
        ShardClipIterable(shards, **SHUFFLED, rank=0, world_size=2),
        ShardClipIterable(write(tmp_path, image_quality=50), **SHUFFLED),
    ):
        with pytest.raises(DataError, match="state was taken"):
            other.load_state_dict(state)


@pytest.mark.filterwarnings("ignore:.set_vital.:UserWarning")  # torchdata calls it
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("n_before", [0, 1, 4])
def test_a_stateful_loader_resumes_in_the_middle_of_an_epoch(shards, workers, n_before):
    torchdata = pytest.importorskip("torchdata.stateful_dataloader", reason="needs torchdata")

    def loader():
        stream = ShardClipIterable(shards, **SHUFFLED)
        return torchdata.StatefulDataLoader(
            stream, batch_size=3, num_workers=workers, collate_fn=collate_clips
        )

    whole = [batch["sample_id"] for batch in loader()]
    first = loader()
    iterator = iter(first)
    before = [next(iterator)["sample_id"] for _ in range(n_before)]
    state = first.state_dict()
    del iterator
    resumed = loader()
    resumed.load_state_dict(state)
    assert before + [batch["sample_id"] for batch in resumed] == whole
    assert [batch["sample_id"] for batch in resumed] == whole


def test_damage_is_raised_or_reported(shards, tmp_path):
    folder = shutil.copytree(shards, tmp_path / "shards")
    row = ShardClipDataset(folder).reader.table.row(4)
    content = bytearray((folder / row.shard).read_bytes())
    content[row.offset + 900] ^= 1
    (folder / row.shard).write_bytes(content)
    with pytest.raises(SampleError, match="000002_000000"):
        list(ShardClipIterable(folder))
    found = list(ShardClipIterable(folder, on_corrupt="report"))
    assert [sample["sample_id"] for sample in found if "error" in sample] == ["000002_000000"]
    assert len(found) == 24


def test_a_stream_goes_to_the_device_too(shards):
    stream = ShardClipIterable(shards, target_device="meta")
    assert next(iter(stream))["data"].device.type == "meta"
    loader = ClipLoader(stream, batch_size=4, num_workers=1)
    assert {batch["data"].device.type for batch in loader} == {"meta"}


def test_places_that_cannot_be_are_refused(shards):
    for wrong in (
        {"rank": 2, "world_size": 2},
        {"rank": 0},
        {"buffer_size": 0},
        {"run_length": 0},
        {"seed": -1},
    ):
        with pytest.raises(UsageError):
            ShardClipIterable(shards, **wrong)
    with pytest.raises(UsageError, match="epoch"):
        ShardClipIterable(shards).set_epoch(-1)


@pytest.fixture
def in_memory(shards):
    """The shards in fsspec's file system in memory."""
    system = fsspec.filesystem("memory")
    for path in shards.glob("[!.]*.*"):
        system.pipe_file(f"/clips/{path.name}", path.read_bytes())
    yield "memory://clips"
    system.rm("/clips", recursive=True)


class CountingHandler(SimpleHTTPRequestHandler):
    """Serves a folder with ranges, as object stores do, and notes what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        path = self.translate_path(self.path)
        self.asked.append(self.headers.get("Range") or "")
        try:
            with open(path, "rb") as stream:  # noqa: PTH123
                content = stream.read()
        except OSError:
            self.send_error(404)
            return
        begin, end = 0, len(content)
        if wanted := self.headers.get("Range"):
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            begin, end = int(first), min(len(content), int(last) + 1)
        part = content[begin:end]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Accept-Ranges", "bytes")
        if wanted:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(content)}")
        self.end_headers()
        self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(shards):
    """The address of the shards on a server of this machine, and the ranges it was asked for."""
    pytest.importorskip("aiohttp", reason="needs fsspec[http]")
    asked: list[str] = []
    handler = type("Handler", (CountingHandler,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(shards)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_shards_in_memory_read_like_those_on_a_disk(in_memory, shards):
    assert numbers(ShardClipDataset(in_memory)) == list(range(24))
    near, far = (list(ShardClipIterable(p, **SHUFFLED)) for p in (shards, in_memory))
    assert numbers(near) == numbers(far)
    for ours, theirs in zip(near, far, strict=True):
        assert torch.equal(ours["data"], theirs["data"])


def test_shards_on_a_server_read_like_those_on_a_disk(served, shards):
    address, _ = served
    dataset = ShardClipDataset(address)
    assert dataset[13]["metadata"]["number"] == 13
    near, far = (numbers(ShardClipIterable(p, **SHUFFLED)) for p in (shards, address))
    assert near == far


def test_workers_make_connections_of_their_own(served):
    address, _ = served
    stream = ShardClipIterable(address, **SHUFFLED)
    assert next(iter(stream))["sample_id"]  # a connection is open when the workers are made
    loader = loaded(stream, num_workers=2, multiprocessing_context="fork")
    assert sorted(of_batches(loader)) == list(range(24))


def test_neighbours_are_fetched_by_one_request(served):
    address, asked = served
    stream = ShardClipIterable(address, buffer_size=24)
    asked.clear()
    assert numbers(stream) == list(range(24))
    n_shards = len({stream.reader.table.row(i).shard for i in range(24)})
    assert len([one for one in asked if one]) == n_shards


def test_a_server_without_the_shards_says_which_file_is_missing(served):
    address, _ = served
    with pytest.raises(DataError, match=r"nowhere\.csv"):
        ShardClipDataset(address, "nowhere.csv")
    with pytest.raises(DataError, match="carrier-pigeon"):
        ShardClipDataset("carrier-pigeon://home")
