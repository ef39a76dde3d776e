"""Copying content into a store, hashed on the way.

See ``tests/spec/07-codecs-storage.md`` §5.5 and §10.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datajoint_nb.storage.content_hash import CHUNK, ContentHash, Readable, chunks_of, hash_of
from datajoint_nb.storage.manifest import ManifestEntry, build_manifest, manifest_bytes, manifest_path
from datajoint_nb.storage.objects import ObjectStorage
from datajoint_nb.storage.parallel import THREADS, ordered_map
from datajoint_nb.storage.paths import safe_path
from datajoint_nb.storage.sources import LocalSource, Source


@dataclass(frozen=True)
class Written:
    """What was written: size in bytes and the running hash, finished."""

    size: int
    content: ContentHash


class HashingWriter:
    """A file-like object that counts and hashes what passes through it to `file`."""

    def __init__(self, file: Any, kind: str):
        self.file = file
        self.size = 0
        self.content = ContentHash(kind)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write the next piece."""
        self.content.update(data)
        self.file.write(data)
        length = memoryview(data).nbytes
        self.size += length
        return length


def write_bytes(backend: ObjectStorage, data: bytes, path: str, kind: str) -> Written:
    """Write a buffer as one object."""
    content = hash_of([data], kind)
    backend.put_buffer(data, path)
    return Written(len(data), content)


def write_stream(backend: ObjectStorage, source: Readable, path: str, kind: str) -> Written:
    """Write what is left of a readable as one object, hashed while it is uploaded."""
    with backend.create(path) as file:
        writer = HashingWriter(file, kind)
        for chunk in chunks_of(source):
            writer.write(chunk)
    return Written(writer.size, writer.content)


def write_source(backend: ObjectStorage, source: Source, path: str, kind: str) -> Written:
    """Write one file; a local one goes to a bucket in parts, after a pass that hashes it."""
    if isinstance(source, LocalSource) and not backend.is_local:
        with source.open() as file:
            content = hash_of(chunks_of(file), kind) if kind != "none" else ContentHash("none")
        backend.put_file(source.path, path)
        return Written(source.path.stat().st_size, content)
    with source.open() as file:
        return write_stream(backend, file, path, kind)


def write_folder(
    backend: ObjectStorage, source: Source | Path, path: str, kind: str, threads: int = THREADS
) -> dict[str, Any]:
    """Write every file of a folder in threads and, last, its manifest, which is returned.

    Raises
    ------
    DataJointError
        A linked folder contains itself, or a file name is not safe.
    """
    folder: Source = LocalSource(source) if isinstance(source, Path) else source

    def write(item: tuple[str, Source]) -> ManifestEntry:
        name = safe_path(item[0])
        written = write_source(backend, item[1], f"{path}/{name}", kind)
        return ManifestEntry(name, written.size, written.content.entry_text)

    # two chunks are in memory for each file that is being copied
    entries = ordered_map(write, folder.files(), threads, lambda item: 2 * CHUNK)
    manifest = build_manifest(entries)
    backend.put_buffer(manifest_bytes(manifest), manifest_path(path))
    return manifest
