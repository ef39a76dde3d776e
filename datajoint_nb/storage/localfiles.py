"""Writing and listing on the local filesystem, where fsspec offers neither atomic writes nor streams.

See ``tests/spec/07-codecs-storage.md`` §5.6 and §6.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from datajoint_nb.errors import DataJointError

TEMPORARY = ".saving"  # suffix of files being written; garbage collection looks for it


@dataclass(frozen=True)
class StoredFile:
    """A file in a store: path from its root, size in bytes, time of the last change (UTC) if known."""

    path: str
    size: int
    modified: dt.datetime | None = None


@contextmanager
def atomic_file(target: Path) -> Iterator[BinaryIO]:
    """A file for writing that appears under its name only when the block ends without exception."""
    temporary = target.with_name(f"{target.name}.{secrets.token_hex(4)}{TEMPORARY}")
    file = _open_new(temporary)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def _open_new(path: Path) -> BinaryIO:
    # emptied folders may be pruned by a collector between the two calls
    for _ in range(3):
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            return path.open("xb")
    return path.open("xb")


def check_contained(root: Path, target: Path) -> None:
    """Refuse a target whose folder, links followed, lies outside of the root.

    Raises
    ------
    DataJointError
        A symbolic link leads out of the store.
    """
    if not target.parent.resolve().is_relative_to(root.resolve()):
        raise DataJointError(f"Unsafe path {str(target)!r}: a symbolic link leads out of the store.")


def list_files(root: Path, folder: Path) -> Iterator[StoredFile]:
    """Files below `folder`, folder by folder in name order; linked folders are not entered."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from list_files(root, Path(entry.path))
        elif entry.is_file():
            with suppress(FileNotFoundError):  # removed since the folder was read
                yield stored_file(root, Path(entry.path))


def stored_file(root: Path, path: Path) -> StoredFile:
    """Size and time of one file."""
    status = path.stat()
    modified = dt.datetime.fromtimestamp(status.st_mtime, dt.timezone.utc)
    return StoredFile(path.relative_to(root).as_posix(), status.st_size, modified)


def source_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Relative POSIX name and path of every file below a folder to be stored, links followed.

    Raises
    ------
    DataJointError
        A linked folder contains itself.
    """
    yield from _source_files(folder, "", frozenset())


def _source_files(folder: Path, prefix: str, above: frozenset[Path]) -> Iterator[tuple[str, Path]]:
    real = folder.resolve()
    if real in above:
        raise DataJointError(f"Folder {str(folder)!r} contains itself through a symbolic link.")
    for child in sorted(folder.iterdir()):
        name = f"{prefix}{child.name}"
        if child.is_dir():
            yield from _source_files(child, f"{name}/", above | {real})
        else:
            yield name, child


def prune_folders(root: Path, folder: Path) -> None:
    """Remove `folder` and its parents while they are empty, up to but without the root."""
    while folder != root and folder.is_relative_to(root):
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:  # not empty
            return
        folder = folder.parent
