"""``%dj connect`` and ``%dj schema``."""

from __future__ import annotations

import getpass
import re
import time
import warnings
from argparse import Namespace
from dataclasses import replace
from typing import Any

from IPython.core.error import UsageError

from datajoint_nb.connection import Connection, conn
from datajoint_nb.connection.endpoint import Given, from_url, resolve
from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook.command import argument, declares, unquoted, variable
from datajoint_nb.notebook.secrecy import has_password
from datajoint_nb.notebook.state import Notebook
from datajoint_nb.render.card import Card
from datajoint_nb.settings import global_config
from datajoint_nb.tables.schema import Schema

SERVERS = {"mysql": "MySQL", "postgresql": "PostgreSQL", "sqlite": "SQLite"}
VERSIONS = {
    "mysql": "SELECT version()",
    "postgresql": "SELECT current_setting('server_version')",
    "sqlite": "SELECT sqlite_version()",
}
ENCRYPTED = {
    "mysql": "SHOW STATUS LIKE 'Ssl_cipher'",
    "postgresql": "SELECT '', CASE WHEN ssl THEN cipher END FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
}


@declares("dj connect")
@argument("url", nargs="?", help="sqlite:///file.db, mysql://user@host:port or postgresql://user@host/db")
@argument("--as", dest="name", metavar="NAME", help="bind the connection to this variable")
def connect(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """Connect to a database; without URL to the configured one, or the embedded one.

    A password is asked for with a hidden prompt, or read from the configuration, `.secrets/`, or
    the environment; it may not stand in the URL.
    """
    name = arguments.name and variable(arguments.name, "--as")
    url = unquoted(arguments.url or "")
    if url and has_password(url):
        raise UsageError(
            "A password in a URL stays in the saved notebook and in its history, so it is refused. Write "
            "the URL without it (and take it out of this cell): it is asked for with a hidden prompt, or "
            "read from DJ_PASS, .secrets/database.password or config['database.password']"
        )
    connection = open_connection(notebook.open_connection, url)
    notebook.use_connection(connection)
    if name:
        notebook.bind(name, connection)
    notebook.show(connection_card(connection))


def open_connection(known: Connection | None, url: str) -> Connection:
    """The default connection, made anew only when `url` names another database than it has.

    Running the cell again must not part the tables that are bound already from those to come,
    nor ask for the password again.

    Raises
    ------
    DataJointError
        When the database cannot be reached, in one message with the way out.
    """
    given = from_url(url, Given()) if url else Given()
    if known is not None and leads_to(given, known):
        known.connect()
        return known
    given = with_password(given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that another one is open; it is replaced
        current = conn(**vars(given))
    return current if leads_to(given, current) else conn(**vars(given), reset=True)


def leads_to(given: Given, connection: Connection) -> bool:
    """Whether `given` means the database of an open connection."""
    if given == Given():
        return True
    if given.password is None:
        given = replace(given, password=connection.spec.password or None)
    try:
        return resolve(given, connection.config) == connection.spec
    except DataJointError:
        return False


def with_password(given: Given) -> Given:
    """Ask for the password that a server needs and the configuration lacks."""
    config = global_config()
    given_server = any(value is not None for value in (given.host, given.user, given.port))
    backend = config.choose_backend(given.backend, server_given=given_server)
    user = given.user or config["database.user"]
    if backend == "sqlite" or user is None or config["database.password"] is not None:
        return given
    host = given.host or config["database.host"]
    try:
        password = getpass.getpass(f"Password of {user} at {host}: ")
    except Exception as error:  # each front end has its own way to say that nobody can be asked
        raise DataJointError(
            f"Connecting as {user} to {host} needs a password, and nobody can be asked for it here: "
            "set DJ_PASS, .secrets/database.password or config['database.password']"
        ) from error
    return replace(given, password=password)


def connection_card(connection: Connection) -> Card:
    """Server, version, user, encryption, latency."""
    backend = connection.spec.backend
    begin = time.perf_counter()
    connection.ping()
    latency = time.perf_counter() - begin
    version = str(first_value(connection, VERSIONS[backend]))
    server = "MariaDB" if "mariadb" in version.lower() else SERVERS[backend]
    version = re.sub(r"(?i)-mariadb.*", "", version)
    facts: list[tuple[str, tuple[object, ...]]] = [
        ("file" if backend == "sqlite" else "address", (connection.spec.address,)),
        ("user", (connection.get_user(),)),
    ]
    if backend in ENCRYPTED:
        row = connection.query(ENCRYPTED[backend]).fetchone()
        cipher = row[1] if row else None
        facts.append(("TLS", (f"on, {cipher}" if cipher else "off",)))
    facts.append(("latency", (f"{1000 * latency:.1f} ms",)))
    return Card(f"{server} {version}", state="connected", tone="good", facts=tuple(facts))


def first_value(connection: Connection, sql: str) -> Any:
    """The first value of the first row."""
    row = connection.query(sql).fetchone()
    return row[0] if row else None


@declares("dj schema")
@argument("name", help="name of the schema in the database")
@argument("--as", dest="variable", metavar="VAR", help="the variable to bind; default: the name itself")
@argument("--no-create", action="store_true", help="refuse when the schema is not in the database")
def schema(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """Activate a schema, bind it to a variable and make it the active one."""
    database = unquoted(arguments.name)
    given = arguments.variable or re.sub(r"\W", "_", database)
    name = variable(given, "--as" if arguments.variable else f"schema {database!r} needs --as VAR")
    connection = notebook.connection
    created = not connection.schema_exists(database)
    present = connection.schemas.get(database)
    if present is not None and not created:
        activated = present  # its classes stay known
    else:
        activated = Schema(database, connection=connection, create_schema=not arguments.no_create)
    notebook.use_schema(activated)
    notebook.bind(name, activated)
    count = len(activated.list_tables())
    facts: tuple[tuple[str, tuple[object, ...]], ...] = (
        ("variable", (name,)),
        ("tables", (count,)),
        ("on", (connection.spec.address,)),
    )
    notebook.show(Card(database, state="created" if created else "active", tone="good", facts=facts))
