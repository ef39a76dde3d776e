"""Which columns types become on real databases: ``02-types.md`` §1-§4."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError
from tests.backends.declaring import declare, refused

CORE = {
    # type: MariaDB, PostgreSQL, SQLite
    "int8": ("tinyint(4)", "smallint", "INTEGER"),
    "int16": ("smallint(6)", "smallint", "INTEGER"),
    "int32": ("int(11)", "integer", "INTEGER"),
    "int64": ("bigint(20)", "bigint", "INTEGER"),
    "float32": ("float", "real", "REAL"),
    "float64": ("double", "double precision", "REAL"),
    "decimal(8,3)": ("decimal(8,3)", "numeric(8,3)", "REAL"),
    "decimal(30,10)": ("decimal(30,10)", "numeric(30,10)", "TEXT"),
    "bool": ("tinyint(4)", "boolean", "INTEGER"),
    "char(5)": ("char(5)", "character(5)", "TEXT"),
    "varchar(12)": ("varchar(12)", "character varying(12)", "TEXT"),
    "enum('b','a')": ("enum('b','a')", "{schema}.enum_dbf08e00", "TEXT"),
    "date": ("date", "date", "TEXT"),
    "datetime": ("datetime", "timestamp without time zone", "TEXT"),
    "datetime(3)": ("datetime(3)", "timestamp(3) without time zone", "TEXT"),
    "uuid": ("binary(16)", "uuid", "TEXT"),
    "json": ("longtext", "jsonb", "TEXT"),
    "bytes": ("longblob", "bytea", "BLOB"),
    "<blob>": ("longblob", "bytea", "BLOB"),
    "<blob@cold>": ("longtext", "jsonb", "TEXT"),
    "<hash@>": ("longtext", "jsonb", "TEXT"),
}
CHECKS = {
    "int8": ("-129", "128"),
    "int16": ("-32769", "32768"),
    "int32": ("-2147483649", "2147483648"),
    "bool": ("2",),
    "char(5)": ("'abcdef'",),
    "varchar(12)": ("'abcdefghijklm'",),
    "enum('b','a')": ("'c'", "'B'"),
    "json": ("'{'",),
}


def column(table: Any, name: str) -> str:
    """The type of a column as the database tells it."""
    connection = table().connection
    schema, table_name = table().database, table().table_name
    if connection.dialect.name == "sqlite":
        query, args = (
            "SELECT type FROM pragma_table_info(%s) WHERE name = %s",
            (f"{schema}.{table_name}", name),
        )
    elif connection.dialect.name == "postgresql":
        query = (
            "SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a "
            "JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relname = %s AND a.attname = %s"
        )
        args = (schema, table_name, name)
    else:
        query = (
            "SELECT column_type FROM information_schema.columns "
            "WHERE table_schema = %s AND table_name = %s AND column_name = %s"
        )
        args = (schema, table_name, name)
    (found,) = connection.query(query, args).fetchone()
    return str(found.decode() if isinstance(found, bytes) else found)


def without_width(text: str) -> str:
    """Integers without the widths that MySQL 8 no longer tells; its json has a name of its own."""
    return {"json": "longtext"}.get(text, text.partition("(")[0] if "int(" in text else text)


@pytest.mark.spec("T-001")
@pytest.mark.parametrize("type_text", CORE)
def test_columns_of_types(schema: dj.Schema, backend: str, type_text: str) -> None:
    default = "=null" if type_text[0] == "<" or type_text in ("json", "bytes") else ""
    table = declare(schema, "T", f"a : int32\n---\nx{default} : {type_text}")
    expected = CORE[type_text][("mysql", "postgresql", "sqlite").index(backend)]
    found = column(table, "x").replace('"', "")
    assert without_width(found) == without_width(expected.format(schema=schema.database))
    schema.connection.forget()
    attribute = table().heading["x"]
    assert (attribute.declared_type, attribute.nullable) == (type_text, bool(default))


@pytest.mark.spec("T-001")
@pytest.mark.backends("sqlite")
@pytest.mark.parametrize("type_text", CHECKS)
def test_checks(schema: dj.Schema, type_text: str) -> None:
    table = declare(schema, "T", f"a : int32\n---\nx{'=null' if type_text == 'json' else ''} : {type_text}")
    for value in CHECKS[type_text]:
        with pytest.raises(DataJointError):
            schema.connection.query(f'INSERT INTO "{schema.database}.t" (a, x) VALUES (1, {value})')
    assert len(table) == 0


SPELLINGS = {
    "INT32": "int32", "Varchar (8)": "varchar(8)", "DECIMAL( 8 , 3 )": "decimal(8,3)",
    "DateTime(3)": "datetime(3)",
    "Enum( 'a' , \"B,c\" )": "enum('a','B,c')", "< blob >": "<blob>", "<blob @ cold>": "<blob@cold>",
}  # fmt: skip


@pytest.mark.spec("T-003")
@pytest.mark.parametrize(("written", "normal"), SPELLINGS.items(), ids=SPELLINGS)
def test_spellings(schema: dj.Schema, written: str, normal: str) -> None:
    default = "=null" if "<" in written else ""
    table = declare(schema, "T", f"a : int32\n---\nx{default} : {written}")
    schema.connection.forget()
    assert table().heading["x"].declared_type == normal


NO_TYPES = [
    "uint8",
    "int24",
    "string",
    "varchar",
    "int32;",
    "binary(16)",
    "set('a')",
    "int32 unsigned",
    "smalltext",
]


@pytest.mark.spec("T-004", "T-008")
@pytest.mark.parametrize("type_text", NO_TYPES)
def test_what_is_no_type(schema: dj.Schema, type_text: str) -> None:
    assert type_text in refused(schema, f"a : int32\n---\nx : {type_text}")


@pytest.mark.spec("T-005")
@pytest.mark.parametrize(
    "type_text", ["datetime(7)", "varchar(0)", "decimal(3,5)", "char(300)", "varchar(16384)"]
)
def test_limits(schema: dj.Schema, type_text: str) -> None:
    assert type_text in refused(schema, f"a : int32\n---\nx : {type_text}")


NATIVE: dict[str, dict[str, str]] = {
    "mysql": {
        "int": "int", "tinyint unsigned": "tinyint unsigned", "mediumtext": "mediumtext",
        "longblob": "longblob",
        "timestamp": "timestamp", "time": "time", "year": "year", "double": "double",
    },
    "postgresql": {
        "int": "integer", "bigint": "bigint", "text": "text", "bytea": "bytea",
        "double precision": "double precision",
        "timestamptz": "timestamptz", "boolean": "boolean", "jsonb": "jsonb", "real": "real",
    },
    "sqlite": {"integer": "integer", "real": "real", "text": "text", "blob": "blob"},
}  # fmt: skip


@pytest.mark.spec("T-006")
def test_native_types(schema: dj.Schema, backend: str, caplog: pytest.LogCaptureFixture) -> None:
    for number, (written, stored) in enumerate(NATIVE[backend].items()):
        caplog.clear()
        default = "=null" if "blob" in written or written in ("bytea", "jsonb", "timestamp") else ""
        table = declare(schema, f"T{number}", f"a : int32\n---\nx{default} : {written}")
        (record,) = [r for r in caplog.records if r.levelno == logging.WARNING]
        assert "`x`" in record.getMessage()
        assert f"`{written}`" in record.getMessage()
        assert ("not serialised" in record.getMessage()) == ("blob" in written or written == "bytea")
        schema.connection.forget()
        attribute = table().heading["x"]
        assert (attribute.original_type, attribute.comment, attribute.declared_type) == (None, "", stored)
        assert table().drift() == []


@pytest.mark.spec("T-007")
@pytest.mark.parametrize("type_text", ["tinyint", "mediumint", "longblob", "year", "int unsigned"])
@pytest.mark.backends("postgresql", "sqlite")
def test_native_types_of_others(schema: dj.Schema, type_text: str) -> None:
    assert type_text in refused(schema, f"a : int32\n---\nx : {type_text}")


@pytest.mark.backends("mysql", "sqlite")
@pytest.mark.parametrize("type_text", ["bytea", "timestamptz", "jsonb"])
def test_native_types_of_postgresql(schema: dj.Schema, type_text: str) -> None:
    assert type_text in refused(schema, f"a : int32\n---\nx=null : {type_text}")


@pytest.mark.backends("mysql", "sqlite")
def test_numbered_rows(schema: dj.Schema, backend: str) -> None:
    native = "integer" if backend == "sqlite" else "int"
    table = declare(schema, "T", f"n : {native} auto_increment\n---\nx : int32")
    table.insert([{"x": 5}, {"x": 6}])
    assert table.to_dicts(order_by="n") == [{"n": 1, "x": 5}, {"n": 2, "x": 6}]
    schema.connection.forget()
    assert table().heading.has_autoincrement
    assert table().heading["n"].declared_type == f"{native} auto_increment"


@pytest.mark.backends("postgresql")
def test_serial_numbers(schema: dj.Schema) -> None:
    table = declare(schema, "T", "n : serial\n---\nx : int32")
    table.insert([{"x": 5}, {"x": 6}])
    assert table.to_dicts(order_by="n") == [{"n": 1, "x": 5}, {"n": 2, "x": 6}]
    schema.connection.forget()
    assert (table().heading.has_autoincrement, table().heading["n"].declared_type) == (True, "serial")


@pytest.mark.spec("T-009")
@pytest.mark.parametrize("type_text", ["<nosuch>", "<nosuch@>", "<Blob>"])
def test_unknown_codec(schema: dj.Schema, type_text: str) -> None:
    assert type_text.strip("<@>") in refused(schema, f"a : int32\n---\nx=null : {type_text}")


@pytest.mark.spec("T-010")
@pytest.mark.parametrize("name", ["hash", "object", "npy", "filepath"])
def test_codecs_that_need_a_store(schema: dj.Schema, name: str) -> None:
    message = refused(schema, f"a : int32\n---\nx=null : <{name}>")
    assert f"<{name}>" in message
    assert "@" in message


@pytest.mark.spec("T-012")
@pytest.mark.parametrize("type_text", ["<blob>", "<blob@>", "bytes", "json"])
def test_what_no_key_holds(schema: dj.Schema, type_text: str) -> None:
    assert "primary key" in refused(schema, f"a : int32\nx : {type_text}")


def use_store(schema: dj.Schema, path: Path) -> None:
    (path / "cold").mkdir()
    schema.connection.config["stores"] = {
        "default": "cold",
        "cold": {"protocol": "file", "location": str(path / "cold")},
    }


@pytest.mark.spec("T-011", "T-013")
def test_columns_of_stored_objects(
    schema: dj.Schema, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    use_store(schema, tmp_path)
    table = declare(schema, "T", "a : int32\n---\nx=null : <blob@cold>\ny=null : <blob@>\nz=null : <blob>")
    assert caplog.text == ""
    schema.connection.forget()
    heading = table().heading
    flags = {n: (a.type, a.codec, a.store, a.json, a.is_blob) for n, a in heading.items() if n != "a"}
    assert flags == {
        "x": ("<blob@cold>", "blob", "cold", True, False),
        "y": ("<blob@>", "blob", "", True, False),
        "z": ("<blob>", "blob", None, False, True),
    }
    assert (heading["x"].numeric, heading["x"].string, heading["x"].uuid) == (False, False, False)
    table.insert1({"a": 1, "x": [1], "y": {"k": 2}, "z": "three"})
    assert table.fetch1() == {"a": 1, "x": [1], "y": {"k": 2}, "z": "three"}


def test_store_that_is_not_configured(schema: dj.Schema, caplog: pytest.LogCaptureFixture) -> None:
    declare(schema, "T", "a : int32\n---\nx=null : <blob@nosuch>")
    assert "nosuch" in caplog.text


FLAGS = {
    "int8": "numeric", "bool": "numeric", "float32": "numeric", "decimal(30,10)": "numeric",
    "char(5)": "string", "enum('a')": "string", "date": "string", "datetime(3)": "string",
    "uuid": "uuid", "json": "json", "bytes": "is_blob",
}  # fmt: skip


def test_flags_of_types(schema: dj.Schema) -> None:
    lines = "\n".join(f"x{n}{'=null' if t in ('json', 'bytes') else ''} : {t}" for n, t in enumerate(FLAGS))
    table = declare(schema, "T", f"a : int32\n---\n{lines}")
    schema.connection.forget()
    heading = table().heading
    for number, flag in enumerate(FLAGS.values()):
        names = ("numeric", "string", "uuid", "json", "is_blob")
        assert [name for name in names if getattr(heading[f"x{number}"], name)] == [flag]
