"""Literals and the types they are defaults of."""

from __future__ import annotations

import pytest

from datajoint_nb.definition.defaults import literal_problem, normal_default
from datajoint_nb.model.definition import NULL, Default
from datajoint_nb.model.types import parse_type

VALID = [
    ("int8", "-128 127 +5 0"),
    ("int64", "-9223372036854775808 9223372036854775807"),
    ("tinyint unsigned", "0 255"),
    ("bigint unsigned", "18446744073709551615"),
    ("float32", "1 -1.5 .5 1. 1e-3 3.4e38"),
    ("float64", "1e308 -0"),
    ("double unsigned", "0 1.5"),
    ("decimal(5,2)", "123.45 -999.99 1.500 0.00 1e2 12.5e-1 0e9"),
    ("decimal(2,2)", "0.99 .5"),
    ("numeric", "123456789.123456789"),
    ("bool", "true FALSE 1 0"),
    ("char(3)", "abc a µ✓é"),
    ("varchar(4)", "null 1234"),
    ("enum('a','B','it''s')", "a B it's"),
    ("date", "1000-01-01 2024-02-29 9999-12-31"),
    ("datetime", "2024-02-29 2024-02-29T23:59 2024-02-29T23:59:59"),
    ("datetime(3)", "2024-02-29T23:59:59.123 2024-02-29T23:59:59.123000"),
    ("timestamp", "2024-02-29T00:00:00"),
    ("uuid", "12345678-1234-5678-1234-567812345678 12345678123456781234567812345678"),
    ("time", "10:30 -10:30:05 838:59:59"),
    ("year", "1901 2155 0000"),
    ("text", "anything"),
]
INVALID = [
    ("int8", "-129 128 1.0 1e3 abc 0x1 ١"),
    ("int64", "9223372036854775808"),
    ("tinyint unsigned", "-1 256"),
    ("float32", "abc nan inf 1e39 1,5"),
    ("float64", "1e309"),
    ("double unsigned", "-1"),
    ("decimal(5,2)", "1234 1.234 abc 1e3 nan"),
    ("decimal(2,2)", "1"),
    ("bool", "2 yes t"),
    ("char(3)", "abcd"),
    ("varchar(4)", "12345"),
    ("enum('a','B')", "b A 1 x"),
    ("date", "2023-02-29 24-02-03 0999-01-01 2024-2-3 today 2024-02-03T00:00"),
    ("datetime", "now 2024-02-30 2024-02-03T25:00 2024-02-03T10:00:00.5 2024-02-03T10:00Z 2024-02-03T"),
    ("datetime(3)", "2024-02-03T10:00:00.1234"),
    ("uuid", "1234 xyz"),
    ("time", "10 10:60"),
    ("year", "1900 24"),
]


def rows(table: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(type_, text) for type_, texts in table for text in texts.split()]


@pytest.mark.parametrize(
    ("type_", "text"), [*rows(VALID), ("datetime", "2024-02-29 23:59:59"), ("varchar(1)", "")]
)
def test_valid_literals(type_: str, text: str):
    assert literal_problem(parse_type(type_), Default("literal", text)) is None


@pytest.mark.parametrize(("type_", "text"), [*rows(INVALID), ("int32", ""), ("date", ""), ("uuid", "")])
def test_invalid_literals(type_: str, text: str):
    problem = literal_problem(parse_type(type_), Default("literal", text))
    assert problem is not None
    assert type_ in problem or f"`{text}`" in problem


@pytest.mark.parametrize("type_", ["<blob>", "bytes", "json", "longblob", "jsonb"])
def test_blobs_take_null_only(type_: str):
    spec = parse_type(type_)
    assert literal_problem(spec, NULL) is None
    assert literal_problem(spec, Default("literal", "1")) is not None
    assert literal_problem(spec, Default("now")) is not None


@pytest.mark.parametrize(
    ("type_", "valid"),
    [
        ("datetime", True),
        ("datetime(6)", True),
        ("date", True),
        ("timestamp(3)", True),
        ("timestamptz", True),
        ("time", False),
        ("varchar(30)", False),
        ("int32", False),
        ("<blob>", False),
    ],
)
def test_current_timestamp_is_for_moments(type_: str, valid: bool):
    assert (literal_problem(parse_type(type_), Default("now")) is None) is valid


@pytest.mark.parametrize("type_", ["int auto_increment", "serial"])
def test_numbered_attributes_take_no_default(type_: str):
    assert literal_problem(parse_type(type_), Default("literal", "1")) is not None


def test_the_nearest_label_is_named():
    problem = literal_problem(parse_type("enum('woodland','urban')"), Default("literal", "wodland"))
    assert "did you mean `woodland`?" in str(problem)


@pytest.mark.parametrize(
    ("type_", "text", "normal"),
    [
        ("int32", "+007", "7"),
        ("float32", "1", "1.0"),
        ("float64", "-0", "0.0"),
        ("decimal(5,2)", "1.5", "1.50"),
        ("decimal(5,2)", "-0", "0.00"),
        ("decimal(30,10)", "12345678901234567890.123", "12345678901234567890.1230000000"),
        ("numeric(5)", "7", "7"),
        ("bool", "TRUE", "1"),
        ("datetime", "2024-01-02T03:04", "2024-01-02 03:04:00"),
        ("datetime(3)", "2024-01-02", "2024-01-02 00:00:00.000"),
        ("uuid", "12345678123456781234567812345678", "12345678-1234-5678-1234-567812345678"),
        ("varchar(9)", "007", "007"),
        ("int32", "abc", "abc"),
    ],
)
def test_equal_values_share_a_spelling(type_: str, text: str, normal: str):
    assert normal_default(parse_type(type_), Default("literal", text)) == Default("literal", normal)


@pytest.mark.parametrize("default", [None, NULL])
def test_other_defaults_stay(default: Default | None):
    assert normal_default(parse_type("datetime"), default) == default


@pytest.mark.parametrize(
    ("type_", "digits"), [("datetime", None), ("datetime(0)", None), ("datetime(3)", 3), ("timestamp", 6)]
)
def test_the_current_time_has_the_digits_of_its_type(type_: str, digits: int | None):
    assert normal_default(parse_type(type_), Default("now", precision=6)) == Default("now", precision=digits)
