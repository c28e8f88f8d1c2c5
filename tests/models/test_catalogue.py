import builtins
import json
import subprocess
import sys

import pytest

from aura.errors import ConfigError, MissingExtraError, UsageError
from aura.models import (
    create_feature_model,
    create_frame_model,
    create_model,
    list_models,
    model_card,
)


def test_listing_the_models_loads_neither_torch_nor_sklearn():
    code = (
        "import sys, aura.models; aura.models.list_models();"
        "print([m for m in ('torch', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_are_unique_and_cards_fit_into_json():
    names = [card.name for card in list_models()]
    assert len(set(names)) == len(names)
    assert {"logistic_regression", "naive_cnn"} <= set(names)
    assert json.loads(json.dumps(model_card("naive_cnn").to_dict()))["weights"] == ["none"]


def test_a_misspelt_name_is_answered_with_the_nearest_and_all_others():
    with pytest.raises(UsageError, match=r"did you mean naive_cnn\?") as caught:
        create_model("naive_cn")
    assert "logistic_regression" in str(caught.value)


def test_a_name_unlike_any_other_is_answered_with_the_list():
    with pytest.raises(UsageError, match="there is no model 'zzz'") as caught:
        create_model("zzz")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("name", [card.name for card in list_models()])
def test_weights_that_do_not_exist_are_refused_and_never_replaced_by_a_random_start(name):
    with pytest.raises(UsageError, match="has no weights 'imagenet'"):
        create_model(name, weights="imagenet")


@pytest.mark.parametrize("name", [card.name for card in list_models()])
def test_an_unknown_setting_is_refused_and_the_known_ones_are_named(name):
    with pytest.raises(ConfigError, match=f"settings of model {name}: colour.*It knows"):
        create_model(name, colour=1)


def test_a_setting_out_of_range_is_named():
    with pytest.raises(ConfigError, match=r"C: .*greater than 0"):
        create_model("logistic_regression", C=0)


def test_a_model_of_the_other_kind_is_refused():
    with pytest.raises(UsageError, match="naive_cnn is fed with frames"):
        create_feature_model("naive_cnn")
    with pytest.raises(UsageError, match="logistic_regression is fed with features"):
        create_frame_model("logistic_regression")


def test_without_torch_the_message_says_what_to_install(monkeypatch):
    real_import = builtins.__import__

    def without_torch(name, *args, **kwargs):
        if name == "aura.models.naive_cnn":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_torch)
    with pytest.raises(MissingExtraError, match=r"pip install 'aura-forensics\[train\]'"):
        create_model("naive_cnn")
