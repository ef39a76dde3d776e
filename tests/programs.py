"""Finds and runs the programs of database servers, as another user where needed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PATTERNS_OF_PROGRAMS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/sbin",
    "/usr/libexec",
    "/usr/local/sbin",
)


class MissingServerError(Exception):
    """The programs of a database server, or its driver, are not installed."""


def find_program(*names: str) -> str | None:
    """Return the path of the first program that is installed, on the PATH or where Linux keeps servers."""
    for name in names:
        if path := shutil.which(name):
            return path
        for pattern in PATTERNS_OF_PROGRAMS:
            found = sorted(Path("/").glob(f"{pattern[1:]}/{name}"))
            if found:
                return str(found[-1])
    return None


def require_program(*names: str) -> str:
    path = find_program(*names)
    if path is None:
        raise MissingServerError(f"{' or '.join(names)} is not installed")
    return path


def unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise MissingServerError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def identity(owner: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return the arguments that make `subprocess` run a program as `owner`."""
    if owner is None:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server_directory(owner: pwd.struct_passwd | None) -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="djnb-server-"))
    try:
        if owner is not None:
            os.chown(directory, owner.pw_uid, owner.pw_gid)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def run_once(command: Sequence[str], owner: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        **identity(owner),
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")


@contextmanager
def guard(pid: int, directory: Path, stop_signal: signal.Signals) -> Iterator[None]:
    """Stop the server and remove its data even if this process is killed inside the block.

    The guardian waits for the end of its input, which the kernel closes with this process.
    """
    script = 'read -r _; kill -"$1" "$2"; sleep 2; rm -rf "$3"'
    guardian = subprocess.Popen(
        ["sh", "-c", script, "guardian", str(stop_signal.value), str(pid), str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        guardian.kill()
        guardian.communicate()
