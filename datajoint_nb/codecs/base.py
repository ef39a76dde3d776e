"""Base classes of codecs.

See ``tests/spec/07-codecs-storage.md`` §1.1 to §1.6.
"""

from __future__ import annotations

import json
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from datajoint_nb.codecs.registry import REGISTRY
from datajoint_nb.codecs.spark import SparkAdapter
from datajoint_nb.errors import DataJointError
from datajoint_nb.storage.backend import StorageBackend, StoreConfig, default_config
from datajoint_nb.storage.paths import schema_path
from datajoint_nb.storage.stores import open_store

__all__ = ["Codec", "SchemaCodec", "SparkAdapter"]


class Codec(ABC):
    """A way to keep values of some kind in a column.

    A subclass with a `name` is registered when it is defined: one instance, shared by all threads,
    so methods keep nothing on `self`. ``register=False`` in the class line makes a base class.

    Attributes
    ----------
    name : str or None
        The text inside ``<…>``; None registers nothing.
    aliases : tuple of str
        Further names of the same codec.
    writes_objects : bool
        Whether `encode` writes to a store; everything before it in a chain is encoded first.
    in_order : bool
        Whether rows must be decoded one after the other, because decoding leaves something behind.

    Examples
    --------
    >>> class Celsius(Codec, register=False):
    ...     name = "celsius"
    ...     def get_dtype(self, is_store):
    ...         return "float64"
    ...     def encode(self, value, *, key=None, context=None, store_name=None):
    ...         return value + 273.15
    ...     def decode(self, stored, *, key=None, context=None):
    ...         return stored - 273.15
    """

    name: ClassVar[str | None] = None
    aliases: ClassVar[tuple[str, ...]] = ()
    writes_objects: ClassVar[bool] = False
    in_order: ClassVar[bool] = False

    def __init_subclass__(cls, *, register: bool = True, **options: Any) -> None:
        super().__init_subclass__(**options)
        if register and cls.name is not None:
            REGISTRY.register(cls)

    @abstractmethod
    def get_dtype(self, is_store: bool) -> str:
        """The inner type: a core type, a native type, or ``<codec>``.

        Parameters
        ----------
        is_store : bool
            Whether ``@`` was written.

        Raises
        ------
        DataJointError
            The codec does not support this mode.
        """

    @abstractmethod
    def encode(
        self,
        value: Any,
        *,
        key: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        store_name: str | None = None,
    ) -> Any:
        """What the inner type takes for `value`, which is never None."""

    @abstractmethod
    def decode(
        self, stored: Any, *, key: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value that was encoded as `stored`."""

    def validate(self, value: Any) -> None:  # noqa: B027 - optional on purpose
        """Raise TypeError, ValueError or DataJointError for a value that cannot be encoded."""

    def referenced_paths(self, stored: Any) -> list[tuple[str, str | None]]:
        """(path, store) of the objects that a stored value names; no I/O.

        Garbage collection keeps what is named here. By default the ``path`` of a JSON object.
        """
        if isinstance(stored, (str, bytes)):
            try:
                stored = json.loads(stored)
            except ValueError:
                return []
        if isinstance(stored, Mapping) and isinstance(stored.get("path"), str):
            return [(stored["path"], stored.get("store"))]
        return []

    @staticmethod
    def _codec_config(
        key: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> StoreConfig | None:
        """The configuration of the calling connection, None when there is none."""
        # compared with None: a configuration is a mapping, whose truth counts all settings
        found: StoreConfig | None = (context or {}).get("config")
        return (key or {}).get("_config") if found is None else found

    @classmethod
    def _config(
        cls, key: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> StoreConfig:
        """The configuration of the calling connection, else that of the process."""
        found = cls._codec_config(key, context)
        return default_config() if found is None else found


class SchemaCodec(Codec, register=False):
    """Base of codecs that keep each value as a file or folder of its own, named after its row."""

    writes_objects = True

    def get_dtype(self, is_store: bool) -> str:
        """``json``; a store is required."""
        if not is_store:
            raise DataJointError(f"<{self.name}> keeps its values in a store: write <{self.name}@>.")
        return "json"

    def _extract_context(
        self, key: Mapping[str, Any] | None, context: Mapping[str, Any] | None = None
    ) -> tuple[str, str, str, dict[str, Any]]:
        """Schema, table, field and primary-key values of the call."""
        given = dict(key or {})
        source = dict(context or {})
        if key and not context and "_schema" in given:
            warnings.warn(
                "Taking schema, table and field from `key` is deprecated: accept `context` and pass it on.",
                DeprecationWarning,
                stacklevel=3,
            )
            source = {name: given[f"_{name}"] for name in ("schema", "table", "field") if f"_{name}" in given}
        primary = {name: value for name, value in given.items() if not name.startswith("_")}
        return (
            str(source.get("schema") or "unknown"),
            str(source.get("table") or "unknown"),
            str(source.get("field") or "data"),
            primary,
        )

    def _build_path(
        self,
        schema: str,
        table: str,
        field: str,
        primary_key: Mapping[str, Any],
        ext: str | None = None,
        store_name: str | None = None,
        config: StoreConfig | None = None,
    ) -> tuple[str, str]:
        """A fresh path in the store for one value, and its random token."""
        spec = self._get_backend(store_name, config).spec
        return schema_path(spec, schema, table, field, primary_key, ext)

    def _get_backend(
        self, store_name: str | None = None, config: StoreConfig | None = None
    ) -> StorageBackend:
        """The store; without `config`, of the process's configuration."""
        return open_store(default_config() if config is None else config, store_name)
