"""Which values types take and give back on real databases: ``02-types.md`` §5."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError, MissingAttributeError
from tests.backends.declaring import declare, sql_name

D = decimal.Decimal
UUID = uuid.UUID("12345678-1234-5678-1234-567812345678")
MOMENT = dt.datetime(2024, 5, 1, 10, 11, 12)
ZONE = dt.timezone(dt.timedelta(hours=2))


def keep(schema: dj.Schema, type_text: str, value: Any, default: str = "") -> Any:
    """What a value is fetched as."""
    table = declare(schema, "T", f"a : int32\n---\nx{default} : {type_text}")
    table.insert1({"a": 1, "x": value})
    return table.fetch1("x")


def same(found: Any, expected: Any) -> bool:
    return type(found) is type(expected) and (found == expected or (found != found and expected != expected))


BOUNDS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}


@pytest.mark.spec("T-014")
@pytest.mark.parametrize("type_text", BOUNDS)
def test_bounds_of_integers(schema: dj.Schema, type_text: str) -> None:
    most = 2 ** (BOUNDS[type_text] - 1)
    table = declare(schema, "T", f"a : {type_text}")
    table.insert([{"a": -most}, {"a": most - 1}])
    assert table.to_dicts(order_by="a") == [{"a": -most}, {"a": most - 1}]
    for value in (-most - 1, most):
        with (
            schema.connection.statements() as sent,
            pytest.raises(DataJointError, match=f"`a` of type {type_text}"),
        ):
            table.insert1({"a": value})
        assert sent == []
    schema.connection.forget()
    with pytest.raises(DataJointError, match="out of range"):
        declare(schema, "T", f"a : {type_text}").insert1({"a": most})


TAKEN: list[tuple[str, Any, Any]] = [
    ("int32", 1.0, 1),
    ("int32", np.float64(2.0), 2),
    ("int32", np.int8(-3), -3),
    ("int32", True, 1),
    ("int32", D("4.0"), 4),
    ("int32", "7", 7),
    ("int64", 9007199254740993, 9007199254740993),
    ("float64", "1.5", 1.5),
    ("float64", 0.1, 0.1),
    ("float64", 1e300, 1e300),
    ("float64", True, 1.0),
    ("float32", 0.5, 0.5),
    ("decimal(6,2)", 1.235, D("1.24")),
    ("decimal(6,2)", "1.235", D("1.24")),
    ("decimal(6,2)", D("-1.235"), D("-1.24")),
    ("decimal(6,2)", 5, D("5.00")),
    ("decimal(30,10)", "12345678901234567890.0123456789", D("12345678901234567890.0123456789")),
    ("decimal(30,10)", "-0.0000000001", D("-0.0000000001")),
    ("bool", True, True),
    ("bool", False, False),
    ("bool", np.True_, True),
    ("bool", 0, False),
    ("bool", 1, True),
    ("bool", 1.0, True),
    ("bool", "true", True),
    ("bool", "0", False),
    ("varchar(3)", "µ✓😀", "µ✓😀"),
    ("char(3)", "µ✓😀", "µ✓😀"),
    ("varchar(6)", " a\\n% ", " a\\n% "),
    ("varchar(9)", 12, "12"),
    ("varchar(9)", "", ""),
    ("char(5)", "abc", "abc"),
    ("char(5)", "abc  ", "abc"),
    ("char(5)", "abc      ", "abc"),
    ("enum('on','it''s, \"a:b\"')", 'it\'s, "a:b"', 'it\'s, "a:b"'),
    ("date", dt.date(2024, 5, 1), dt.date(2024, 5, 1)),
    ("date", MOMENT, dt.date(2024, 5, 1)),
    ("date", np.datetime64("2024-05-01T10:11"), dt.date(2024, 5, 1)),
    ("date", pd.Timestamp("2024-05-01 10:11"), dt.date(2024, 5, 1)),
    ("date", "2024-05-01", dt.date(2024, 5, 1)),
    ("date", "1000-01-01", dt.date(1000, 1, 1)),
    ("date", "9999-12-31", dt.date(9999, 12, 31)),
    ("datetime", "2024-05-01T10:11:12", MOMENT),
    ("datetime", "2024-05-01 10:11:12", MOMENT),
    ("datetime", np.datetime64("2024-05-01T10:11:12"), MOMENT),
    ("datetime", dt.date(2024, 5, 1), dt.datetime(2024, 5, 1)),
    ("datetime", MOMENT.replace(hour=12, tzinfo=ZONE), MOMENT),
    ("datetime(3)", MOMENT.replace(tzinfo=dt.timezone.utc), MOMENT),
    ("datetime", pd.Timestamp("2024-05-01 12:11:12", tz=ZONE), MOMENT),
    ("datetime", "2024-05-01T12:11:12+02:00", MOMENT),
    ("datetime", MOMENT.replace(microsecond=999999), MOMENT),
    ("datetime", pd.Timestamp("2024-05-01 10:11:12.999999999"), MOMENT),
    ("datetime", "2024-05-01 10:11:12.9", MOMENT),
    ("datetime(3)", MOMENT.replace(microsecond=123999), MOMENT.replace(microsecond=123000)),
    ("datetime(6)", MOMENT.replace(microsecond=123456), MOMENT.replace(microsecond=123456)),
    ("datetime(6)", MOMENT, MOMENT),
    ("uuid", UUID, UUID),
    ("uuid", str(UUID), UUID),
    ("uuid", UUID.hex.upper(), UUID),
    ("uuid", UUID.urn, UUID),
    ("uuid", UUID.bytes, UUID),
    ("bytes", b"\x00\xff'\\%", b"\x00\xff'\\%"),
    ("bytes", b"", b""),
    ("bytes", bytearray(b"ab"), b"ab"),
    ("bytes", memoryview(b"abcd")[1:3], b"bc"),
    ("json", {"a": [1, None, {"b": None}], "µ": "✓"}, {"a": [1, None, {"b": None}], "µ": "✓"}),
    ("json", [1, "x"], [1, "x"]),
    ("json", "text", "text"),
    ("json", "{", "{"),
    ("json", 5, 5),
    ("json", 1.5, 1.5),
    ("json", True, True),
    ("json", (1, (2,)), [1, [2]]),
    ("json", {"n": np.int64(3)}, {"n": 3}),
    ("json", {}, {}),
]


@pytest.mark.spec(
    "T-015",
    "T-016",
    "T-021",
    "T-022",
    "T-023",
    "T-024",
    "T-026",
    "T-027",
    "T-029",
    "T-031",
    "T-032",
    "T-033",
    "T-034",
    "T-037",
    "T-039",
    "T-040",
)
@pytest.mark.parametrize(("type_text", "given", "expected"), TAKEN)
def test_values_taken(schema: dj.Schema, type_text: str, given: Any, expected: Any) -> None:
    found = keep(schema, type_text, given, "=null" if type_text in ("json", "bytes") else "")
    assert same(found, expected), found


REFUSED: list[tuple[str, Any]] = [
    ("int32", 1.5),
    ("int32", D("1.5")),
    ("int32", "x"),
    ("int32", "1.5"),
    ("int32", math.inf),
    ("int32", [1]),
    ("float64", "x"),
    ("float64", 1j),
    ("float64", [1.0]),
    ("float32", 1e39),
    ("decimal(6,2)", 10000),
    ("decimal(6,2)", "9999.995"),
    ("decimal(6,2)", "x"),
    ("bool", 2),
    ("bool", -1),
    ("bool", "yes"),
    ("bool", 0.5),
    ("varchar(3)", "abcd"),
    ("varchar(3)", "abc "),
    ("char(3)", "abcd"),
    ("varchar(9)", b"abc"),
    ("varchar(9)", True),
    ("enum('on','off')", "ON"),
    ("enum('on','off')", 1),
    ("enum('on','off')", "on "),
    ("enum('on','off')", ""),
    ("date", "2024-02-30"),
    ("datetime", "2024-02-30"),
    ("datetime", "2024-02-30 10:00"),
    ("date", "24-05-01"),
    ("date", ""),
    ("date", 20240501),
    ("datetime", "now"),
    ("datetime", 5),
    ("datetime", ""),
    ("uuid", "12345678"),
    ("uuid", b"short"),
    ("uuid", 5),
    ("json", math.nan),
    ("json", {"a": [math.nan]}),
    ("json", math.inf),
    ("json", b"x"),
    ("json", MOMENT),
    ("json", {1: 2}),
    ("bytes", "x"),
    ("bytes", np.zeros(2)),
    ("bytes", 5),
]


@pytest.mark.spec("T-015", "T-016", "T-024", "T-025", "T-028", "T-030", "T-036", "T-038", "T-039")
@pytest.mark.parametrize(("type_text", "value"), REFUSED)
def test_values_refused(schema: dj.Schema, type_text: str, value: Any) -> None:
    table = declare(schema, "T", f"a : int32\n---\nx : {type_text}")
    len(table)
    with schema.connection.statements() as sent, pytest.raises(DataJointError) as caught:
        table.insert([{"a": 1, "x": value}])
    assert sent == []
    message = str(caught.value)
    assert "`x`" in message
    assert (isinstance(value, float) and math.isnan(value)) or type_text in message
    if type_text == "bytes":
        assert "<blob>" in message
    assert len(table) == 0


# -- missing values ------------------------------------------------------------------------

MISSING = [None, math.nan, np.float64("nan"), pd.NA, pd.NaT, np.datetime64("NaT")]
KINDS = ["int32", "float32", "float64", "bool", "decimal(6,2)", "decimal(30,10)", "varchar(9)", "char(4)",
         "enum('a','b')", "date", "datetime(3)", "uuid", "json", "bytes", "<blob>"]  # fmt: skip


@pytest.mark.spec("T-017", "T-041")
@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_missing_in_nullable(schema: dj.Schema, value: Any) -> None:
    kinds = [k for k in KINDS if k != "<blob>"]
    lines = "\n".join(f"x{n}=null : {kind}" for n, kind in enumerate(kinds))
    table = declare(schema, "T", f"a : int32\n---\n{lines}")
    table.insert1({"a": 1, **{f"x{n}": value for n in range(len(kinds))}})
    assert table.fetch1() == {"a": 1, **{f"x{n}": None for n in range(len(kinds))}}


@pytest.mark.spec("T-018", "T-041")
@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_missing_in_required(schema: dj.Schema, value: Any) -> None:
    table = declare(schema, "T", "a : int32\n---\nx : int32")
    with pytest.raises(MissingAttributeError, match="`x`"):
        table.insert1({"a": 1, "x": value})


DEFAULTS = {
    "int32": ("5", 5),
    "float64": ("1.5", 1.5),
    "bool": ("true", True),
    "decimal(6,2)": ("1.5", D("1.50")),
}


@pytest.mark.spec("T-019", "T-020")
@pytest.mark.parametrize("type_text", DEFAULTS)
@pytest.mark.parametrize("value", [None, math.nan, ""], ids=repr)
def test_missing_with_default(schema: dj.Schema, type_text: str, value: Any) -> None:
    written, expected = DEFAULTS[type_text]
    assert same(keep(schema, type_text, value, f"={written}"), expected)


@pytest.mark.spec("T-019")
def test_none_of_a_text_is_its_default(schema: dj.Schema) -> None:
    assert keep(schema, "varchar(9)", None, "='hello'") == "hello"


def test_nan_is_no_default_of_a_text(schema: dj.Schema) -> None:
    with pytest.raises(DataJointError, match="NaN"):
        keep(schema, "varchar(9)", math.nan, "='hello'")


@pytest.mark.spec("T-020")
@pytest.mark.parametrize("type_text", DEFAULTS)
def test_empty_text_is_no_number(schema: dj.Schema, type_text: str) -> None:
    assert keep(schema, type_text, "", "=null") is None
    other = declare(schema, "Required", f"a : int32\n---\nx : {type_text}")
    with pytest.raises(MissingAttributeError):
        other.insert1({"a": 1, "x": ""})


@pytest.mark.spec("T-042")
@pytest.mark.parametrize("value", [math.inf, -math.inf])
@pytest.mark.parametrize("type_text", ["float64", "float32"])
def test_infinity(schema: dj.Schema, backend: str, value: float, type_text: str) -> None:
    if backend == "mysql":
        with pytest.raises(DataJointError, match="`x`"):
            keep(schema, type_text, value)
    else:
        assert keep(schema, type_text, value) == value


@pytest.mark.spec("T-043")
def test_none_is_not_encoded(schema: dj.Schema, tmp_path: Any) -> None:
    (tmp_path / "cold").mkdir()
    store = {"protocol": "file", "location": str(tmp_path / "cold")}
    schema.connection.config["stores"] = {"default": "cold", "cold": store}
    table = declare(
        schema, "T", "a : int32\n---\nx=null : <blob>\ny=null : <blob@>\nz=null : <attach>\nw=null : <hash@>"
    )
    table.insert([{"a": 1, "x": None, "y": None, "z": None, "w": None}, {"a": 2}])
    assert table.to_dicts(order_by="a") == [{"a": a, **dict.fromkeys("xyzw")} for a in (1, 2)]
    nulls = "x IS NULL AND y IS NULL AND z IS NULL AND w IS NULL"
    found = schema.connection.query(f"SELECT COUNT(*) FROM {sql_name(table)} WHERE {nulls}")
    assert found.fetchone() == (2,)
    assert list((tmp_path / "cold").rglob("*")) == []


@pytest.mark.spec("T-045")
@pytest.mark.parametrize(
    ("type_text", "dtype"),
    [("int8", np.int64), ("int64", np.int64), ("float32", np.float64), ("float64", np.float64)],
)
def test_dtypes_of_arrays(schema: dj.Schema, type_text: str, dtype: Any) -> None:
    table = declare(schema, "T", f"a : int32\n---\nx=null : {type_text}")
    table.insert([{"a": 1, "x": 2}, {"a": 2, "x": 3}])
    assert table.to_arrays("x").dtype == dtype
    table.insert1({"a": 3})
    assert table.to_arrays("x").dtype == object


@pytest.mark.spec("T-022")
def test_order_of_wide_decimals(schema: dj.Schema) -> None:
    values = [D("-10.5"), D("-9"), D("0.0000000001"), D("2"), D("10"), D("12345678901234567890.0000000001")]
    table = declare(schema, "T", "a : decimal(30,10)")
    table.insert({"a": value} for value in reversed(values))
    assert [row["a"] for row in table.to_dicts(order_by="a")] == values
    assert (table & {"a": D("2.00")}).fetch1("a") == 2
    assert len(table & "a > 9") == 2


def test_key_of_each_type_is_found_again(schema: dj.Schema) -> None:
    keys: dict[str, Any] = {
        "int64": 2**62, "float64": 0.1, "decimal(8,3)": D("1.1"), "decimal(30,10)": D("1.1"), "bool": True,
        "char(5)": "ab", "varchar(9)": "Ab ", "enum('a','b')": "b", "date": dt.date(2024, 5, 1),
        "datetime(6)": MOMENT.replace(microsecond=10), "datetime": MOMENT, "uuid": UUID,
    }  # fmt: skip
    lines = "\n".join(f"x{n} : {kind}" for n, kind in enumerate(keys))
    table = declare(schema, "T", lines)
    row = {f"x{n}": value for n, value in enumerate(keys.values())}
    table.insert1(row)
    assert (table & row).fetch1() == row
    for name, value in row.items():
        assert len(table & {name: value}) == 1, name
