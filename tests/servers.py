"""Private database servers for one test run, from whatever server programs are installed.

Each server has its own temporary directory, socket and free port on 127.0.0.1, does not wait
for the disk, and is gone at the end of the run, also when the run itself is killed.
"""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.programs import (
    MissingServerError,
    free_port,
    guard,
    identity,
    require_program,
    run_once,
    server_directory,
    unprivileged_user,
)

USER = "djtest"
PASSWORD = "dj test:secret/1"
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Server:
    """A running private server.

    Attributes
    ----------
    backend : str
        ``"mysql"`` (MySQL or MariaDB) or ``"postgresql"``.
    host, port, user, password
        Credentials of an account that may do everything, creating users included.
    socket : str
        The socket file (MySQL) or the folder that holds it (PostgreSQL).
    database_name : str or None
        The PostgreSQL database; None for MySQL.
    directory : Path
        Data and log (``server.log``) of the server.
    """

    backend: str
    host: str
    port: int
    user: str
    password: str
    socket: str
    database_name: str | None
    directory: Path

    @property
    def settings(self) -> dict[str, Any]:
        """Keyword arguments for ``datajoint_nb.Connection``."""
        found: dict[str, Any] = {
            "backend": self.backend,
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
        }
        if self.database_name is not None:
            found["database_name"] = self.database_name
        return found

    def connect(self) -> Any:
        """Return a new autocommitting connection of the bare driver, as the all-powerful user."""
        if self.backend == "mysql":
            import pymysql

            return pymysql.connect(
                host=self.host, port=self.port, user=self.user, password=self.password, autocommit=True
            )
        import psycopg

        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.database_name,
            autocommit=True,
        )

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements through the bare driver; return the rows of the last one, if it has any."""
        connection = self.connect()
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def schemas(self, prefix: str) -> set[str]:
        """Return the names of the schemas that start with `prefix`."""
        rows = self.execute("SELECT schema_name FROM information_schema.schemata")
        return {name for (name,) in rows if name.startswith(prefix)}

    def drop_schemas(self, names: Sequence[str]) -> None:
        """Drop schemas with all they hold; a lock that a test left behind fails within 5 s."""
        if not names:
            return
        if self.backend == "mysql":
            drops = [f"DROP DATABASE `{name}`" for name in names]
            self.execute("SET SESSION lock_wait_timeout=5, foreign_key_checks=0", *drops)
        else:
            drops = [f'DROP SCHEMA "{name}" CASCADE' for name in names]
            self.execute("SET lock_timeout='5s'", "SET client_min_messages=error", *drops)


def missing(backend: str) -> str | None:
    """Say why `backend` cannot be tested here; None if it can."""
    try:
        if backend == "mysql" and require_program("mariadbd", "mysqld").endswith("mariadbd"):
            require_program("mariadb-install-db", "mysql_install_db")
        if backend == "postgresql":
            require_program("initdb")
            require_program("postgres")
            if find_spec("psycopg") is None:
                raise MissingServerError("the driver psycopg is not installed")
    except MissingServerError as reason:
        return str(reason)
    return None


@contextmanager
def mysql_server() -> Iterator[Server]:
    """Run a private MariaDB or MySQL server."""
    program = require_program("mariadbd", "mysqld")
    with server_directory(owner=None) as directory:
        run_as = ["--user=root"] if os.geteuid() == 0 else []
        create_mysql_data(program, directory, run_as)
        users = f"""\
{"".join(f"DROP USER IF EXISTS ''@'{host}';" + chr(10) for host in ("localhost", socket.gethostname()))}\
CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';
CREATE USER '{USER}'@'localhost' IDENTIFIED BY '{PASSWORD}';
GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'%' WITH GRANT OPTION;
GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'localhost' WITH GRANT OPTION;
"""
        (directory / "users.sql").write_text(users)
        port = free_port()
        server = Server(
            "mysql", "127.0.0.1", port, USER, PASSWORD, str(directory / "mysql.sock"), None, directory
        )
        command = [
            program,
            "--no-defaults",
            *run_as,
            f"--datadir={directory / 'data'}",
            f"--socket={server.socket}",
            # its temporary files too: two servers that share a folder may take each other's
            f"--tmpdir={directory}",
            f"--pid-file={directory / 'mysql.pid'}",
            f"--init-file={directory / 'users.sql'}",
            "--bind-address=127.0.0.1",
            f"--port={port}",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--innodb-buffer-pool-size=64M",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
            "--max-allowed-packet=128M",
            "--max-connections=200",
        ]
        with running(command, server, stop_signal=signal.SIGKILL, owner=None):
            yield server


def create_mysql_data(program: str, directory: Path, run_as: Sequence[str]) -> None:
    data = f"--datadir={directory / 'data'}"
    if program.endswith("mariadbd"):
        installer = require_program("mariadb-install-db", "mysql_install_db")
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        run_once([installer, "--no-defaults", data, *options, *run_as], owner=None)
    else:
        run_once([program, "--no-defaults", "--initialize-insecure", data, *run_as], owner=None)


@contextmanager
def postgresql_server() -> Iterator[Server]:
    """Run a private PostgreSQL server, under another user if this process is root's."""
    # PostgreSQL refuses to be run by root
    owner = unprivileged_user() if os.geteuid() == 0 else None
    with server_directory(owner) as directory:
        password_file = directory / "password"
        password_file.write_text(PASSWORD)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        run_once(
            [
                require_program("initdb"),
                f"--pgdata={directory / 'data'}",
                f"--username={USER}",
                f"--pwfile={password_file}",
                *options,
            ],
            owner,
        )
        port = free_port()
        server = Server(
            "postgresql", "127.0.0.1", port, USER, PASSWORD, str(directory), "postgres", directory
        )
        quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = {
            **quick,
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": directory,
            "max_connections": 200,
            "shared_buffers": "64MB",
        }
        command = [require_program("postgres"), "-D", str(directory / "data")]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with running(command, server, stop_signal=signal.SIGQUIT, owner=owner):
            yield server


STARTERS: dict[str, Callable[[], Any]] = {"mysql": mysql_server, "postgresql": postgresql_server}


@contextmanager
def running(
    command: Sequence[str], server: Server, *, stop_signal: signal.Signals, owner: pwd.struct_passwd | None
) -> Iterator[None]:
    """Run a server until the block ends; the data is thrown away, so it is stopped hard."""
    with (server.directory / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            **identity(owner),
        )
    try:
        with guard(process.pid, server.directory, stop_signal):
            wait_until_ready(process, server)
            yield
            process.send_signal(stop_signal)
            process.wait()
    finally:
        process.kill()
        process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], server: Server) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        if process.poll() is not None:
            break
        try:
            server.execute("SELECT 1")
            return
        except Exception as error:  # whatever the driver says while the server starts
            if time.monotonic() > deadline:
                raise RuntimeError(f"{server.backend} did not answer:\n{read_log(server)}") from error
        time.sleep(0.05)
    raise RuntimeError(f"{server.backend} ended with status {process.returncode}:\n{read_log(server)}")


def read_log(server: Server) -> str:
    return (server.directory / "server.log").read_text(errors="replace")[-4000:]
