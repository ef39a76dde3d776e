"""Databases, connections and clean surroundings for all tests."""

from __future__ import annotations

import logging
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import servers

if TYPE_CHECKING:
    from datajoint_nb import Connection, Schema

BACKENDS = ("sqlite", "mysql", "postgresql")
SCHEMA_PREFIX = "t_"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("databases")
    group.addoption(
        "--backend",
        action="append",
        choices=BACKENDS,
        help="test on this database only (may be repeated; default: all)",
    )
    group.addoption(
        "--require-backends",
        action="store_true",
        help="fail, instead of skipping, when a chosen database is not installed",
    )


def chosen_backends(config: pytest.Config) -> tuple[str, ...]:
    chosen = config.getoption("backend") or BACKENDS
    return tuple(name for name in BACKENDS if name in chosen)


def missing_backends(config: pytest.Config) -> dict[str, str]:
    """Return the chosen databases that are not installed, each with the reason."""
    found = {name: servers.missing(name) for name in chosen_backends(config)}
    return {name: f"{name} not tested: {reason}" for name, reason in found.items() if reason}


def pytest_configure(config: pytest.Config) -> None:
    absent = missing_backends(config)
    if absent and config.getoption("require_backends"):
        raise pytest.UsageError("; ".join(absent.values()))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" not in metafunc.fixturenames or has_own_backends(metafunc):
        return
    mark = metafunc.definition.get_closest_marker("backends")
    allowed = mark.args if mark else BACKENDS
    absent = missing_backends(metafunc.config)
    cases = [
        pytest.param(name, marks=[pytest.mark.skip(reason=absent[name])] if name in absent else [], id=name)
        for name in chosen_backends(metafunc.config)
        if name in allowed
    ]
    metafunc.parametrize("backend", cases, indirect=True, scope="session")


def has_own_backends(metafunc: pytest.Metafunc) -> bool:
    """Tell whether a test uses the word for cases of its own, such as names in a table."""
    marks = metafunc.definition.iter_markers("parametrize")
    names = (mark.args[0] if mark.args else mark.kwargs["argnames"] for mark in marks)
    return any("backend" in (n.replace(",", " ").split() if isinstance(n, str) else n) for n in names)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    absent = missing_backends(config)
    skipped = Counter(
        reason
        for report in terminalreporter.stats.get("skipped", [])
        for reason in absent.values()
        if reason in str(report.longrepr)
    )
    for reason in absent.values():
        terminalreporter.write_line(f"DATABASE {reason} ({skipped[reason]} tests skipped)", red=True)


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where tests run that ask for no folder of their own; making one for each takes longer than most."""
    return tmp_path_factory.mktemp("empty")


@pytest.fixture
def working_folder(request: pytest.FixtureRequest, empty_folder: Path) -> Iterator[Path]:
    """The folder that the test runs in, empty at its start."""
    if "tmp_path" in request.fixturenames:
        yield request.getfixturevalue("tmp_path")
        return
    yield empty_folder
    for left in empty_folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


@pytest.fixture(autouse=True)
def clean_surroundings(working_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty working directory, no ``DJ_*`` variables, and settings as after an import."""
    from datajoint_nb.settings import global_config

    for name in [name for name in os.environ if name.startswith("DJ_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(working_folder)
    global_config().reload()
    level = logging.getLogger("datajoint_nb").level
    yield
    logging.getLogger("datajoint_nb").setLevel(level)
    global_config().reload()


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> str:
    """The name of the database: the test runs once for each of those chosen."""
    name: str = request.param
    return name


def start(backend: str, config: pytest.Config) -> Iterator[servers.Server]:
    if backend not in chosen_backends(config):
        pytest.skip(f"{backend} not chosen by --backend")
    if reason := missing_backends(config).get(backend):
        pytest.skip(reason)
    with servers.STARTERS[backend]() as server:
        yield server


@pytest.fixture(scope="session")
def mysql_server(pytestconfig: pytest.Config) -> Iterator[servers.Server]:
    """The private MariaDB or MySQL server of this test process."""
    yield from start("mysql", pytestconfig)


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig: pytest.Config) -> Iterator[servers.Server]:
    """The private PostgreSQL server of this test process."""
    yield from start("postgresql", pytestconfig)


@pytest.fixture
def server(backend: str, request: pytest.FixtureRequest) -> servers.Server | None:
    """The private server of `backend`; None for SQLite, which has none."""
    return None if backend == "sqlite" else request.getfixturevalue(f"{backend}_server")


@pytest.fixture
def connection_settings(
    backend: str, server: servers.Server | None, tmp_path: Path
) -> Iterator[dict[str, Any]]:
    """Keyword arguments for ``Connection``; schemas made by the test are dropped after it."""
    if server is None:
        yield {"backend": backend, "path": str(tmp_path / "test.db")}
        return
    before = server.schemas(SCHEMA_PREFIX)
    yield server.settings
    server.drop_schemas(sorted(server.schemas(SCHEMA_PREFIX) - before))


@pytest.fixture
def connection(connection_settings: dict[str, Any]) -> Iterator[Connection]:
    """An open connection of the test's own."""
    from datajoint_nb import Connection

    opened = Connection(**connection_settings)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def schema_name() -> Callable[[], str]:
    """A function that returns a new schema name at each call; such schemas are dropped by themselves."""
    return lambda: f"{SCHEMA_PREFIX}{uuid.uuid4().hex[:8]}"


@pytest.fixture
def schema(connection: Connection, schema_name: Callable[[], str]) -> Schema:
    """An empty schema on `connection`."""
    from datajoint_nb import Schema

    return Schema(schema_name(), connection=connection)
