"""Makes archives, good and evil, and looks at what became of them."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from aura.acquire.member_names import PRIVATE_FOLDER


def write_zip(
    path: Path, files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED
) -> Path:
    """Write a zip archive; names are taken as they are, whatever they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zip_info(name, method), content)
    return path


def zip_info(name: str, method: int = zipfile.ZIP_DEFLATED, *, mode: int = 0) -> zipfile.ZipInfo:
    """Return the head of a zip member with a file type of our choosing."""
    info = zipfile.ZipInfo("x")
    info.filename = name
    info.compress_type = method
    info.external_attr = mode << 16
    return info


def write_tar(path: Path, files: Mapping[str, bytes], *, mode: str = "w") -> Path:
    """Write a tar archive; ``mode`` is that of `tarfile.open`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            archive.addfile(tar_info(name, len(content)), io.BytesIO(content))
    return path


def tar_info(name: str, size: int = 0, *, kind: bytes = tarfile.REGTYPE, link: str = ""):
    """Return the head of a tar member of any kind."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info


def tree_of(root: Path) -> dict[str, bytes]:
    """Return the files below a root by path, without set-up's own."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and PRIVATE_FOLDER not in path.relative_to(root).parts
    }


def damage(path: Path, *, at: int, xor: int = 0xFF) -> None:
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    content[at] ^= xor
    path.write_bytes(content)
