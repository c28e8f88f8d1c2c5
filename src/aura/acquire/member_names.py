"""Names inside archives: what becomes of them on disk, and which of them are refused.

A path this room gives out has no root, no drive, no ``..`` and no empty part, so that joined to a
folder it lies below that folder.
"""

import os
import re
import unicodedata

from aura.errors import ArchiveError

PRIVATE_FOLDER = ".aura-setup"
"""Where set-up keeps its record, below the root; no archive may write there."""

_MAX_PART_BYTES = 255
_MAX_PATH_BYTES = 4_000
_DRIVE = re.compile(r"[A-Za-z]:")
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_JUNK_FOLDERS = {"__macosx"}
_JUNK_FILES = {".ds_store", "thumbs.db", "desktop.ini"}
_UTF8_FLAG = 0x800


def safe_path(name: str, *, windows: bool = os.name == "nt") -> str:
    r"""Return the path below the root, parts parted by ``/``, that a member's name stands for.

    Args:
        name: As the archive has it. ``\`` parts as ``/`` does: archives made on Windows hold it.
        windows: Whether names are refused that Windows gives a meaning of its own.

    Raises:
        ArchiveError: The name leads elsewhere or cannot be a file's; the message says why, without
            the name.

    >>> safe_path("./FVC1//a clip.mp4")
    'FVC1/a clip.mp4'
    >>> safe_path("../a.mp4")
    Traceback (most recent call last):
    aura.errors.ArchiveError: its name leads out of the folder by '..'
    """
    plain = name.replace("\\", "/")
    if plain.startswith("/"):
        raise ArchiveError("its name is absolute and so leads out of the folder")
    if _DRIVE.match(plain):
        raise ArchiveError("its name begins with a drive letter and so leads out of the folder")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if not parts:
        raise ArchiveError("its name is empty")
    for part in parts:
        _require_usable(part, windows=windows)
    if parts[0].casefold() == PRIVATE_FOLDER:
        raise ArchiveError(f"its name lies in {PRIVATE_FOLDER}, which belongs to the set-up")
    path = "/".join(parts)
    if len(path.encode("utf-8")) > _MAX_PATH_BYTES:
        raise ArchiveError(f"its path is longer than {_MAX_PATH_BYTES} bytes")
    return path


def _require_usable(part: str, *, windows: bool) -> None:
    if part == "..":
        raise ArchiveError("its name leads out of the folder by '..'")
    if "\0" in part:
        raise ArchiveError("its name holds a zero byte")
    try:
        n_bytes = len(part.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise ArchiveError("its name is not text") from error
    if n_bytes > _MAX_PART_BYTES:
        raise ArchiveError(
            f"a name in its path has {n_bytes} bytes, and file systems take {_MAX_PART_BYTES}; "
            "unpack this one by hand under a shorter name"
        )
    if windows and (
        any(c in '<>:"|?*' or c < " " for c in part)
        or part[-1] in " ."
        or _WINDOWS_DEVICE.fullmatch(part)
    ):
        raise ArchiveError("its name cannot be a file's on Windows")


def is_junk(path: str) -> bool:
    """Say whether a desktop made the file for itself, beside what the user packed.

    >>> is_junk("__MACOSX/FVC1/._a.mp4"), is_junk("FVC1/a.mp4")
    (True, False)
    """
    *folders, name = path.casefold().split("/")
    return name in _JUNK_FILES or not _JUNK_FOLDERS.isdisjoint(folders)


def zip_name(name: str, flag_bits: int) -> str:
    """Return a zip member's name as it was meant.

    The standard reads names without the UTF-8 flag as code page 437, while macOS and Linux write
    UTF-8 without the flag.

    >>> zip_name("vidéo.mp4".encode().decode("cp437"), 0)
    'vidéo.mp4'
    """
    if flag_bits & _UTF8_FLAG:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def tar_name(name: str) -> str:
    r"""Return a tar member's name as text; bytes that are not UTF-8 are read as Latin-1.

    Args:
        name: As `tarfile` gives it, bytes that are not UTF-8 as surrogates.

    >>> tar_name("caf\udce9.mp4")
    'café.mp4'
    """
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def folded(path: str) -> str:
    """Return what two paths share that a disk without regard to case takes for one.

    >>> folded("FVC1/A.mp4") == folded("fvc1/a.MP4")
    True
    """
    return unicodedata.normalize("NFC", path).casefold()


def printable_name(name: str) -> str:
    r"""Return a name on one line: control characters and stray bytes as escapes.

    >>> printable_name("a\nb.mp4")
    'a\\x0ab.mp4'
    """
    text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
