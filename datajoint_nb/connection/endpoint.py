"""From what a caller gave, and what is configured, to where the database is."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from datajoint_nb.backends import ConnectionSpec, get_backend
from datajoint_nb.errors import DataJointError
from datajoint_nb.settings import Config, SecretText, default_database_path

SCHEMES = {
    "mysql": "mysql",
    "mariadb": "mysql",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "sqlite": "sqlite",
}
BRACKETED = re.compile(r"\[([^\]]+)\](?::(\d+))?")
HOST_PORT = re.compile(r"([^:]*):(\d+)")
MEMORY = ":memory:"


@dataclass(frozen=True)
class Given:
    """What the caller gave; None for what is to be taken from the configuration."""

    host: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    port: int | None = None
    use_tls: bool | Mapping[str, Any] | None = None
    database_name: str | None = None
    backend: str | None = None
    path: str | Path | None = None


def split_host(host: str) -> tuple[str, int | None]:
    """``name:port``, ``[::1]:3306``, ``::1`` or a name alone, as host and port.

    Raises
    ------
    DataJointError
        When the port is no number.
    """
    if match := BRACKETED.fullmatch(host):
        return match[1], int(match[2]) if match[2] else None
    if host.count(":") != 1 or host.startswith("/"):
        return host, None
    match = HOST_PORT.fullmatch(host)
    if match is None:
        raise DataJointError(f"malformed host {host!r}: write name, name:port or [address]:port")
    return match[1], int(match[2])


def from_url(url: str, given: Given) -> Given:
    """The parts of ``mysql://user@host:port`` and its like; explicit arguments stay stronger.

    Raises
    ------
    DataJointError
        For an unknown scheme, or one that contradicts the backend given.
    """
    parts = urlsplit(url)
    backend = SCHEMES.get(parts.scheme.lower())
    if backend is None:
        raise DataJointError(f"unknown scheme in {parts.scheme}://…; known: {', '.join(SCHEMES)}")
    if given.backend is not None and get_backend(given.backend).name != backend:
        raise DataJointError(
            f"the URL names {backend}, the argument `backend` {given.backend}: give one of them"
        )
    if backend == "sqlite":
        # three slashes before a relative path, four before an absolute one
        return Given(backend=backend, path=given.path or unquote(parts.path[1:]) or MEMORY)
    try:
        port = parts.port
    except ValueError as error:
        raise DataJointError(f"malformed port in the URL {parts.scheme}://…: {error}") from error
    return Given(
        parts.hostname or "localhost",
        given.user or (unquote(parts.username) if parts.username else None),
        given.password
        if given.password is not None
        else (unquote(parts.password) if parts.password else None),
        port or given.port,
        given.use_tls,
        given.database_name or unquote(parts.path.lstrip("/")) or None,
        backend,
        given.path,
    )


def resolve(given: Given, config: Config) -> ConnectionSpec:
    """Where the database is, completed from the configuration.

    Raises
    ------
    SettingsError
        When the configuration is faulty, or the backend unknown.
    DataJointError
        When a server is to be used without user or password.
    """
    config.require_valid()
    if given.host and "://" in given.host:
        given = from_url(given.host, given)
    explicit = given.backend and get_backend(given.backend).name
    if explicit is None and given.path is not None:
        explicit = "sqlite"
    server_given = any(v is not None for v in (given.host, given.user, given.password, given.port))
    backend = config.choose_backend(explicit, server_given=server_given)
    return _file(given, config) if backend == "sqlite" else _server(given, config, backend)


def _file(given: Given, config: Config) -> ConnectionSpec:
    path = given.path or config["database.path"] or default_database_path(config)
    absolute = MEMORY if str(path) == MEMORY else str(Path(path).expanduser().absolute())
    return ConnectionSpec(
        "sqlite",
        path=absolute,
        lock_timeout=config["database.lock_timeout"],
        init_function=config["connection.init_function"],
        journal_mode=config["database.journal_mode"],
        synchronous=config["database.synchronous"],
    )


def _server(given: Given, config: Config, backend: str) -> ConnectionSpec:
    host, port = split_host(given.host or config["database.host"])
    user = given.user if given.user is not None else config["database.user"]
    password = given.password if given.password is not None else config["database.password"]
    if user is None or password is None:
        missing = "user" if user is None else "password"
        raise DataJointError(
            f"Connecting to {backend} needs a {missing}: pass it, or set config['database.{missing}'] or "
            f"{'DJ_USER' if user is None else 'DJ_PASS'}"
        )
    name = given.database_name or config["database.name"]
    if backend == "mysql" and name:
        warnings.warn(
            "database.name is of use only with postgresql; it is ignored", UserWarning, stacklevel=4
        )
        name = None
    return ConnectionSpec(
        backend,
        host=host,
        port=port or given.port or config.default_port(backend),
        user=user,
        password=SecretText(password),
        database_name=(name or "postgres") if backend == "postgresql" else None,
        use_tls=given.use_tls if given.use_tls is not None else config["database.use_tls"],
        charset=config["connection.charset"],
        connect_timeout=config["database.connect_timeout"],
        lock_timeout=config["database.lock_timeout"],
        init_function=config["connection.init_function"],
    )
