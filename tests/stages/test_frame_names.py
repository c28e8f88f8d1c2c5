from hypothesis import given
from hypothesis import strategies as st

from aura.stages.frame_names import frame_file, frame_stem, label_of_folder, parse_frame_name


def test_a_name_tells_class_video_hash_and_number():
    stem = frame_stem("01_02__exit-0a1b2c3d4e", "01_02__exit", label=1)
    assert frame_file(stem, 1, n_frames=3, label=1) == f"ai/{stem}_frame_01.jpg"
    category, rest = stem.split("_", 1)
    assert (category, rest[:-8], len(rest.rsplit("_", 1)[1])) == ("ai", "01_02__exit_", 8)


def test_equal_names_in_different_folders_stay_apart():
    one, other = (frame_stem(f"1-{place}", "1", label=0) for place in ("aaaa", "bbbb"))
    assert one != other
    assert one.startswith("real_1_")


def test_a_hundred_frames_sort_as_text():
    names = [frame_file("real_a_0", n, n_frames=120, label=0) for n in range(1, 121)]
    assert names == sorted(names)


@given(st.text(max_size=40), st.text(max_size=200), st.sampled_from([0, 1, None]))
def test_any_name_gives_a_safe_file_name_that_can_be_read_back(video_id, name, label):
    stem = frame_stem(video_id, name, label=label)
    file = frame_file(stem, 7, n_frames=9, label=label)
    folder, _, last = file.partition("/")
    assert last.isascii()
    assert set(last) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
    assert len(last) < 140
    parsed = parse_frame_name(last)
    assert parsed is not None
    assert (parsed.video, parsed.number) == (stem, 7)
    assert label_of_folder(folder) == label


def test_other_files_are_no_frames():
    assert parse_frame_name("ai_x_12345678_frame_.jpg") is None
    assert parse_frame_name("ai_x_12345678_frame_01.png") is None
