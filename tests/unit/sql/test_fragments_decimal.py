"""The collation of decimals of many digits on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from datajoint_nb.backends.sqlite.functions import register


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    register(connection)
    connection.execute("CREATE TABLE t (x TEXT COLLATE djnb_decimal)")
    yield connection
    connection.close()


def test_order_is_numeric(connection: sqlite3.Connection) -> None:
    texts = ["10.0", "9.5", "-3", "-20", "0.00", "12345678901234567890.1", "12345678901234567890.2"]
    connection.executemany("INSERT INTO t VALUES (?)", [(text,) for text in texts])
    found = [text for (text,) in connection.execute("SELECT x FROM t ORDER BY x DESC")]
    assert found == [
        "12345678901234567890.2", "12345678901234567890.1", "10.0", "9.5", "0.00", "-3", "-20",
    ]  # fmt: skip


@pytest.mark.parametrize(("stored", "asked"), [("2.50", "2.5"), ("0.0", "-0"), ("7", "7.000")])
def test_equality_is_numeric(connection: sqlite3.Connection, stored: str, asked: str) -> None:
    connection.execute("INSERT INTO t VALUES (?)", (stored,))
    assert connection.execute("SELECT COUNT(*) FROM t WHERE x = ?", (asked,)).fetchone() == (1,)


def test_other_text_does_not_break_the_order(connection: sqlite3.Connection) -> None:
    connection.executemany("INSERT INTO t VALUES (?)", [("x",), ("NaN",), ("1",)])
    assert [text for (text,) in connection.execute("SELECT x FROM t ORDER BY x")] == ["1", "NaN", "x"]


def test_registering_twice_is_harmless(connection: sqlite3.Connection) -> None:
    register(connection)
    assert connection.execute("SELECT djnb_rand() < 1").fetchone() == (1,)
