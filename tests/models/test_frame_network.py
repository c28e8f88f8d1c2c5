import pytest

from aura.errors import UsageError

torch = pytest.importorskip("torch")

from aura.models import create_frame_model  # noqa: E402
from aura.models.frame_network import masked_mean  # noqa: E402


def test_the_mean_leaves_out_what_the_mask_leaves_out():
    values = torch.tensor([[1.0, 2.0, 6.0], [5.0, float("nan"), float("inf")]])
    mask = torch.tensor([[True, True, True], [True, False, False]])
    assert masked_mean(values, mask).tolist() == [3.0, 5.0]
    assert masked_mean(values[:1], None).tolist() == [3.0]


def test_a_mask_of_another_shape_or_type_is_refused():
    with pytest.raises(UsageError, match=r"\[1, 2\]"):
        masked_mean(torch.zeros(1, 3), torch.ones(1, 2, dtype=torch.bool))
    with pytest.raises(UsageError, match=r"torch\.float32"):
        masked_mean(torch.zeros(1, 3), torch.ones(1, 3))


@pytest.mark.parametrize("shape", [(2, 3, 64, 64), (1, 2, 64, 64, 3), (1, 2, 3, 8, 64)])
def test_clips_of_another_shape_are_refused(shape):
    with pytest.raises(UsageError, match="was expected"):
        create_frame_model("naive_cnn")(torch.zeros(shape))


def test_the_network_normalises_with_the_mean_and_deviation_of_its_settings():
    network = create_frame_model("naive_cnn", mean=(0.1, 0.2, 0.3), std=(0.5, 1.0, 2.0))
    pixel = network.normalised(torch.full((1, 1, 3, 16, 16), 0.6))[0, :, 0, 0]
    assert pixel.tolist() == pytest.approx([1.0, 0.4, 0.15], abs=1e-6)
