"""``<filepath@>``: a file or folder of the user's own inside a store; nothing is copied.

See ``tests/spec/07-codecs-storage.md`` §2.1, §2.2 and §5.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datajoint_nb.codecs.base import Codec
from datajoint_nb.errors import CodecValueError, DataJointError
from datajoint_nb.storage.backend import StorageBackend
from datajoint_nb.storage.manifest import utc_now
from datajoint_nb.storage.objectref import ObjectRef
from datajoint_nb.storage.paths import in_section
from datajoint_nb.storage.stores import open_store


class FilepathCodec(Codec):
    """Paths inside a store as values; the files stay the user's."""

    name = "filepath"
    uses_filepath_default = True

    def get_dtype(self, is_store: bool) -> str:
        """``json``; a store is required."""
        if not is_store:
            raise DataJointError("<filepath> names files of a store: write <filepath@>.")
        return "json"

    def validate(self, value: Any) -> None:
        """Accept text and paths."""
        if not isinstance(value, (str, Path)):
            raise TypeError(f"a path inside the store is needed, not {type(value).__name__}")

    def encode(
        self,
        value: Any,
        *,
        key: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        store_name: str | None = None,
    ) -> dict[str, Any]:
        """Column metadata of an existing file or folder."""
        config = self._config(key, context)
        backend = open_store(config, store_name, use_filepath_default=True)
        path = allowed_path(backend, value.as_posix() if isinstance(value, Path) else value)
        if not backend.exists(path):
            raise FileNotFoundError(f"{path!r} is not in store {backend.name!r}")
        is_dir = backend.isdir(path)
        return {
            "path": path,
            "store": backend.name,
            "size": None if is_dir else backend.size(path),
            "is_dir": is_dir,
            "timestamp": utc_now(),
        }

    def decode(
        self, stored: Any, *, key: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> ObjectRef:
        """A handle; nothing is read."""
        config = self._config(key, context)
        backend = open_store(config, stored.get("store"), use_filepath_default=True)
        return ObjectRef.from_json(stored, backend, str(config.get("download_path", ".") or "."))


def allowed_path(backend: StorageBackend, value: str) -> str:
    """The normalised path of a user's file.

    Raises
    ------
    DataJointError
        The path leads out of the store.
    CodecValueError
        It lies in a managed section, or outside of ``filepath_prefix``.
    """
    path = backend.safe(value)
    for key in ("hash_prefix", "schema_prefix"):
        if in_section(path, backend.spec.get(key)):
            raise CodecValueError(f"{value!r} lies in the section {backend.spec[key]!r} of managed objects.")
    prefix = backend.spec.get("filepath_prefix")
    if prefix and not in_section(path, prefix):
        raise CodecValueError(f"{value!r} lies outside of the section {prefix!r} for files of users.")
    return path
