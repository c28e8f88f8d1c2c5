import pytest

from aura.errors import ConfigError

torch = pytest.importorskip("torch")

from aura.models import create_frame_model  # noqa: E402


def test_a_clip_scores_the_mean_of_its_frames():
    network = create_frame_model("naive_cnn").eval()
    clips = torch.rand(2, 5, 3, 32, 32)
    with torch.no_grad():
        expected = network.frame_logits(clips).mean(dim=1)
        torch.testing.assert_close(network(clips), expected)


def test_channels_must_divide_into_groups():
    with pytest.raises(ConfigError, match="multiple of 8"):
        create_frame_model("naive_cnn", channels=(8, 12, 16, 24))


def test_smaller_channels_make_a_smaller_network():
    small = create_frame_model("naive_cnn", channels=(8, 8, 8, 8))
    assert sum(p.numel() for p in small.parameters()) < 5000
    assert small.eval()(torch.rand(1, 2, 3, 16, 16)).shape == (1,)
