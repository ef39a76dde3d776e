"""From a configuration and a store's name to its backend, one for each store and configuration.

See ``tests/spec/07-codecs-storage.md`` §5.1 and §6.
"""

from __future__ import annotations

from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.storage.backend import MEBIBYTE, POOL, StorageBackend, StoreConfig


def store_name(config: StoreConfig, name: str | None, *, use_filepath_default: bool = False) -> str:
    """The name itself, or that of the default store for None and ``''``.

    Raises
    ------
    DataJointError
        No default store is configured.
    """
    if name:
        return name
    key = "stores.filepath_default" if use_filepath_default else "stores.default"
    default = config.get(key, None)
    if isinstance(default, str) and default:
        return default
    config.get_store_spec(None, use_filepath_default=use_filepath_default)  # says what is wrong
    raise DataJointError(f"No default store: set config[{key!r}] to the name of a store.")


def open_store(
    config: StoreConfig, name: str | None = None, *, use_filepath_default: bool = False
) -> StorageBackend:
    """The backend of a store of this configuration; of the default store for None and ``''``.

    Raises
    ------
    DataJointError
        The store, or a default, is not configured or not valid.
    """
    resolved = store_name(config, name, use_filepath_default=use_filepath_default)
    spec = config.get_store_spec(resolved, use_filepath_default=use_filepath_default)
    return POOL.open(spec, resolved)


def option(config: StoreConfig | None, name: str, default: Any) -> Any:
    """The setting ``storage.<name>``, or `default` when there is no configuration or no such setting."""
    value = None if config is None else config.get(f"storage.{name}", None)
    return default if value is None else value


def in_flight_bytes(config: StoreConfig | None) -> int:
    """Bytes that transfers may hold in memory, ``storage.max_inflight_mb`` (256 by default)."""
    return int(option(config, "max_inflight_mb", 256)) * MEBIBYTE
