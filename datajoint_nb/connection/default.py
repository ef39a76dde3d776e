"""The one connection that everything uses unless told otherwise."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datajoint_nb.connection.connection import Connection
from datajoint_nb.connection.endpoint import Given, resolve
from datajoint_nb.errors import ThreadSafetyError
from datajoint_nb.settings import global_config, thread_safe


class _Default:
    """Where the default connection is kept."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.lock = threading.Lock()


_default = _Default()


def conn(
    host: str | None = None,
    user: str | None = None,
    password: str | None = None,
    *,
    reset: bool = False,
    use_tls: bool | Mapping[str, Any] | None = None,
    port: int | None = None,
    backend: str | None = None,
    database_name: str | None = None,
    path: str | Path | None = None,
) -> Connection:
    """The default connection, made by the first call; what is not given comes from the configuration.

    Parameters
    ----------
    reset : bool
        Make a new one. Tables that are bound to the former keep it.

    Raises
    ------
    ThreadSafetyError
        While ``DJ_THREAD_SAFE`` is set; use an `Instance`.
    DataJointError
        When a server is to be used without user or password.
    """
    if thread_safe():
        raise ThreadSafetyError(
            "dj.conn() is not available in thread-safe mode; use `Instance(...).connection`"
        )
    given = Given(host, user, password, port, use_tls, database_name, backend, path)
    with _default.lock:
        if _default.connection is None or reset:
            _default.connection = Connection(
                host, user, password, port, use_tls,
                database_name=database_name, backend=backend, path=path,
            )  # fmt: skip
        elif given != Given() and resolve(given, global_config()) != _default.connection.spec:
            warnings.warn(
                f"The default connection to {_default.connection.spec.address} is open already and stays; "
                "conn(reset=True, …) makes a new one",
                UserWarning,
                stacklevel=2,
            )
        return _default.connection
