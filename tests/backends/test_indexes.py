"""Indexes of definitions on real databases: ``01-definitions.md`` §1.5, §3.4."""

from __future__ import annotations

from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DuplicateError
from tests.backends.declaring import declare, refused


def indexes(table: Any) -> dict[tuple[str, ...], dict[str, bool]]:
    """Indexes as the database has them."""
    table().connection.forget()
    found: dict[tuple[str, ...], dict[str, bool]] = table().heading.indexes
    return found


@pytest.mark.spec("D-057")
def test_indexes_are_read_back(schema: dj.Schema) -> None:
    table = declare(
        schema, "T", "index(b, a)\na : int32\n---\nb=null : varchar(9)\nUNIQUE  Index ( b ) # once"
    )
    assert indexes(table) == {
        ("b", "a"): {"unique": False, "nullable": True},
        ("b",): {"unique": True, "nullable": True},
    }
    table.insert([{"a": 1, "b": "x"}, {"a": 2}, {"a": 3}])
    with pytest.raises(DuplicateError):
        table.insert1({"a": 4, "b": "x"})


def test_repeated_indexes_are_one(schema: dj.Schema) -> None:
    table = declare(schema, "T", "a : int32\n---\nb : int8\nindex(b)\nindex(b)")
    assert list(indexes(table)) == [("b",)]


@pytest.mark.parametrize("type_text", ["json", "bytes", "<blob>"])
def test_what_cannot_be_indexed(schema: dj.Schema, type_text: str) -> None:
    assert "cannot be indexed" in refused(schema, f"a : int32\n---\nb=null : {type_text}\nindex(b)")


EXPRESSIONS = {
    "year": ("born : date", "index(born, (year(born)))", {"born": "2024-05-01"}, "year(born) = 2024"),
    "arithmetic": ("n : int32", "index((n + 1))", {"n": 4}, "n + 1 = 5"),
    "json path": (
        "meta : json",
        "index(meta.gain:decimal(5,2))",
        {"meta": {"gain": 1.5}},
        {"meta.gain": 1.5},
    ),
}


@pytest.mark.spec("D-060")
@pytest.mark.parametrize(("line", "index", "row", "condition"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_expressions(schema: dj.Schema, line: str, index: str, row: dict[str, Any], condition: Any) -> None:
    definition = f"a : int32\n---\n{line}\n{index}"
    if schema.connection.dialect.name == "mariadb":
        assert "MariaDB has no indexes on expressions" in refused(schema, definition)
        return
    table = declare(schema, "T", definition)
    table.insert1({"a": 1, **row})
    assert (table & condition).fetch1("a") == 1
    schema.connection.forget()
    (found,) = table().stored.indexes
    assert found.expressions


@pytest.mark.spec("D-060")
@pytest.mark.backends("postgresql", "sqlite")
def test_unique_expression(schema: dj.Schema) -> None:
    table = declare(schema, "T", "a : int32\n---\nname : varchar(9)\nunique index((lower(name)))")
    table.insert1({"a": 1, "name": "Bat"})
    with pytest.raises(DuplicateError):
        table.insert1({"a": 2, "name": "bAT"})
    schema.connection.forget()
    assert table().stored.indexes[0].unique


@pytest.mark.parametrize("index", ["index((nosuch + 1))", "index((a; drop table x))", "index(nosuch.path)"])
def test_faulty_expressions(schema: dj.Schema, index: str) -> None:
    refused(schema, f"a : int32\n---\nb : int8\n{index}")


SUPPORT = {
    "left prefix of the key": ("-> A\nx : int8", []),
    "not the first in the key": ("x : int8\n-> A", ["a"]),
    "secondary": ("x : int8\n---\n-> A", ["a"]),
    "declared index": ("x : int8\n---\n-> A\ny : int8\nindex(a, y)", ["a, y"]),
    "unique": ("x : int8\n---\n-> [unique] A", ["a"]),
    "prefix of another foreign key": ("x : int8\n---\n-> A\n-> B", ["a, b"]),
    "two": ("x : int8\n---\n-> A\n-> A.proj(c='a')", ["a", "c"]),
}


@pytest.mark.spec("D-061")
@pytest.mark.backends("postgresql", "sqlite")
@pytest.mark.parametrize(("definition", "expected"), SUPPORT.values(), ids=SUPPORT)
def test_foreign_keys_are_indexed(
    schema: dj.Schema, backend: str, definition: str, expected: list[str]
) -> None:
    first = declare(schema, "A", "a : int8")
    second = declare(schema, "B", "-> A\nb : int8", A=first)
    table = declare(schema, "T", definition, A=first, B=second)
    assert physical(table, backend) == expected
    # they are the library's own affair
    shown = set(indexes(table))
    assert shown == {
        tuple(text.split(", ")) for text in expected if "index" in definition or "unique" in definition
    }


def physical(table: Any, backend: str) -> list[str]:
    """Columns of each secondary index, as the database tells."""
    connection = table().connection
    if backend == "sqlite":
        rows = connection.query(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = %s",
            (str(table().name),),
        ).fetchall()
    else:
        rows = connection.query(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = %s "
            "AND indexname NOT LIKE %s",
            (table().database, table().table_name, "%_pkey"),
        ).fetchall()
    return sorted(text.rpartition("(")[2].rstrip(")").replace('"', "") for (text,) in rows)


def test_long_names_of_indexes(schema: dj.Schema) -> None:
    name = "A" + "b" * 55
    table = declare(schema, name, "a : int8\n---\nx : int8\ny : int8\nindex(x, y)\nindex(x)")
    assert set(indexes(table)) == {("x", "y"), ("x",)}
