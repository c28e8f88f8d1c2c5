import json


def test_models_are_listed_one_a_line(aura):
    ended = aura("models")
    names = [line.split()[0] for line in ended.out.splitlines()]
    assert ended.code == 0
    assert {"logistic_regression", "naive_cnn"} <= set(names)
    assert len(names) == len(set(names))


def test_one_model_is_described_in_full(aura):
    ended = aura("models", "naive_cnn")
    assert ended.out.startswith("naive_cnn\n")
    for field in ("summary", "kind", "licence", "source", "n_parameters"):
        assert f"\n  {field} " in ended.out
    assert "logistic_regression" not in ended.out
    assert "training.settings.naive_cnn.KEY=VALUE" in ended.out
    assert "dropout" in ended.out


def test_verbose_describes_every_model(aura):
    assert aura("models", "-v").out.count("\n  licence ") == len(aura("models").out.splitlines())


def test_json_holds_the_same_models(aura):
    cards = json.loads(aura("models", "--json").out)
    listed = [line.split()[0] for line in aura("models").out.splitlines()]
    assert [card["name"] for card in cards] == listed
    (one,) = json.loads(aura("models", "naive_cnn", "--json").out)
    assert one in cards


def test_an_unknown_model_is_2_and_the_nearest_name_is_offered(aura):
    ended = aura("models", "naive_cn")
    assert ended.code == 2
    assert "did you mean naive_cnn" in ended.err
