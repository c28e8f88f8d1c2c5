import pytest

from aura.errors import DataError
from aura.training.recipe import ClipRecipe, FeatureRecipe, parse_recipe, require_same_recipe


@pytest.mark.parametrize(
    "recipe",
    [
        ClipRecipe(n_frames=4, size_px=64, settings={"sampling": "uniform"}),
        FeatureRecipe(names=("a", "b"), settings={"n_bursts": 8}),
    ],
)
def test_a_recipe_survives_json(recipe):
    assert parse_recipe(recipe.model_dump(mode="json"), where="here") == recipe


def test_every_field_changes_the_fingerprint():
    recipes = [
        ClipRecipe(),
        ClipRecipe(n_frames=9),
        ClipRecipe(size_px=64),
        ClipRecipe(mean=(0, 0, 0)),
        ClipRecipe(std=(1, 1, 1)),
        ClipRecipe(settings={"crop": "face"}),
        FeatureRecipe(names=("a",)),
        FeatureRecipe(names=("a", "b")),
        FeatureRecipe(names=("b", "a")),
    ]
    assert len({recipe.fingerprint() for recipe in recipes}) == len(recipes)


def test_another_recipe_is_refused_naming_both_and_the_difference():
    found, expected = ClipRecipe(size_px=112), ClipRecipe(size_px=64)
    with pytest.raises(DataError, match="size_px: 112 and 64") as caught:
        require_same_recipe(found, expected, where="fold_0")
    for part in ("fold_0", found.fingerprint(), expected.fingerprint()):
        assert part in str(caught.value)
    require_same_recipe(found, ClipRecipe(size_px=112), where="fold_0")


def test_what_is_no_recipe_is_refused():
    with pytest.raises(DataError, match=r"here: holds no valid recipe"):
        parse_recipe({"kind": "smell"}, where="here")
