from collections import Counter

import cv2
import numpy as np
import pytest

from aura.features import blockiness


def steps_by_loop(plane):
    """The eight phases' mean unevenness across the boundaries between columns."""
    p = plane.astype(np.float64)
    height, width = p.shape
    by_phase = {phase: [] for phase in range(8)}
    for x in range(2, width - 1):
        values = []
        for y in range(height):
            here = p[y, x] - p[y, x - 1]
            before = p[y, x - 1] - p[y, x - 2]
            after = p[y, x + 1] - p[y, x]
            values.append(abs(here - (before + after) / 2))
        by_phase[x % 8].append(np.mean(values))
    return [np.mean(by_phase[phase]) for phase in range(8)]


def contrast(steps, phase):
    return np.log(steps[phase] / np.mean([s for p, s in enumerate(steps) if p != phase]))


def test_agrees_with_the_definitions(run):
    columns = [steps_by_loop(plane) for plane in run]
    rows = [steps_by_loop(plane.T) for plane in run]
    horizontal = [contrast(steps, int(np.argmax(steps))) for steps in columns]
    vertical = [contrast(steps, int(np.argmax(steps))) for steps in rows]
    both = np.mean([horizontal, vertical], axis=0)
    phases = [(int(np.argmax(c)), int(np.argmax(r))) for c, r in zip(columns, rows, strict=True)]
    expected = {
        "blockiness_horizontal_mean": np.mean(horizontal),
        "blockiness_vertical_mean": np.mean(vertical),
        "blockiness_std": np.std(both),
        "blockiness_p90": np.percentile(both, 90),
        "blockiness_aligned_mean": np.mean(
            [contrast(c, 0) / 2 + contrast(r, 0) / 2 for c, r in zip(columns, rows, strict=True)]
        ),
        "blockiness_phase_share": Counter(phases).most_common(1)[0][1] / len(run),
    }
    measured = blockiness.measure([run])
    assert measured.keys() == expected.keys()
    for name, value in expected.items():
        assert measured[name] == pytest.approx(value, rel=0.02, abs=2e-3), name


@pytest.fixture
def compressed(scene):
    """Luma of the scene after strong JPEG compression, its grid beginning in the corner."""
    planes = []
    for frame in scene:
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        _, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 15])
        planes.append(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32))
    return np.stack(planes)


def test_compression_raises_blockiness(scene, compressed):
    clean = np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in scene]).astype(np.float32)
    before, after = blockiness.measure([clean]), blockiness.measure([compressed])
    for key in ("horizontal_mean", "vertical_mean", "p90", "aligned_mean"):
        name = f"blockiness_{key}"
        assert after[name] > before[name] + 0.3, name
    assert after["blockiness_phase_share"] == 1


@pytest.mark.parametrize(("top", "left"), [(0, 0), (3, 5), (7, 1)])
def test_the_grid_is_found_where_cropping_left_it(compressed, top, left):
    cropped = compressed[:, top:, left:]
    columns, rows = blockiness.phase_steps(cropped[0])
    assert columns.argmax() == -left % 8
    assert rows.argmax() == -top % 8


def test_a_shifted_grid_is_strong_but_not_aligned(compressed):
    whole, cropped = (blockiness.measure([run]) for run in (compressed, compressed[:, 3:, 5:]))
    name = "blockiness_horizontal_mean"
    assert cropped[name] == pytest.approx(whole[name], rel=0.2)
    assert cropped["blockiness_aligned_mean"] < 0 < whole["blockiness_aligned_mean"]
