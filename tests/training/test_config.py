import subprocess
import sys

import pytest
from pydantic import ValidationError

from aura.training import TrainingConfig


def test_importing_the_room_does_not_load_torch():
    code = "import sys, aura.training; print('torch' in sys.modules, 'sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    "wrong",
    [{"models": ()}, {"models": ("a", "a")}, {"epochs": 0}, {"learning_rate": 0}, {"rate": 1}],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        TrainingConfig.model_validate(wrong)


def test_a_result_depends_on_its_own_model_s_settings_only():
    plain = TrainingConfig()
    other = TrainingConfig(
        models=("naive_cnn",), epochs=3, settings={"naive_cnn": {"dropout": 0}}, n_threads=2
    )
    assert plain.relevant("logistic_regression", kind="features") == other.relevant(
        "logistic_regression", kind="features"
    )
    assert plain.relevant("naive_cnn", kind="frames") != other.relevant("naive_cnn", kind="frames")
