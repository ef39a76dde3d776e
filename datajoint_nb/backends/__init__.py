"""The databases: how each is connected to, what it tells of its tables, what its errors mean.

One folder for each. Drivers are imported when a session is opened, never before.
"""

from __future__ import annotations

from collections.abc import Mapping

from datajoint_nb.backends.backend import Backend, LoadedTable, Reference, Run
from datajoint_nb.backends.mysql.backend import MySQLBackend
from datajoint_nb.backends.postgres.backend import PostgresBackend
from datajoint_nb.backends.session import Result, Session
from datajoint_nb.backends.spec import ConnectionSpec
from datajoint_nb.backends.sqlite.backend import SqliteBackend

__all__ = [
    "BACKENDS",
    "Backend",
    "ConnectionSpec",
    "LoadedTable",
    "Reference",
    "Result",
    "Run",
    "Session",
    "get_backend",
]

BACKENDS: Mapping[str, Backend] = {b.name: b for b in (MySQLBackend(), PostgresBackend(), SqliteBackend())}
ALIASES = {"postgres": "postgresql"}


def get_backend(name: str) -> Backend:
    """The kind of database with a name; ``postgres`` is another name of ``postgresql``.

    Raises
    ------
    ValueError
        Listing the names that there are.
    """
    backend = BACKENDS.get(ALIASES.get(name, name))
    if backend is None:
        raise ValueError(f"Unknown backend {name!r}; supported: {', '.join(BACKENDS)}")
    return backend
