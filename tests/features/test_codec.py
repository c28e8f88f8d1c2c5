import math

import pytest

from aura.features import codec


def test_states_the_container_facts(facts_of):
    facts = facts_of(
        width=1280, height=720, fps=25.0, duration_s=10.0, bit_rate_bps=2_304_000.0, has_audio=True
    )
    assert codec.measure(facts) == pytest.approx(
        {
            "codec_bits_per_pixel": -1.0,
            "codec_fps": 25.0,
            "codec_duration": 1.0,
            "codec_pixels": math.log2(1280 * 720),
            "codec_aspect": math.log2(16 / 9),
            "codec_macroblock_size": 1.0,
            "codec_has_audio": 1.0,
        }
    )


def test_sizes_that_macroblocks_do_not_fill_are_marked(facts_of):
    assert codec.measure(facts_of(width=1920, height=1080))["codec_macroblock_size"] == 0


@pytest.mark.parametrize("silent", [{"fps": 0.0}, {"bit_rate_bps": 0.0}, {"duration_s": 0.0}])
def test_a_container_that_says_nothing_gives_finite_numbers(facts_of, silent):
    assert all(math.isfinite(value) for value in codec.measure(facts_of(**silent)).values())
