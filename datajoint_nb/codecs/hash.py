"""``<hash@>``: bytes in a store under their content hash, once for each schema and store.

See ``tests/spec/07-codecs-storage.md`` §2.1 and §5.2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from datajoint_nb.codecs.base import Codec
from datajoint_nb.errors import DataJointError, StorageIntegrityError
from datajoint_nb.storage.backend import StorageBackend, StoreConfig
from datajoint_nb.storage.content_hash import base32, md5_text, parse_hash
from datajoint_nb.storage.localfiles import StoredFile
from datajoint_nb.storage.paths import hash_path
from datajoint_nb.storage.stores import open_store, option
from datajoint_nb.storage.writelog import current_log

# Half of the age that protects unreferenced objects from garbage collection
REFRESH_AGE = dt.timedelta(seconds=43200)


class HashCodec(Codec):
    """Bytes that are stored once however often they occur."""

    name = "hash"
    writes_objects = True

    def get_dtype(self, is_store: bool) -> str:
        """``json``; a store is required."""
        if not is_store:
            raise DataJointError("<hash> keeps its values in a store: write <hash@>.")
        return "json"

    def validate(self, value: Any) -> None:
        """Accept bytes, bytearray and memoryview."""
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError(f"bytes are needed, not {type(value).__name__}")

    def encode(
        self,
        value: Any,
        *,
        key: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        store_name: str | None = None,
    ) -> dict[str, Any]:
        """Upload the bytes unless they are there already; column metadata."""
        backend = open_store(self._config(key, context), store_name)
        schema = str((context or {}).get("schema") or (key or {}).get("_schema") or "unknown")
        data = bytes(value)
        content_hash = md5_text(data)
        path = hash_path(backend.spec, schema, content_hash)
        put_once(backend, path, data)
        return {
            "hash": content_hash,
            "path": path,
            "schema": schema,
            "store": backend.name,
            "size": len(data),
        }

    def decode(
        self, stored: Any, *, key: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The bytes, read by ``path`` and compared with ``hash``.

        Raises
        ------
        MissingExternalFile
            The object is not in the store.
        StorageIntegrityError
            Its content has another hash.
        """
        config = self._config(key, context)
        backend = open_store(config, stored.get("store"))
        path = stored.get("path") or self._path_of(stored, backend, context)
        data = backend.get_buffer(path)
        if stored.get("hash"):
            verify_content(data, stored["hash"], path, config)
        return data

    def _path_of(
        self, stored: Mapping[str, Any], backend: StorageBackend, context: Mapping[str, Any] | None
    ) -> str:
        schema = stored.get("schema") or (context or {}).get("schema")
        if not stored.get("hash") or not schema:
            raise DataJointError(f"Metadata with neither path nor hash and schema: {dict(stored)!r}.")
        return hash_path(backend.spec, schema, base32(parse_hash(stored["hash"])[1]))


def put_once(backend: StorageBackend, path: str, data: bytes) -> None:
    """Make sure that the content is at its path; inside an insert, looked for once."""

    def put() -> None:
        found = backend.info(path)
        intact = found is not None and found.size == len(data)
        if found is None or not intact or (is_ageing(found) and not backend.touch(path)):
            backend.put_buffer(data, path)

    log = current_log()
    if log is None:
        put()
    else:
        log.once((backend.get_url(""), backend.name, path), put)


def is_ageing(found: StoredFile) -> bool:
    """Whether an object is so old that a collection under way might take it for forgotten."""
    if found.modified is None:
        return False
    return dt.datetime.now(dt.timezone.utc) - found.modified > REFRESH_AGE


def verify_content(data: bytes, written: str, path: str, config: StoreConfig | None) -> None:
    """Compare bytes with the hash of their row, unless ``storage.verify_hash`` is off.

    Raises
    ------
    StorageIntegrityError
        They differ.
    """
    if not option(config, "verify_hash", True):
        return
    if parse_hash(md5_text(data))[1] != parse_hash(written)[1]:
        raise StorageIntegrityError(f"{path!r} has content of another hash than {written}.")
