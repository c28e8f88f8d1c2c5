import pytest
import yaml

from aura.config import Config, load_config
from aura.errors import ConfigError


def test_later_sources_win(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("split: {folds: 3, seed: 1, test: 0.5}\n")
    environ = {"AURA_SPLIT__SEED": "2", "AURA_SPLIT__TEST": "0.25", "HOME": "/x"}
    config = load_config(file, ["split.test=0.1"], environ=environ)
    assert (config.split.folds, config.split.seed, config.split.test) == (3, 2, 0.1)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["split.fold=3"], "no setting split.fold; did you mean split.folds?"),
        (["splot.folds=3"], "no setting splot; did you mean split?"),
        (["split.folds=1"], "split.folds: Input should be greater than or equal to 2, got 1"),
        (["split.folds=many"], "split.folds"),
        (["split.folds"], "section.key=value"),
        (["=3"], "section.key=value"),
        (["split.folds=[1"], "is not YAML"),
        (["split=3"], "split"),
        (["training.without_groups=[codecs]"], "training.without_groups"),
        (["training.settings.logistc.C=1"], "no model 'logistc': did you mean logistic"),
        (["training.weights.foo=bar"], "no model 'foo'"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(overrides, message):
    with pytest.raises(ConfigError) as refused:
        load_config(None, overrides)
    assert message in str(refused.value)


def test_a_misspelt_variable_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"no setting split\.flods; did you mean split\.folds"):
        load_config(environ={"AURA_SPLIT__FLODS": "3"})


@pytest.mark.parametrize(
    ("text", "message"),
    [("[1, 2]", "expected sections"), ("a: [", "is not YAML"), ("split: {flods: 3}", "flods")],
)
def test_a_wrong_file_is_refused(tmp_path, text, message):
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_config(file)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read"):
        load_config(tmp_path / "nowhere.yaml")


def test_an_empty_file_changes_nothing(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("")
    assert load_config(file) == Config()


def test_the_effective_configuration_reads_back_equal(tmp_path):
    config = load_config(overrides=["training.models=[logistic_regression]", "engine.workers=3"])
    file = tmp_path / "c.yaml"
    file.write_text(config.to_yaml())
    assert load_config(file) == config
    assert set(yaml.safe_load(config.to_yaml())) == set(Config.model_fields)


def test_the_hash_knows_results_from_machinery():
    base = load_config()
    assert base.hash() == load_config(overrides=["engine.workers=7"]).hash()
    assert base.hash() != load_config(overrides=["split.seed=7"]).hash()


def test_every_setting_is_described():
    def fields(model, path=""):
        for name, field in model.model_fields.items():
            yield f"{path}{name}", field
            if hasattr(field.annotation, "model_fields"):
                yield from fields(field.annotation, f"{path}{name}.")

    undescribed = [name for name, field in fields(Config) if not field.description]
    assert undescribed == []
