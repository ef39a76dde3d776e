"""Comparing stored objects with what rows and manifests say about them.

See ``tests/spec/07-codecs-storage.md`` §2.3.
"""

from __future__ import annotations

from datajoint_nb.storage.backend import StorageBackend
from datajoint_nb.storage.content_hash import hash_of, parse_hash


def check_file(backend: StorageBackend, path: str, size: int | None, content_hash: str | None) -> list[str]:
    """What is wrong with a stored file, in words; empty when nothing is."""
    found = backend.info(path)
    if found is None:
        return [f"{path!r} is missing"]
    if size is not None and found.size != size:
        return [f"{path!r} has {found.size} bytes instead of {size}"]
    if content_hash:
        running = hash_of(backend.chunks(path), parse_hash(content_hash)[0])
        if not running.matches(content_hash):
            return [f"{path!r} has content of another hash than {content_hash}"]
    return []


def check_folder(backend: StorageBackend, path: str, strict: bool = False) -> list[str]:
    """What is wrong with a stored folder: missing, altered and surplus files, or no manifest (strict)."""
    manifest = backend.get_manifest(path)
    if manifest is None:
        if not backend.isdir(path):
            return [f"{path!r} is missing"]
        return [f"{path!r} has no manifest"] if strict else []
    listed = {file.path: file.size for file in backend.list(path)}
    problems = []
    for entry in manifest:
        full = f"{path}/{entry.path}"
        if full in listed and listed[full] != entry.size:
            problems.append(f"{full!r} has {listed[full]} bytes instead of {entry.size}")
        else:
            problems += check_file(backend, full, entry.size, entry.hash)
    surplus = sorted(set(listed) - {f"{path}/{entry.path}" for entry in manifest})
    return problems + [f"{name!r} is not in the manifest" for name in surplus]
