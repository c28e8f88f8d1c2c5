"""The user's Kaggle credentials, found where Kaggle's own clients keep them.

The order is theirs: an access token (``KAGGLE_API_TOKEN``, a file ``access_token``), a user name
with a key (``KAGGLE_USERNAME`` and ``KAGGLE_KEY``, a file ``kaggle.json``), and what
``kaggle auth login`` leaves (``credentials.json``). They are looked for here, not by the client,
so that what is missing, broken or open to other users is explained before anything is sent.
"""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aura.errors import UsageError

_OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IROTH

_STEPS = """no Kaggle credentials found. To get them:
  1. sign in at https://www.kaggle.com and open https://www.kaggle.com/settings
  2. under API, create a token
  3. either  export KAGGLE_API_TOKEN=<the token>
     or save the token as {folder}/access_token
     or save a downloaded kaggle.json as {folder}/kaggle.json
  4. chmod 600 the file, so that no other user can read it
Looked at: {places}.
Some data sets can be had without: add download.kaggle.anonymous=true"""


@dataclass(frozen=True, slots=True)
class KaggleCredentials:
    """A token, or a user name and a key; secrets stay out of ``repr``.

    ``oauth_file`` is set instead where a token has to be made from what ``kaggle auth login``
    left. With nothing set the client asks anonymously.
    """

    origin: str
    token: str | None = field(default=None, repr=False)
    username: str | None = None
    key: str | None = field(default=None, repr=False)
    oauth_file: Path | None = None


ANONYMOUS = KaggleCredentials(origin="nobody")
"""Asks without credentials."""


def find_credentials(environ: Mapping[str, str], *, home: Path) -> KaggleCredentials:
    """Return the user's credentials.

    Args:
        environ: The environment to look through.
        home: The user's home folder.

    Raises:
        UsageError: There are none (the message says how to get them), a file is broken, or other
            users can read it.
    """
    folders = _folders(environ, home=home)
    found = (
        _token_variable(environ)
        or _token_file(folders)
        or _key_variables(environ)
        or _key_file(folders)
        or _login_file(folders)
    )
    if found is None:
        variables = ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME and KAGGLE_KEY"]
        places = ", ".join([*variables, *map(str, folders)])
        raise UsageError(_STEPS.format(folder=folders[0], places=places))
    return found


def _folders(environ: Mapping[str, str], *, home: Path) -> list[Path]:
    """Return the folders Kaggle's clients keep files in, first the one users set themselves."""
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    own = environ.get("KAGGLE_CONFIG_DIR")
    return [*([Path(own)] if own else []), home / ".kaggle", config / "kaggle"]


def _token_variable(environ: Mapping[str, str]) -> KaggleCredentials | None:
    value = environ.get("KAGGLE_API_TOKEN", "").strip()
    if not value:
        return None
    # The client takes the variable for a path where there is such a file.
    if Path(value).is_file():
        return KaggleCredentials(origin=value, token=_token_in(Path(value)))
    return KaggleCredentials(origin="KAGGLE_API_TOKEN", token=value)


def _token_file(folders: list[Path]) -> KaggleCredentials | None:
    path = _first_file(folders, ("access_token", "access_token.txt"))
    return path and KaggleCredentials(origin=str(path), token=_token_in(path))


def _token_in(path: Path) -> str:
    token = _read_secret(path).strip()
    if not token:
        raise UsageError(f"{path}: holds no token; paste the one from kaggle.com/settings into it")
    return token


def _key_variables(environ: Mapping[str, str]) -> KaggleCredentials | None:
    names = ("KAGGLE_USERNAME", "KAGGLE_KEY")
    values = [environ.get(name, "").strip() for name in names]
    if all(values):
        username, key = values
        return KaggleCredentials(origin=" and ".join(names), username=username, key=key)
    if any(values):
        there, absent = names if values[0] else reversed(names)
        raise UsageError(f"{there} is set and {absent} is not; Kaggle needs both")
    return None


def _key_file(folders: list[Path]) -> KaggleCredentials | None:
    path = _first_file(folders, ("kaggle.json",))
    if path is None:
        return None
    record = _read_json(path)
    missing = [name for name in ("username", "key") if not str(record.get(name) or "").strip()]
    if missing:
        raise UsageError(
            f"{path}: lacks {' and '.join(missing)}; download kaggle.json again from "
            "kaggle.com/settings"
        )
    return KaggleCredentials(
        origin=str(path), username=str(record["username"]).strip(), key=str(record["key"]).strip()
    )


def _login_file(folders: list[Path]) -> KaggleCredentials | None:
    path = _first_file(folders, ("credentials.json",))
    if path is None or not _read_json(path).get("refresh_token"):
        return None
    return KaggleCredentials(origin=str(path), oauth_file=path)


def _first_file(folders: list[Path], names: tuple[str, ...]) -> Path | None:
    paths = (folder / name for folder in folders for name in names)
    return next((path for path in paths if path.is_file()), None)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(_read_secret(path))
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{path}: is not JSON ({error}); download it again from kaggle.com/settings"
        ) from error
    if not isinstance(record, dict):
        raise UsageError(f"{path}: expected one object, found {type(record).__name__}")
    return record


def _read_secret(path: Path) -> str:
    """Return a file's text, provided that nobody else can read it."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    # Windows has no such bits: there stat() calls every file readable by all.
    if os.name != "nt" and mode & _OTHERS_MAY_READ:
        raise UsageError(
            f"{path}: other users of this machine can read this key (mode "
            f"{stat.S_IMODE(mode):03o}) and act in your name. Close it: chmod 600 '{path}'. "
            "Where the disk has no such rights, set KAGGLE_API_TOKEN instead"
        )
    return text
