"""Copying stored objects to the local filesystem, leaving nothing behind on failure.

See ``tests/spec/07-codecs-storage.md`` §2.3.
"""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from datajoint_nb.errors import MissingExternalFile
from datajoint_nb.storage.backend import StorageBackend
from datajoint_nb.storage.paths import safe_path


def download_file(backend: StorageBackend, path: str, target: Path) -> None:
    """Copy one object to `target`, replacing a file that is there."""
    backend.get_file(path, target)


def download_folder(backend: StorageBackend, path: str, target: Path) -> None:
    """Copy a folder to `target`, into one that is there already.

    Everything is first copied to a temporary folder beside the target, removed on failure.

    Raises
    ------
    MissingExternalFile
        The folder is not in the store.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.saving")
    temporary.mkdir()
    try:
        names = [safe_path(file.path[len(path) + 1 :]) for file in backend.list(path)]
        if not names and not backend.isdir(path):
            raise MissingExternalFile(f"{path!r} is not in store {backend.name!r}.")
        for name in names:
            backend.get_file(f"{path}/{name}", temporary / name)
        if target.is_dir():
            _merge(temporary, names, target)
        else:
            temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _merge(source: Path, names: list[str], target: Path) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).replace(target / name)
