"""Objects of one row that are written straight to their final place before the row is inserted.

This is the half of ``staged_insert1`` that knows no table: it hands out paths, measures what was
written, and takes it back.

See ``tests/spec/07-codecs-storage.md`` §8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.storage.backend import StorageBackend, StoreConfig
from datajoint_nb.storage.content_hash import hash_of
from datajoint_nb.storage.manifest import manifest_bytes, manifest_path
from datajoint_nb.storage.metadata import file_metadata, folder_metadata
from datajoint_nb.storage.objectref import scan_folder
from datajoint_nb.storage.paths import dotted, schema_path
from datajoint_nb.storage.stores import open_store
from datajoint_nb.storage.writelog import record


@dataclass
class StagedObject:
    """One attribute's object: where it goes and what was opened on it."""

    backend: StorageBackend
    path: str
    ext: str
    files: list[IO[Any]] = field(default_factory=list)


def unchanged(key: dict[str, Any]) -> dict[str, Any]:
    """The key as it is."""
    return key


class StagedObjects:
    """Paths, mappings and files for the ``<object@>`` attributes of one row.

    Parameters
    ----------
    config : StoreConfig
        Where stores are looked up.
    schema, table : str
        Names in the database.
    key_names : sequence of str
        Primary-key attributes in heading order.
    stores : mapping
        Store name (None or ``''``: default) by ``<object@>`` attribute; no others can be staged.
    rec : dict
        The row; its primary key must be complete before the first object is staged.
    hash : str
        ``none``, ``md5`` or ``sha256``: whether what was staged is read again to be hashed.
    convert_key : callable, optional
        Turns the key values as given into those of the attributes' types.
    """

    def __init__(
        self,
        config: StoreConfig,
        schema: str,
        table: str,
        key_names: Sequence[str],
        stores: Mapping[str, str | None],
        rec: dict[str, Any],
        hash: str = "none",
        convert_key: Callable[[dict[str, Any]], dict[str, Any]] = unchanged,
    ):
        self.rec = rec
        self._config = config
        self._schema, self._table = schema, table
        self._key_names = tuple(key_names)
        self._stores = dict(stores)
        self._hash = hash
        self._convert_key = convert_key
        self._key: dict[str, Any] | None = None
        self._staged: dict[str, StagedObject] = {}

    @property
    def fs(self) -> Any:
        """The fsspec filesystem of the default store."""
        return open_store(self._config).fs

    def store(self, field: str, ext: str = "") -> Any:
        """A mapping rooted at the final path of the attribute's folder, for Zarr and xarray.

        Raises
        ------
        DataJointError
            The attribute cannot be staged, the key is not complete, or `ext` differs from before.
        """
        staged = self._object(field, ext)
        return staged.backend.get_fsmap(staged.path)

    def open(self, field: str, ext: str = "", mode: str = "wb") -> IO[Any]:
        """A file object at the final path of the attribute's file; closed at the latest by `finish`."""
        staged = self._object(field, ext)
        file = staged.backend.open(staged.path, mode)
        staged.files.append(file)
        return file

    def _object(self, field: str, ext: str) -> StagedObject:
        if field not in self._stores:
            known = ", ".join(sorted(self._stores)) or "none"
            raise DataJointError(
                f"Attribute {field!r} of `{self._table}` cannot be staged: it is no <object@> attribute. "
                f"Those of the table: {known}."
            )
        self._check_key()
        staged = self._staged.get(field)
        if staged is None:
            staged = self._staged[field] = self._new_object(field, ext)
        elif staged.ext != dotted(ext):
            raise DataJointError(f"{field!r} was staged with extension {staged.ext!r}, not {ext!r}.")
        return staged

    def _new_object(self, field: str, ext: str) -> StagedObject:
        backend = open_store(self._config, self._stores[field])
        key = self._convert_key(dict(self._key or {}))
        path, _ = schema_path(backend.spec, self._schema, self._table, field, key, ext)
        return StagedObject(backend, path, dotted(ext))

    def _check_key(self) -> None:
        if self._key is None:
            missing = [name for name in self._key_names if self.rec.get(name) is None]
            if missing:
                raise DataJointError(f"Set the primary key before staging; missing: {', '.join(missing)}.")
            self._key = {name: self.rec[name] for name in self._key_names}
        changed = [name for name, value in self._key.items() if not self._is_still(name, value)]
        if changed:
            raise DataJointError(f"The primary key was changed after staging: {', '.join(changed)}.")

    def _is_still(self, name: str, value: Any) -> bool:
        return name in self.rec and bool(self.rec[name] == value)

    def finish(self) -> dict[str, dict[str, Any]]:
        """Close the files, write manifests, and return column metadata by attribute.

        The paths are noted in the open `writelog`, so that a later rollback removes them.

        Raises
        ------
        DataJointError
            Nothing was written for a staged attribute, the key was changed, or the attribute was
            also assigned in `rec`.
        """
        if self._staged:
            self._check_key()
        assigned = sorted(name for name in self._staged if self.rec.get(name) is not None)
        if assigned:
            raise DataJointError(f"Staged attributes take no value of their own: {', '.join(assigned)}.")
        return {name: self._measured(name, staged) for name, staged in self._staged.items()}

    def _measured(self, name: str, staged: StagedObject) -> dict[str, Any]:
        for file in staged.files:
            file.close()
        backend, path = staged.backend, staged.path
        if backend.isdir(path):
            manifest = scan_folder(backend, path, self._hash)
            if manifest["item_count"]:
                record(backend, path, is_dir=True)
                backend.put_buffer(manifest_bytes(manifest), manifest_path(path))
                return folder_metadata(path, backend.name, manifest, staged.ext)
        found = backend.info(path)
        if found is None:
            raise DataJointError(f"Nothing was written for the staged attribute {name!r}.")
        record(backend, path)
        content = None if self._hash == "none" else hash_of(backend.chunks(path), self._hash).object_text
        return file_metadata(path, backend.name, found.size, staged.ext, content)

    def discard(self) -> None:
        """Remove everything that was staged, and nothing else; all attributes are tried.

        Raises
        ------
        DataJointError
            Something could not be removed.
        """
        failure: Exception | None = None
        for staged in self._staged.values():
            for file in staged.files:
                with suppress(Exception):  # what cannot be written any more is removed anyway
                    file.close()
            try:
                remove_object(staged.backend, staged.path)
            except DataJointError as error:
                failure = error
        self._staged = {}
        if failure is not None:
            raise failure


def remove_object(backend: StorageBackend, path: str) -> None:
    """Remove a file, or a folder with its manifest, and the local folders that this empties."""
    if backend.isdir(path):
        backend.remove_folder(path)
    else:
        backend.remove(path)
        backend.remove(manifest_path(path))
    backend.prune(path)
