"""Copying objects inside a store and from one store to another.

See ``tests/spec/07-codecs-storage.md`` §2.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datajoint_nb.storage.backend import StorageBackend
from datajoint_nb.storage.manifest import build_manifest, manifest_bytes, manifest_path
from datajoint_nb.storage.objectref import scan_folder
from datajoint_nb.storage.sources import Source


@dataclass(frozen=True)
class StoredSource:
    """A file or folder in another store, to be copied from there."""

    backend: StorageBackend
    path: str
    folder: bool = False

    @property
    def name(self) -> str:
        """Its base name."""
        return self.path.rpartition("/")[2]

    def exists(self) -> bool:
        """Whether it is there."""
        return self.backend.exists(self.path)

    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return self.folder

    def size(self) -> int | None:
        """Bytes of a file, None for a folder."""
        return None if self.folder else self.backend.size(self.path)

    def open(self) -> Any:
        """The file, opened for reading bytes."""
        return self.backend.open(self.path)

    def files(self) -> Iterator[tuple[str, Source]]:
        """Every file below the folder."""
        for file in self.backend.list(self.path):
            yield file.path[len(self.path) + 1 :], StoredSource(self.backend, file.path)


def copy_within(backend: StorageBackend, source: str, target: str, is_dir: bool) -> dict[str, Any] | None:
    """Copy an object inside its store, on the server if it can; the manifest of a folder.

    Hashes of the source's manifest are taken over: the content is the same.

    Raises
    ------
    MissingExternalFile
        The source is not in the store.
    """
    backend.copy(source, target)
    if not is_dir:
        return None
    entries = backend.get_manifest(source)
    manifest = scan_folder(backend, target) if entries is None else build_manifest(entries)
    backend.put_buffer(manifest_bytes(manifest), manifest_path(target))
    return manifest
