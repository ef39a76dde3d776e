"""Values of fragments on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from datajoint_nb.backends.sqlite.functions import register
from datajoint_nb.sql.fragments import transpile
from tests.unit.sql import fragment_values as values

Ask = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    connection = sqlite3.connect(":memory:")
    register(connection)
    connection.execute(
        "CREATE TABLE sample (id INTEGER PRIMARY KEY, small INTEGER, region TEXT, added TEXT, depth REAL,"
        " tag TEXT, started TEXT, seconds REAL, good INTEGER, mode TEXT, cfg TEXT, key_id TEXT, raw BLOB,"
        " exact TEXT COLLATE djnb_decimal, precise TEXT, _note TEXT) STRICT"
    )
    marks = ", ".join("?" * len(values.TYPES))
    connection.executemany(f"INSERT INTO sample VALUES ({marks})", values.ROWS)
    yield lambda sql: [value for (value,) in connection.execute(sql)]
    connection.close()


def written(text: str, condition: bool = False) -> str:
    return transpile(text, "sqlite", values.TYPES, condition=condition).sql


def test_values(ask: Ask, subtests: pytest.Subtests) -> None:
    for text, expected in values.VALUES:
        with subtests.test(text):
            values.assert_values(ask, written(text), expected)


def test_conditions(ask: Ask, subtests: pytest.Subtests) -> None:
    for text, expected in values.CONDITIONS:
        with subtests.test(text):
            values.assert_condition(ask, written(text, condition=True), expected)


def test_values_of_a_group(ask: Ask, subtests: pytest.Subtests) -> None:
    for text, expected in values.GROUP_VALUES:
        with subtests.test(text):
            fragment = transpile(text, "sqlite", values.TYPES)
            assert fragment.aggregate
            (found,) = ask(f"SELECT {fragment.sql} FROM sample")
            assert found == values.near(expected)


def test_json(ask: Ask, subtests: pytest.Subtests) -> None:
    for text, expected in values.JSON_VALUES + values.GROUP_JSON:
        with subtests.test(text):
            values.assert_json(ask, written(text), expected)
