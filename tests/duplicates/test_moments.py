import itertools

import numpy as np
import pytest

from aura.duplicates import matched_moments
from aura.errors import DataError


def test_moments_tell_where_the_cut_lies(scene, fingerprint_of, originals):
    cut = fingerprint_of(scene(1)[15:], crf=34)
    moments = matched_moments(originals[1], cut)
    assert len(moments) == 11
    for one_s, other_s in moments:
        assert one_s == pytest.approx(other_s + 15 / 24, abs=0.13)
    for before, after in itertools.pairwise(moments):
        assert before[0] < after[0]
        assert before[1] < after[1]


def test_moments_of_a_mirrored_copy_are_found(scene, fingerprint_of, originals):
    copy = fingerprint_of(np.ascontiguousarray(scene(1)[:, :, ::-1]))
    assert len(matched_moments(originals[1], copy)) == 16


def test_videos_of_different_footage_have_no_moments(originals):
    assert matched_moments(originals[0], originals[1]) == []
    assert matched_moments("", originals[1]) == []


def test_no_moment_is_paired_twice(scene, fingerprint_of, originals):
    still = fingerprint_of(np.repeat(scene(1)[:1], 48, axis=0))
    moments = matched_moments(still, originals[1])
    assert len({one_s for one_s, _ in moments}) == len(moments) >= 1
    assert moments[0][1] == 0.0


def test_a_text_that_is_no_fingerprint_is_refused(originals):
    with pytest.raises(DataError, match="rubbish"):
        matched_moments("rubbish", originals[0])
