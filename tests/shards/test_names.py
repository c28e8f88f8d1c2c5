import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.errors import DataError
from aura.shards.names import check_sample_id, is_plain_name, sample_dir, split_member


@pytest.mark.parametrize(
    "sample_id",
    ["", ".", "..", "a/b", "../a", "a\\b", "a\0b", "a\nb", "\x1b[2J", "\ud800", "x" * 201, None, 3],
)
def test_ids_that_mean_something_to_paths_or_tables_are_refused(sample_id):
    with pytest.raises(DataError, match="sample_id"):
        check_sample_id(sample_id)


@pytest.mark.parametrize("sample_id", ["000001_000000", "Ünïcode 視頻", "a.b.c", "a,b", 'a"b', "ö"])
def test_ids_of_any_language_are_taken(sample_id):
    assert check_sample_id(sample_id) == sample_id


@settings(deadline=None)
@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1), unique=True))
def test_two_ids_never_share_a_name(ids):
    for layout in ("folder", "webdataset"):
        assert len({sample_dir(one, layout) for one in ids}) == len(ids)


def test_a_webdataset_key_holds_no_dot_before_the_part():
    key = sample_dir("clip.v2.mp4_3", "webdataset")
    assert split_member(f"{key}.frame_000.webp") == (key, "frame_000.webp")


@pytest.mark.parametrize("name", ["../x.tar", "/x.tar", "a/x.tar", "a\\x.tar", "..", "", "C:x.tar"])
def test_shards_lie_in_the_folder_itself(name):
    assert not is_plain_name(name)
