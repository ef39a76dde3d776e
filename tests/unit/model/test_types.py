"""Type texts."""

from __future__ import annotations

import pytest

from datajoint_nb.model.types import TypeFault, TypeSpec, enum_text, parse_type, split_labels

CORE = [
    ("int8", "int8", ()),
    ("FLOAT64", "float64", ()),
    ("varchar(12)", "varchar(12)", (12,)),
    ("char(255)", "char(255)", (255,)),
    ("varchar(16383)", "varchar(16383)", (16383,)),
    ("decimal(5,2)", "decimal(5,2)", (5, 2)),
    ("Decimal ( 65 , 30 )", "decimal(65,30)", (65, 30)),
    ("datetime", "datetime", ()),
    ("datetime(0)", "datetime(0)", (0,)),
    ("datetime ( 6 )", "datetime(6)", (6,)),
    ("enum('a','b')", "enum('a','b')", ("a", "b")),
    ("ENUM ( \"a\" , 'B' )", "enum('a','B')", ("a", "B")),
    (
        "enum('it''s','a,b','c:d','#',')')",
        "enum('it''s','a,b','c:d','#',')')",
        ("it's", "a,b", "c:d", "#", ")"),
    ),
    ("bytes", "bytes", ()),
    ("uuid", "uuid", ()),
    ("json", "json", ()),
    ("date", "date", ()),
    ("bool", "bool", ()),
]
NATIVE = [
    ("int", "int", ()),
    ("INT (11)  UNSIGNED", "int(11) unsigned", (11,)),
    ("bigint(20)unsigned auto_increment", "bigint(20) unsigned auto_increment", (20,)),
    ("decimal", "decimal", ()),
    ("decimal(5)", "decimal(5)", (5,)),
    ("numeric( 5 , 2 ) zerofill", "numeric(5,2) zerofill", (5, 2)),
    ("float(7,3)", "float(7,3)", (7, 3)),
    ("double precision", "double precision", ()),
    ("longtext", "longtext", ()),
    ("mediumblob", "mediumblob", ()),
    ("timestamp(6)", "timestamp(6)", (6,)),
    ("year", "year", ()),
    ("serial", "serial", ()),
    ("bytea", "bytea", ()),
    ("timestamptz", "timestamptz", ()),
]
CODECS = [
    ("<blob>", "blob", None, "<blob>"),
    ("<blob@>", "blob", "", "<blob@>"),
    ("< blob @ cold >", "blob", "cold", "<blob@cold>"),
    ("<My_codec.v2@s-1>", "My_codec.v2", "s-1", "<My_codec.v2@s-1>"),
]
UNKNOWN = [
    ("uint8", "int16"),
    ("int24", "int32"),
    ("string", "varchar(n)"),
    ("varchar", "length"),
    ("int32;", "int32"),
    ("flaot64", "float64"),
    ("set('a')", "enum"),
    ("binary(16)", "bytes"),
    ("varbinary(3)", "bytes"),
    ("int32 unsigned", "unsigned"),
    ("varchar(9) NOT NULL", "=null"),
    ("int32 null", "name=null"),
    ("int32 default 5", "name=default"),
    ("varchar(9) COLLATE utf8mb4_bin", "comment"),
    ("geometry", "core types"),
    ("", "core types"),
    ("smallblob", "bytes"),
    ("smalltext", "varchar(n)"),
    ("enum", "enum('a','b')"),
    ("enum()", "enum('first'"),
    ("enum(a,b)", "enum('first'"),
    ("enum('a',)", "enum('first'"),
    ("enum('a' 'b')", "enum('first'"),
    ("enum('a','a')", "repeats"),
    ("<blob", "<name>"),
    ("<>", "<name>"),
    ("<@s>", "<name>"),
    ("<a b>", "<name>"),
    ("npy", "<npy@>"),
    ("text(20)", "varchar(n)"),
    ("timestamp(7)", "datetime"),
    ("serial unsigned", "unsigned"),
    ("text unsigned", "unsigned"),
    ("int unsigned unsigned", "unsigned"),
    ("int(5,2)", ""),
    ("int(99999999999)", ""),
    ("int(٣)", ""),
    ("float64(3)", "float64"),
    ("decimal(5,2,1)", "decimal(p,s)"),
]
OUT_OF_RANGE = [
    ("datetime(7)", "0 to 6"),
    ("datetime(x)", "0 to 6"),
    ("varchar(0)", "1 to 16383"),
    ("varchar(16384)", "1 to 16383"),
    ("varchar(x)", "1 to 16383"),
    ("char(300)", "1 to 255"),
    ("decimal(3,5)", "s <= p"),
    ("decimal(66,2)", "p <= 65"),
    ("decimal(40,31)", "s <= 30"),
    ("decimal(0,0)", "1 <= p"),
]


@pytest.mark.parametrize(("text", "normal", "args"), CORE)
def test_core_types(text: str, normal: str, args: tuple[int | str, ...]):
    spec = parse_type(text)
    assert (spec.kind, spec.text, spec.args) == ("core", normal, args)
    assert spec.has_marker


@pytest.mark.spec("T-003")
@pytest.mark.parametrize(("text", "normal"), [("INT32", "int32"), ("Varchar (8)", "varchar(8)")])
def test_case_and_blanks_are_normalised(text: str, normal: str):
    assert parse_type(text) == parse_type(normal)
    assert parse_type(text).text == normal


@pytest.mark.parametrize(("text", "normal", "args"), NATIVE)
def test_native_types(text: str, normal: str, args: tuple[int, ...]):
    spec = parse_type(text)
    assert (spec.kind, spec.text, spec.args) == ("native", normal, args)
    assert not spec.has_marker


@pytest.mark.parametrize(("text", "name", "store", "normal"), CODECS)
def test_codec_types(text: str, name: str, store: str | None, normal: str):
    assert parse_type(text) == TypeSpec("codec", name, normal, (), store)


@pytest.mark.parametrize(("text", "hint"), UNKNOWN)
def test_unknown_types_are_refused_with_a_way_out(text: str, hint: str):
    with pytest.raises(TypeFault) as caught:
        parse_type(text)
    assert hint in str(caught.value)
    assert text in caught.value.message


@pytest.mark.parametrize(("text", "hint"), OUT_OF_RANGE)
def test_parameters_out_of_range(text: str, hint: str):
    with pytest.raises(TypeFault) as caught:
        parse_type(text)
    assert hint in caught.value.hint
    assert text in caught.value.message


@pytest.mark.parametrize("text", [row[1] for row in CORE + NATIVE] + [row[3] for row in CODECS])
def test_normal_spelling_is_stable(text: str):
    assert parse_type(text).text == text


@pytest.mark.parametrize(
    ("flag", "types"),
    [
        ("is_integer", "int8|int64|int|bigint unsigned|serial"),
        ("is_float", "float32|float64|double|real|double precision"),
        ("is_decimal", "decimal(5,2)|numeric|decimal|fixed(5)"),
        ("is_bool", "bool|boolean"),
        ("is_numeric", "int8|float32|decimal(5,2)|bool|int"),
        ("is_binary", "bytes|longblob|bytea"),
        ("is_json", "json|jsonb"),
        ("is_text", "char(3)|varchar(3)|enum('a')|text|longtext"),
        ("is_unsigned", "int unsigned|float unsigned"),
        ("is_autoincrement", "int auto_increment|serial|bigint(20) unsigned auto_increment"),
        ("allows_key", "int8|varchar(3)|uuid|date|text|enum('a')"),
    ],
)
def test_flags(flag: str, types: str):
    assert all(getattr(parse_type(text), flag) for text in types.split("|"))


@pytest.mark.parametrize(
    ("flag", "types"),
    [
        ("is_integer", "float32|bool|<int8>|decimal(5,2)|varchar(3)"),
        ("is_float", "int8|decimal(5,2)|<float32>"),
        ("is_numeric", "varchar(3)|date|<blob>|json|uuid|bytes"),
        ("is_binary", "<blob>|<bytes>|json|varchar(3)|uuid"),
        ("is_json", "<json>|<blob@>|varchar(3)"),
        ("is_text", "<text>|json|uuid|date|longblob"),
        ("is_unsigned", "int|int32"),
        ("is_autoincrement", "int|int32|int unsigned"),
        ("allows_key", "<blob>|<uuid>|bytes|json|longblob|jsonb"),
    ],
)
def test_flags_of_other_types(flag: str, types: str):
    assert not any(getattr(parse_type(text), flag) for text in types.split("|"))


@pytest.mark.parametrize("labels", [("a",), ("it's", '"'), ("", " "), ("a,b", "'", "''")])
def test_labels_round_trip(labels: tuple[str, ...]):
    assert split_labels(enum_text(labels)[5:-1]) == labels
