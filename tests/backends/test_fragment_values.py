"""Values of fragments on every database, through its bare driver."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from datajoint_nb.backends.sqlite.functions import register
from datajoint_nb.sql.fragments import Fragment, Target, transpile
from tests.unit.sql import fragment_values as values

COLUMNS = {
    "sqlite": (
        "id INTEGER PRIMARY KEY, small INTEGER, region TEXT, added TEXT, depth REAL, tag TEXT, started TEXT,"
        " seconds REAL, good INTEGER, mode TEXT, cfg TEXT, key_id TEXT, raw BLOB,"
        " exact TEXT COLLATE djnb_decimal, precise TEXT, _note TEXT"
    ),
    "mysql": (
        "id int PRIMARY KEY, small smallint, region varchar(20), added date, depth double, tag varchar(20),"
        " started datetime, seconds decimal(5,2), good tinyint, mode enum('a','b'), cfg json,"
        " key_id binary(16), raw longblob, exact decimal(30,10), precise datetime(3), _note varchar(20)"
    ),
    "postgresql": (
        "id integer PRIMARY KEY, small smallint, region varchar(20), added date, depth double precision,"
        " tag varchar(20), started timestamp(0), seconds numeric(5,2), good boolean, mode mood, cfg jsonb,"
        " key_id uuid, raw bytea, exact numeric(30,10), precise timestamp(3), _note varchar(20)"
    ),
}


class Sample(NamedTuple):
    """The table of `fragment_values` in one database."""

    target: Target
    ask: Callable[[str], list[Any]]

    def transpile(self, text: str, condition: bool = False) -> Fragment:
        return transpile(text, self.target, values.TYPES, condition=condition)


def connect(settings: dict[str, Any]) -> Any:
    """Return a connection of the bare driver."""
    if settings["backend"] == "sqlite":
        import sqlite3

        connection = sqlite3.connect(":memory:")
        register(connection)
        return connection
    names = {name: settings[name] for name in ("host", "port", "user", "password")}
    if settings["backend"] == "mysql":
        import pymysql

        return pymysql.connect(**names, charset="utf8mb4", init_command="SET time_zone = '+00:00'")
    import psycopg

    return psycopg.connect(**names, dbname=settings["database_name"], options="-c timezone=UTC")


def prepare(cursor: Any, backend: str) -> None:
    """Create the table for this session only, and fill it."""
    if backend == "postgresql":
        cursor.execute("CREATE TYPE pg_temp.mood AS ENUM ('a', 'b')")
        cursor.execute("SET search_path TO pg_temp")
    if backend == "mysql":
        cursor.execute("CREATE DATABASE IF NOT EXISTS t_fragments COLLATE utf8mb4_bin")
        cursor.execute("USE t_fragments")
    cursor.execute(f"CREATE TEMPORARY TABLE sample ({COLUMNS[backend]})")
    marks = ", ".join(["?" if backend == "sqlite" else "%s"] * len(values.TYPES))
    rows = [tuple(stored(value, backend) for value in row) for row in values.ROWS]
    cursor.executemany(f"INSERT INTO sample VALUES ({marks})", rows)


def stored(value: Any, backend: str) -> Any:
    return uuid.UUID(value).bytes if value == values.UUID and backend == "mysql" else value


@pytest.fixture
def sample(connection_settings: dict[str, Any]) -> Iterator[Sample]:
    """The table in the database of the test, for the length of the test."""
    backend = connection_settings["backend"]
    connection = connect(connection_settings)
    cursor = connection.cursor()
    prepare(cursor, backend)
    target: Target = backend
    if backend == "mysql":
        cursor.execute("SELECT VERSION()")
        target = "mariadb" if "MariaDB" in cursor.fetchone()[0] else "mysql"

    def ask(sql: str) -> list[Any]:
        cursor.execute(sql)
        return [value for (value,) in cursor.fetchall()]

    yield Sample(target, ask)
    connection.close()


def test_values(sample: Sample, subtests: pytest.Subtests) -> None:
    for text, expected in values.VALUES:
        with subtests.test(text):
            values.assert_values(sample.ask, sample.transpile(text).sql, expected)


def test_conditions(sample: Sample, subtests: pytest.Subtests) -> None:
    for text, expected in values.CONDITIONS:
        with subtests.test(text):
            values.assert_condition(sample.ask, sample.transpile(text, condition=True).sql, expected)


def test_values_of_a_group(sample: Sample, subtests: pytest.Subtests) -> None:
    for text, expected in values.GROUP_VALUES:
        with subtests.test(text):
            (found,) = sample.ask(f"SELECT {sample.transpile(text).sql} FROM sample")
            assert values.plain(found) == values.near(expected)


def test_json(sample: Sample, subtests: pytest.Subtests) -> None:
    for text, expected in values.JSON_VALUES + values.GROUP_JSON:
        with subtests.test(text):
            values.assert_json(sample.ask, sample.transpile(text).sql, expected)
