"""What servers say of columns, in their many spellings."""

from __future__ import annotations

import pytest

from datajoint_nb.backends import get_backend
from datajoint_nb.backends.columns import ColumnFacts, attribute, now_default, without_width
from datajoint_nb.backends.mysql import catalogue as mysql
from datajoint_nb.backends.postgres import catalogue as postgres
from datajoint_nb.backends.sqlite import catalogue as sqlite
from datajoint_nb.model.definition import NULL, Default


def literal(text: str) -> Default:
    return Default("literal", text)


@pytest.mark.spec("S-004")
def test_backends_by_name() -> None:
    assert [get_backend(n).name for n in ("mysql", "postgresql", "postgres", "sqlite")] == [
        "mysql", "postgresql", "postgresql", "sqlite",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="mysql, postgresql, sqlite"):
        get_backend("oracle")


@pytest.mark.spec("D-107")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("'woodland'::lab.enum_1ec5a777", literal("woodland")),
        ("'woodland'::\"Lab x\".enum_1ec5a777", literal("woodland")),
        ("'it''s a::b'::character varying", literal("it's a::b")),
        ("'-3'::bigint", literal("-3")),
        ("'-3'::integer", literal("-3")),
        ("'3'::real", literal("3")),
        ("'3.50'::numeric(5,2)", literal("3.50")),
        ("7", literal("7")),
        ("true", literal("1")),
        ("NULL::character varying", NULL),
        ("CURRENT_TIMESTAMP", Default("now")),
        ("CURRENT_TIMESTAMP(3)", Default("now", precision=3)),
        ("CURRENT_TIMESTAMP(0)", Default("now")),
        ("('now'::text)::timestamp(3)", None),
    ],
)
def test_defaults_of_postgresql(text: str, wanted: Default | None) -> None:
    found = postgres._default(text)
    assert found.kind == "literal" if wanted is None else found == wanted


@pytest.mark.parametrize(
    ("text", "extra", "maria", "wanted"),
    [
        ("NULL", "", True, NULL),
        ("NULL", "", False, literal("NULL")),
        ("'NULL'", "", True, literal("NULL")),
        ("'it''s \\\\n'", "", True, literal("it's \\n")),
        ("it's", "", False, literal("it's")),
        ("-3", "", True, literal("-3")),
        ("current_timestamp(3)", "", True, Default("now", precision=3)),
        ("current_timestamp()", "", True, Default("now")),
        ("CURRENT_TIMESTAMP", "DEFAULT_GENERATED", False, Default("now")),
        (
            "unhex('12345678123456781234567812345678')",
            "",
            True,
            literal("12345678-1234-5678-1234-567812345678"),
        ),
        (
            "unhex(_utf8mb4\\'12345678123456781234567812345678\\')",
            "DEFAULT_GENERATED",
            False,
            literal("12345678-1234-5678-1234-567812345678"),
        ),
    ],
)
def test_defaults_of_mysql(text: str, extra: str, maria: bool, wanted: Default) -> None:
    assert mysql._default(text, extra, maria) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("'it''s'", literal("it's")),
        ("-3", literal("-3")),
        ("CURRENT_TIMESTAMP", Default("now")),
        ("strftime('%Y-%m-%d %H:%M:%f', 'now')", Default("now", precision=3)),
        ("strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'", Default("now", precision=6)),
        ("substr(strftime('%Y-%m-%d %H:%M:%f', 'now'), 1, 21)", Default("now", precision=1)),
    ],
)
def test_defaults_of_sqlite(text: str, wanted: Default) -> None:
    assert sqlite._default(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("int(11)", "int"),
        ("bigint(20) unsigned", "bigint unsigned"),
        ("tinyint(1)", "tinyint"),
        ("decimal(8,3)", "decimal(8,3)"),
        ("varchar(12)", "varchar(12)"),
        ("enum('int(3)')", "enum('int(3)')"),
    ],
)
def test_display_widths_are_dropped(text: str, wanted: str) -> None:
    assert without_width(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("character varying(12)", "varchar(12)"),
        ("character(3)", "char(3)"),
        ("timestamp(3) without time zone", "timestamp(3)"),
        ("timestamp with time zone", "timestamptz"),
        ("double precision", "double precision"),
        ("numeric(8,3)", "numeric(8,3)"),
    ],
)
def test_types_of_postgresql(text: str, wanted: str) -> None:
    assert postgres.spelled(text) == wanted


@pytest.mark.spec("D-084", "T-044")
@pytest.mark.parametrize(
    ("sql_type", "comment", "declared", "marked"),
    [
        ("int", ":int32:depth", "int32", True),
        ("longblob", ":<blob@cold>:", "<blob@cold>", True),
        ("longtext", ":json:", "json", True),
        ("int", "depth", "int", False),
        ("varchar(9)", "", "varchar(9)", False),
        ("binary(16)", "", "binary(16)", False),
        ("enum('a','b')", ":bad", "enum('a','b')", False),
        ("geometry", "", "geometry", False),
    ],
)
def test_declared_types(sql_type: str, comment: str, declared: str, marked: bool) -> None:
    found, is_marked = attribute(ColumnFacts("x", sql_type, False, None, comment), False, {})
    assert (found.declared_type, is_marked) == (declared, marked)
    assert found.required


def test_nullable_column_defaults_to_null() -> None:
    found, _ = attribute(ColumnFacts("x", "int", True, None, ":int32:"), True, {"x": "lab.t.x"})
    assert (found.default_value, found.default, found.lineage) == (NULL, "null", "lab.t.x")


def test_index_items_are_split_at_their_commas() -> None:
    text = 'CREATE INDEX "lab.idx" ON "lab.t" ("a", (coalesce("b", \',)\')), ("c" || "d"))'
    assert sqlite.index_expressions(text) == ('"a"', "(coalesce(\"b\", ',)'))", '("c" || "d")')


def test_now_has_many_names() -> None:
    assert now_default("now()") == now_default("LOCALTIMESTAMP") == Default("now")
    assert now_default("tomorrow") is None
