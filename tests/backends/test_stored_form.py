"""Columns, comments, system tables and headings on real databases: ``01-definitions.md`` §3, §4."""

from __future__ import annotations

from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import MissingTableError
from tests.backends.declaring import declare, sql_name

NATIVE = {"mysql": "mediumtext", "postgresql": "text", "sqlite": "text"}


def comments(table: Any) -> dict[str, str]:
    """Comments of the columns as the database keeps them, those that are not empty."""
    connection = table().connection
    schema, name = table().database, table().table_name
    statement = {
        "mysql": "SELECT column_name, column_comment FROM information_schema.columns "
        "WHERE table_schema = %s AND table_name = %s",
        "postgresql": "SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute AS a "
        "JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0",
        "sqlite": 'SELECT attribute_name, comment FROM "~comments" '
        "WHERE schema_name = %s AND table_name = %s AND attribute_name <> ''",
    }[connection.dialect.family]
    return {column: text for column, text in connection.query(statement, (schema, name)).fetchall() if text}


@pytest.mark.spec("D-083", "D-084", "T-002")
def test_comments_of_columns(schema: dj.Schema, backend: str) -> None:
    definition = f"""
    code : varchar(12) # short code
    ---
    deg=null : Decimal( 8, 5 ) # degrees
    kind='a:b' : enum("a:b", 'c')
    pic=null : <blob>
    big=null : < blob@cold > # large
    note : {NATIVE[backend]} # as it comes
    plain : {NATIVE[backend]}
    """
    table = declare(schema, "T", definition)
    assert comments(table) == {
        "code": ":varchar(12):short code",
        "deg": ":decimal(8,5):degrees",
        "kind": ":enum('a:b','c'):",
        "pic": ":<blob>:",
        "big": ":<blob@cold>:large",
        "note": "as it comes",
    }
    schema.connection.forget()
    heading = table().heading
    assert heading["note"].comment == "as it comes"
    assert (heading["note"].original_type, heading["plain"].comment) == (None, "")
    assert heading["code"].original_type == "varchar(12)"
    assert heading["pic"].original_type is None


def test_comments_of_foreign_keys(schema: dj.Schema, backend: str) -> None:
    parent = declare(schema, "Parent", "a : int8 # one\nu : uuid # two\nm : datetime(3)")
    child = declare(schema, "Child", "c : int8\n---\n-> Parent.proj(x='a')", Parent=parent)
    assert comments(child) == {
        "c": ":int8:",
        "x": ":int8:one",
        "u": "two" if backend == "postgresql" else ":uuid:two",
        "m": ":datetime(3):",
    }
    schema.connection.forget()
    assert [a.declared_type for a in child().heading.values()] == ["int8", "int8", "uuid", "datetime(3)"]


@pytest.mark.spec("D-014")
def test_signs_in_comments(schema: dj.Schema) -> None:
    text = "100% {x} %s \\n 'single' \"double\" µ✓ a:b # c"
    table = declare(schema, "T", f"# {text}\na : int8 # {text}")
    schema.connection.forget()
    assert (table().heading.comment, table().heading["a"].comment) == (text, text)


@pytest.mark.spec("D-090")
def test_table_of_origins(schema: dj.Schema, backend: str) -> None:
    connection = schema.connection
    if backend == "sqlite":
        rows = connection.query(
            "SELECT name, type, pk FROM pragma_table_info(%s)", (f"{schema.database}.~lineage",)
        )
        columns = [(name, sql_type, bool(key)) for name, sql_type, key in rows]
        lengths = ["TEXT"] * 3
    else:
        rows = connection.query(
            "SELECT c.column_name, c.data_type, c.character_maximum_length, c.is_nullable, "
            "(SELECT COUNT(*) FROM information_schema.key_column_usage AS k "
            "WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name "
            "AND k.column_name = c.column_name) AS used "
            "FROM information_schema.columns AS c WHERE c.table_schema = %s AND c.table_name = %s "
            "ORDER BY c.ordinal_position",
            (schema.database, "~lineage"),
        ).fetchall()
        assert {row[3] for row in rows} == {"NO"}
        columns = [(name, f"{data_type}({n})", used > 0) for name, data_type, n, _, used in rows]
        kind = "varchar" if backend == "mysql" else "character varying"
        lengths = [f"{kind}(64)", f"{kind}(64)", f"{kind}(255)"]
    names = ["table_name", "attribute_name", "lineage"]
    assert columns == list(zip(names, lengths, [True, True, False], strict=True))


@pytest.mark.spec("D-092")
def test_system_tables_are_not_shown(schema: dj.Schema) -> None:
    base = declare(schema, "Base", "a : int8")
    result = declare(schema, "Result", "-> Base", dj.Computed, Base=base)
    connection = schema.connection
    for name in ("~log", "~jobs", "~external_raw", "~~result"):
        full = connection.dialect.table(type(result().name)(str(schema.database), name))
        connection.query(f"CREATE TABLE {full} (a INTEGER NOT NULL PRIMARY KEY)")
    connection.forget()
    assert schema.list_tables() == ["base", "__result"]
    assert [table.table_name for table in schema] == ["base", "__result"]
    classes: dict[str, Any] = {}
    schema.make_classes(into=classes)
    assert sorted(classes) == ["Base", "Result"]
    connection.dependencies.load()
    assert {name.table for name in connection.dependencies.graph.tables} == {"base", "__result"}
    schema.rebuild_lineage()
    assert {place.split(".")[1] for place in schema.lineage} == {"base", "__result"}


@pytest.mark.spec("D-098")
def test_order_of_names(schema: dj.Schema) -> None:
    schema.connection.config["provenance.capture"] = True
    parent = declare(schema, "Parent", "z : int8")
    child = declare(schema, "Child", "b : int8\n-> Parent\na : int8\n---\nd : int8\nc : int8", Parent=parent)
    schema.connection.forget()
    heading = child().heading
    assert heading.names == list(heading) == ["b", "z", "a", "d", "c"]
    assert (heading.primary_key, heading.secondary_attributes) == (["b", "z", "a"], ["d", "c"])
    assert "_prov" not in heading.attributes
    assert "_prov" not in repr(heading)
    assert len(heading) == 5


@pytest.mark.spec("D-099", "D-100")
def test_what_is_missing(schema: dj.Schema) -> None:
    table = declare(schema, "T", "a : int8")
    with pytest.raises(KeyError):
        table().heading["missing"]
    schema.connection.drop_tables([table().name])
    with pytest.raises(MissingTableError, match=r"\.t "):
        table().heading
    with pytest.raises(MissingTableError):
        table.to_dicts()


@pytest.mark.spec("D-101")
def test_origins_in_projections(schema: dj.Schema) -> None:
    table = declare(schema, "T", "a : int8\n---\nb : int8")
    origin = f"{schema.database}.t.a"
    renamed = table.proj(c="a", d="b", e="a + 1").heading
    assert {name: attribute.lineage for name, attribute in renamed.items()} == {
        "c": origin,
        "d": None,
        "e": None,
    }
    assert (renamed["c"].in_key, renamed["c"].declared_type, renamed["e"].type) == (
        True,
        "int8",
        "expression",
    )
    assert renamed["e"].comment == "calculated attribute"
    twice = table.proj(c="a").proj(f="c").heading["f"]
    assert (twice.lineage, twice.declared_type) == (origin, "int8")


def test_repr_of_a_heading(schema: dj.Schema) -> None:
    table = declare(schema, "T", "# things\na : int32 # number\n---\nb='x' : varchar(9)\nc=null : <blob>")
    schema.connection.forget()
    assert repr(table().heading).splitlines() == [
        "# things",
        f"{'a':<20} : {'int32':<28} # number",
        "---",
        f"{'b=' + chr(34) + 'x' + chr(34):<20} : varchar(9)",
        f"{'c=null':<20} : <blob>",
    ]


@pytest.mark.backends("mysql")
def test_the_engine_has_transactions(schema: dj.Schema) -> None:
    table = declare(schema, "T", "a : int8")
    shown = schema.connection.query(f"SHOW CREATE TABLE {sql_name(table)}").fetchone()
    assert "ENGINE=InnoDB" in shown[1]
