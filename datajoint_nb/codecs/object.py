"""``<object@>``: files and folders of any size in a store, one for each row, read when asked for.

See ``tests/spec/07-codecs-storage.md`` §2.1 to §2.3.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datajoint_nb.codecs.base import SchemaCodec
from datajoint_nb.errors import DataJointError
from datajoint_nb.storage.backend import StorageBackend
from datajoint_nb.storage.metadata import file_metadata, folder_metadata, suffix_of
from datajoint_nb.storage.objectref import ObjectRef, scan_folder
from datajoint_nb.storage.paths import dotted, in_section
from datajoint_nb.storage.sources import Source, open_source
from datajoint_nb.storage.stores import option
from datajoint_nb.storage.transfer import StoredSource, copy_within
from datajoint_nb.storage.upload import Written, write_bytes, write_folder, write_source, write_stream
from datajoint_nb.storage.writelog import record

COMPLETE = {"size", "ext", "is_dir", "item_count", "timestamp"}


@dataclass(frozen=True)
class Target:
    """Where a value goes: its store, its attribute, the maker of its path, the kind of hash, threads."""

    backend: StorageBackend
    field: str
    new_path: Callable[[str], str]
    kind: str
    threads: int


class ObjectCodec(SchemaCodec):
    """Files and folders as values."""

    name = "object"

    def validate(self, value: Any) -> None:
        """Accept bytes, a path or URL, (extension, bytes or readable), metadata, or a handle."""
        if isinstance(value, (str, Path)):
            if not open_source(value).exists():
                raise DataJointError(f"The source {str(value)!r} does not exist.")
        elif isinstance(value, tuple):
            _check_pair(value)
        elif isinstance(value, dict):
            if not isinstance(value.get("path"), str):
                raise DataJointError("A dict value must have the 'path' of an object in the store.")
        elif not isinstance(value, (bytes, bytearray, memoryview, ObjectRef)):
            raise TypeError(
                "bytes, a path, (extension, bytes or file), a dict with 'path' or an ObjectRef are needed, "
                f"not {type(value).__name__}"
            )

    def encode(
        self,
        value: Any,
        *,
        key: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        store_name: str | None = None,
    ) -> dict[str, Any]:
        """Upload a file or folder to the row's own path; column metadata."""
        config = self._codec_config(key, context)
        backend = self._get_backend(store_name, config)
        schema, table, field, primary = self._extract_context(key, context)

        def new_path(ext: str) -> str:
            return self._build_path(schema, table, field, primary, ext, backend.name, config)[0]

        kind = str(option(config, "content_hash", "md5"))
        target = Target(backend, field, new_path, kind, int(option(config, "threads", 16)))
        if isinstance(value, dict):
            return existing(backend, value)
        if isinstance(value, ObjectRef):
            return _copied(target, value)
        if isinstance(value, tuple):
            return _from_pair(target, *value)
        if isinstance(value, (str, Path)):
            return _from_source(target, open_source(value))
        return _from_pair(target, "", value)

    def decode(
        self, stored: Any, *, key: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> ObjectRef:
        """A handle; nothing is read."""
        config = self._config(key, context)
        backend = self._get_backend(stored.get("store"), config)
        return ObjectRef.from_json(stored, backend, str(config.get("download_path", ".") or "."))


def _check_pair(value: tuple[Any, ...]) -> None:
    if len(value) != 2 or not isinstance(value[0], str):
        raise TypeError("a tuple must be (extension, bytes or file)")
    content = value[1]
    if not isinstance(content, (bytes, bytearray, memoryview)) and not hasattr(content, "read"):
        raise TypeError(f"a tuple must be (extension, bytes or file), not with {type(content).__name__}")
    if isinstance(content, io.TextIOBase):
        raise TypeError("the file must be opened in binary mode")
    dotted(value[0])


def _from_pair(target: Target, ext: str, content: Any) -> dict[str, Any]:
    if isinstance(content, (bytes, bytearray, memoryview)):
        data = bytes(content)
        return _file(target, ext, lambda path: write_bytes(target.backend, data, path, target.kind))
    return _file(target, ext, lambda path: write_stream(target.backend, content, path, target.kind))


def _from_source(target: Target, source: Source) -> dict[str, Any]:
    ext = dotted(suffix_of(source.name))
    return _write(target, source, target.new_path(ext), ext)


def _write(target: Target, source: Source, path: str, ext: str | None) -> dict[str, Any]:
    is_dir = source.is_dir()
    record(target.backend, path, is_dir)
    if is_dir:
        manifest = write_folder(target.backend, source, path, target.kind, target.threads)
        return folder_metadata(path, target.backend.name, manifest, ext)
    written = write_source(target.backend, source, path, target.kind)
    return file_metadata(path, target.backend.name, written.size, ext, written.content.object_text)


def _file(target: Target, ext: str, write: Callable[[str], Written]) -> dict[str, Any]:
    path = target.new_path(ext)
    record(target.backend, path)
    written = write(path)
    return file_metadata(path, target.backend.name, written.size, dotted(ext), written.content.object_text)


def _copied(target: Target, ref: ObjectRef) -> dict[str, Any]:
    """The object of a handle at a path of this row's own; a rescanned one of this very attribute stays."""
    if ref.backend is None:
        raise DataJointError(f"{ref!r} has no store to be copied from.")
    path = target.new_path(ref.ext or "")
    if ref.backend.get_url("") != target.backend.get_url(""):
        return _write(target, StoredSource(ref.backend, ref.path, ref.is_dir), path, ref.ext)
    if ref.in_place and _same_attribute(ref.path, path, target.field):
        return {**ref.to_json(), "store": target.backend.name}
    record(target.backend, path, is_dir=ref.is_dir)
    manifest = copy_within(target.backend, ref.path, path, ref.is_dir)
    if manifest is not None:
        return folder_metadata(path, target.backend.name, manifest, ref.ext)
    return file_metadata(path, target.backend.name, target.backend.size(path), ref.ext, ref.hash)


def _same_attribute(one: str, other: str, field: str) -> bool:
    """Whether two paths are of one attribute of one row: nothing but the token differs."""
    folder, _, name = one.rpartition("/")
    return folder == other.rpartition("/")[0] and name.startswith(f"{field}_")


def existing(backend: StorageBackend, value: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata of an object that is in the store already, completed where keys are missing.

    Raises
    ------
    DataJointError
        The path is not safe, not there, or recorded for another store, or of the hash section.
    """
    if value.get("store") not in (None, "", backend.name):
        raise DataJointError(f"The object is in store {value['store']!r}, the column in {backend.name!r}.")
    path = backend.safe(value["path"])
    if in_section(path, backend.spec.get("hash_prefix")):
        raise DataJointError(f"{path!r} lies among the hash-addressed objects, which are managed.")
    if not backend.exists(path):
        raise DataJointError(f"{path!r} is not in store {backend.name!r}.")
    if value.keys() >= COMPLETE:  # measured already, as staged objects are
        return {**value, "path": path, "store": backend.name}
    ext = value.get("ext") or suffix_of(path)
    given = {k: v for k, v in value.items() if v is not None and k not in ("path", "store", "ext")}
    if backend.isdir(path):
        manifest = scan_folder(backend, path)
        return {**folder_metadata(path, backend.name, manifest, dotted(ext)), **given}
    found = file_metadata(path, backend.name, backend.size(path), dotted(ext), value.get("hash"))
    return {**found, **given}
