"""Where a database is and how to talk to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ConnectionSpec:
    """Everything that opening a session needs.

    Attributes
    ----------
    backend : str
        ``"sqlite"``, ``"mysql"`` or ``"postgresql"``.
    host, port, user, password
        Of the server; a host that begins with ``/`` is a socket file (MySQL) or its folder.
    database_name : str or None
        The PostgreSQL database.
    path : str or None
        The SQLite file, absolute, or ``":memory:"``.
    use_tls : bool, mapping or None
        True requires encryption, False disables it, a mapping gives certificates (``ca``,
        ``cert``, ``key``), None encrypts where the server can.
    charset : str
        Character set of MySQL sessions; empty for utf8mb4.
    connect_timeout, lock_timeout : float
        Seconds; a `lock_timeout` of None leaves the server's own.
    init_function : str or None
        SQL sent after each connect.
    journal_mode, synchronous : str
        SQLite pragmas.
    """

    backend: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    database_name: str | None = None
    path: str | None = None
    use_tls: bool | Mapping[str, Any] | None = None
    charset: str = ""
    connect_timeout: float = 10.0
    lock_timeout: float | None = None
    init_function: str | None = None
    journal_mode: str = "wal"
    synchronous: str = "full"

    @property
    def address(self) -> str:
        """What people call the database: ``user@host:port/db``, or the file; never the password."""
        if self.backend == "sqlite":
            return str(self.path)
        name = f"/{self.database_name}" if self.database_name else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}:{self.port}{name}"
