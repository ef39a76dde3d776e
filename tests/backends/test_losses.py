"""What a client does when the link to the server is cut at a bad moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from datajoint_nb import Connection
from datajoint_nb.errors import LostConnectionError
from tests.backends.proxy import Proxy, proxy
from tests.backends.tables_by_hand import rows, simple_table

pytestmark = pytest.mark.backends("mysql", "postgresql")


@pytest.fixture
def link(connection_settings: dict[str, Any]) -> Iterator[Proxy]:
    with proxy(connection_settings["host"], connection_settings["port"]) as running:
        yield running


@pytest.fixture
def through(link: Proxy, connection_settings: dict[str, Any]) -> Iterator[Connection]:
    """A connection over the proxy."""
    with Connection(**{**connection_settings, "port": link.port, "use_tls": False}) as opened:
        yield opened


@pytest.fixture
def session(connection: Connection, schema_name: Callable[[], str]) -> str:
    return simple_table(connection, schema_name())


def eventually(connection: Connection, name: str, wanted: list[Any]) -> list[Any]:
    """The rows, as soon as they are as wanted; the server may still be at work after a cut."""
    deadline = time.monotonic() + 5
    while (found := rows(connection, name)) != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


@pytest.mark.spec("S-028")
def test_insert_of_unknown_outcome_is_not_sent_again(
    connection: Connection, through: Connection, link: Proxy, session: str
) -> None:
    link.cut_at = b"INSERT"
    with pytest.raises(LostConnectionError, match="unknown"):
        through.query(f"INSERT INTO {session} (id) VALUES (1)")
    assert sum(b"INSERT" in data for data in link.seen) == 1
    assert eventually(connection, session, [(1, None)]) == [(1, None)]
    assert rows(through, session) == [(1, None)]


def test_select_is_sent_again(through: Connection, link: Proxy, session: str) -> None:
    link.cut_at = b"SELECT 42"
    assert through.query("SELECT 42").fetchone() == (42,)
    assert sum(b"SELECT 42" in data for data in link.seen) == 2


@pytest.mark.spec("R-014")
def test_commit_of_unknown_outcome(
    connection: Connection, through: Connection, link: Proxy, session: str
) -> None:
    hooks: list[str] = []
    with pytest.raises(LostConnectionError, match="committing; whether .* unknown"), through.transaction:
        through.after_commit(lambda: hooks.append("committed"))
        through.after_rollback(lambda: hooks.append("undone"))
        through.query(f"INSERT INTO {session} (id) VALUES (1)")
        link.cut_at = b"COMMIT"
    assert sum(b"COMMIT" in data for data in link.seen) == 1
    assert hooks == []
    assert not through.in_transaction
    assert eventually(connection, session, [(1, None)]) == [(1, None)]
    assert through.query("SELECT 1").fetchone() == (1,)


def test_statement_cut_inside_a_block_dooms_it(
    connection: Connection, through: Connection, link: Proxy, session: str
) -> None:
    with pytest.raises(LostConnectionError, match="during a transaction"), through.transaction:
        through.query(f"INSERT INTO {session} (id) VALUES (1)")
        link.cut_at = b"DELETE"
        with pytest.raises(LostConnectionError):
            through.query(f"DELETE FROM {session}")
        with pytest.raises(LostConnectionError):
            through.query("SELECT 1")
    assert rows(connection, session) == []
    assert through.query("SELECT 1").fetchone() == (1,)
