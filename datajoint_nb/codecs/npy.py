"""``<npy@>``: one NumPy array for each row as an ``.npy`` file in a store, loaded when used.

See ``tests/spec/07-codecs-storage.md`` §2.1, §2.2 and §2.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from datajoint_nb.codecs.base import SchemaCodec
from datajoint_nb.storage.npyref import NpyRef
from datajoint_nb.storage.stores import option
from datajoint_nb.storage.transfer import copy_within
from datajoint_nb.storage.upload import HashingWriter
from datajoint_nb.storage.writelog import record


class NpyCodec(SchemaCodec):
    """Arrays of every type but objects; byte order and Fortran order are kept."""

    name = "npy"

    def validate(self, value: Any) -> None:
        """Accept arrays without objects and masks, and handles of stored arrays."""
        if isinstance(value, NpyRef):
            return
        if not isinstance(value, np.ndarray):
            raise TypeError(f"a NumPy array is needed, not {type(value).__name__}; use numpy.asarray")
        if value.dtype.hasobject:
            raise TypeError(f"arrays of {value.dtype} hold Python objects; use astype, or <blob@>")
        if isinstance(value, np.ma.MaskedArray):
            raise TypeError("the mask of a masked array would be lost; use filled()")

    def encode(
        self,
        value: Any,
        *,
        key: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        store_name: str | None = None,
    ) -> dict[str, Any]:
        """Write the array to the row's own path; column metadata."""
        config = self._codec_config(key, context)
        backend = self._get_backend(store_name, config)
        schema, table, field, primary = self._extract_context(key, context)
        path, _ = self._build_path(schema, table, field, primary, ".npy", backend.name, config)
        record(backend, path)
        if isinstance(value, NpyRef) and value.backend.get_url("") == backend.get_url(""):
            copy_within(backend, value.path, path, is_dir=False)
            return {**value.to_json(), "path": path, "store": backend.name}
        array = value.load() if isinstance(value, NpyRef) else value
        kind = str(option(config, "content_hash", "md5"))
        with backend.create(path) as file:
            writer = HashingWriter(file, kind)
            np.lib.format.write_array(writer, array, allow_pickle=False)
        content_hash = writer.content.object_text
        return {
            "path": path,
            "store": backend.name,
            "dtype": str(array.dtype),
            "shape": list(array.shape),
            **({} if content_hash is None else {"hash": content_hash}),
        }

    def decode(
        self, stored: Any, *, key: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> NpyRef:
        """A handle; nothing is read."""
        return NpyRef(stored, self._get_backend(stored.get("store"), self._codec_config(key, context)))
