import json
import os

import pytest

from aura.acquire.kaggle_credentials import find_credentials
from aura.errors import UsageError

NOT_ON_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")


def _keep(path, text, mode=0o600):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def _kaggle_json(folder, mode=0o600, **record):
    record = record or {"username": "ada", "key": "secret-key"}
    return _keep(folder / "kaggle.json", json.dumps(record), mode)


def test_missing_credentials_are_explained_step_by_step(tmp_path):
    with pytest.raises(UsageError) as refused:
        find_credentials({}, home=tmp_path)
    message = str(refused.value)
    for part in ("kaggle.com/settings", "KAGGLE_API_TOKEN", "chmod 600", "anonymous=true"):
        assert part in message
    assert str(tmp_path / ".kaggle" / "kaggle.json") in message


@pytest.mark.parametrize("folder", [".kaggle", ".config/kaggle"])
def test_kaggle_json_is_found_where_the_clients_keep_it(tmp_path, folder):
    path = _kaggle_json(tmp_path / folder)
    found = find_credentials({}, home=tmp_path)
    assert (found.origin, found.username, found.key) == (str(path), "ada", "secret-key")


def test_the_folder_of_the_environment_comes_first(tmp_path):
    _kaggle_json(tmp_path / ".kaggle")
    _kaggle_json(tmp_path / "own", username="eve", key="k")
    found = find_credentials({"KAGGLE_CONFIG_DIR": str(tmp_path / "own")}, home=tmp_path)
    assert found.username == "eve"


def test_a_token_comes_before_a_key(tmp_path):
    _kaggle_json(tmp_path / ".kaggle")
    environ = {"KAGGLE_USERNAME": "ada", "KAGGLE_KEY": "k"}
    assert find_credentials(environ, home=tmp_path).key == "k"
    assert find_credentials(environ | {"KAGGLE_API_TOKEN": "t"}, home=tmp_path).token == "t"
    _keep(tmp_path / ".kaggle" / "access_token", "from-file\n")
    assert find_credentials(environ, home=tmp_path).token == "from-file"


def test_the_token_variable_may_name_a_file(tmp_path):
    path = _keep(tmp_path / "token.txt", "from-file\n")
    found = find_credentials({"KAGGLE_API_TOKEN": str(path)}, home=tmp_path)
    assert found.token == "from-file"


def test_what_a_login_left_is_used_last(tmp_path):
    path = _keep(tmp_path / ".kaggle" / "credentials.json", '{"refresh_token": "r"}')
    assert find_credentials({}, home=tmp_path).oauth_file == path
    _kaggle_json(tmp_path / ".kaggle")
    assert find_credentials({}, home=tmp_path).username == "ada"


@NOT_ON_WINDOWS
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
@pytest.mark.parametrize("name", ["kaggle.json", "access_token"])
def test_a_key_that_others_can_read_is_refused_with_the_cure(tmp_path, name, mode):
    path = _keep(tmp_path / ".kaggle" / name, '{"username": "ada", "key": "secret-key"}', mode)
    with pytest.raises(UsageError) as refused:
        find_credentials({}, home=tmp_path)
    assert f"chmod 600 '{path}'" in str(refused.value)
    assert f"mode {mode:o}" in str(refused.value)
    assert "secret-key" not in str(refused.value)
    path.chmod(0o600)
    assert find_credentials({}, home=tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("[]", "expected one object, found list"),
        ('{"username": "ada"}', "lacks key"),
        ('{"username": " ", "key": null}', "lacks username and key"),
    ],
)
def test_a_broken_kaggle_json_is_explained(tmp_path, text, message):
    path = _keep(tmp_path / ".kaggle" / "kaggle.json", text)
    with pytest.raises(UsageError, match=message) as refused:
        find_credentials({}, home=tmp_path)
    assert str(path) in str(refused.value)


def test_an_empty_token_file_is_explained(tmp_path):
    _keep(tmp_path / ".kaggle" / "access_token", "\n")
    with pytest.raises(UsageError, match="holds no token"):
        find_credentials({}, home=tmp_path)


def test_half_a_pair_of_variables_is_explained(tmp_path):
    with pytest.raises(UsageError, match="KAGGLE_USERNAME is set and KAGGLE_KEY is not"):
        find_credentials({"KAGGLE_USERNAME": "ada"}, home=tmp_path)


def test_secrets_stay_out_of_what_is_printed(tmp_path):
    for environ in (
        {"KAGGLE_API_TOKEN": "hidden"},
        {"KAGGLE_USERNAME": "ada", "KAGGLE_KEY": "hidden"},
    ):
        assert "hidden" not in repr(find_credentials(environ, home=tmp_path))
