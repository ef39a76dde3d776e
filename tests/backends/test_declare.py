"""Definitions declared on real databases: ``01-definitions.md`` §1.2, §1.3, §1.8."""

from __future__ import annotations

import datetime as dt
import decimal
import multiprocessing
from collections.abc import Callable
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError, DefinitionError, MissingTableError
from tests.backends.declaring import declare, refused, untouched


@pytest.mark.spec("D-011")
def test_words_of_sql_are_names(schema: dj.Schema) -> None:
    table = declare(
        schema, "Words", "select : int8\ngroup : int8\n---\nindex : int8\nunique : int8\nindex(index, unique)"
    )
    child = declare(schema, "Order", "-> Words\n---\nfrom=3 : int8", Words=table)
    row = {"select": 1, "group": 2, "index": 3, "unique": 4}
    table.insert1(row)
    child.insert1({"select": 1, "group": 2})
    assert (table & {"group": 2}).to_dicts() == [row]
    assert (table * child).to_dicts() == [{**row, "from": 3}]
    assert table().heading.indexes == {("index", "unique"): {"unique": False, "nullable": False}}


@pytest.mark.spec("D-017")
@pytest.mark.parametrize("null", ["null", "NULL", "Null"])
@pytest.mark.parametrize("type_text", ["int32", "varchar(9)", "datetime(3)", "json", "<blob>", "uuid"])
def test_nullable(schema: dj.Schema, null: str, type_text: str) -> None:
    table = declare(schema, "T", f"a : int8\n---\nx={null} : {type_text}")
    table.insert1({"a": 1})
    table.insert1({"a": 2, "x": None})
    schema.connection.forget()
    heading = table().heading
    assert (heading["x"].nullable, heading["x"].default, heading["a"].nullable) == (True, "null", False)
    assert table.to_dicts(order_by="a") == [{"a": 1, "x": None}, {"a": 2, "x": None}]


NOW = ["CURRENT_TIMESTAMP", "current_timestamp", "CURRENT_TIMESTAMP()", "CURRENT_TIMESTAMP(3)"]


@pytest.mark.spec("D-020")
@pytest.mark.parametrize("now", NOW)
@pytest.mark.parametrize("type_text", ["datetime", "datetime(3)", "datetime(6)"])
def test_time_of_insertion(schema: dj.Schema, now: str, type_text: str) -> None:
    table = declare(schema, "T", f"a : int8\nk={now} : {type_text}\n---\nx={now} : {type_text}")
    table.insert1({"a": 1})
    row = table.fetch1()
    utc = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    for name in ("k", "x"):
        assert dt.timedelta(seconds=-2) < utc - row[name] < dt.timedelta(seconds=60)
        assert type_text != "datetime" or row[name].microsecond == 0
    assert (table & {"k": row["k"]}).fetch1("x") == row["x"]
    schema.connection.forget()
    assert table().heading["x"].default.startswith("CURRENT_TIMESTAMP")
    assert table().drift() == []


def test_day_of_insertion(schema: dj.Schema) -> None:
    table = declare(schema, "T", "a : int8\n---\nx=CURRENT_TIMESTAMP : date")
    table.insert1({"a": 1})
    assert abs(table.fetch1("x") - dt.datetime.now(dt.timezone.utc).date()) <= dt.timedelta(days=1)
    schema.connection.forget()
    assert table().drift() == []


LITERALS: dict[str, tuple[str, Any]] = {
    "-3 : int8": ("-3", -3),
    "7 : int32": ("7", 7),
    "1.5 : float32": ("1.5", 1.5),
    "1.5 : float64": ("1.5", 1.5),
    "1e-3 : float64": ("0.001", 0.001),
    "1.5 : decimal(6,2)": ("1.50", decimal.Decimal("1.50")),
    "-0.5 : decimal(30,10)": ("-0.5000000000", decimal.Decimal("-0.5000000000")),
    "hello : varchar(9)": ('"hello"', "hello"),
    "hello : char(9)": ('"hello"', "hello"),
    "on : enum('on','off')": ('"on"', "on"),
    "2024-02-29 : date": ('"2024-02-29"', dt.date(2024, 2, 29)),
    "'2024-02-29 01:02:03' : datetime": ('"2024-02-29 01:02:03"', dt.datetime(2024, 2, 29, 1, 2, 3)),
    "1 : bool": ("1", True),
}


@pytest.mark.spec("D-022")
@pytest.mark.parametrize(("line", "found"), LITERALS.items(), ids=LITERALS)
def test_literal_defaults(schema: dj.Schema, line: str, found: tuple[str, Any]) -> None:
    table = declare(schema, "T", f"a : int8\n---\nx={line}")
    table.insert1({"a": 1})
    value = table.fetch1("x")
    assert (value, type(value)) == (found[1], type(found[1]))
    schema.connection.forget()
    assert table().heading["x"].default == found[0]
    assert table().drift() == []


@pytest.mark.spec("D-023")
@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("True", True), ("FALSE", False), ("1", True), ("0", False)]
)
def test_defaults_of_truth_values(schema: dj.Schema, word: str, value: bool) -> None:
    table = declare(schema, "T", f"a : int8\n---\nx={word} : bool")
    table.insert1({"a": 1})
    assert table.fetch1("x") is value


@pytest.mark.spec("D-029", "D-079")
@pytest.mark.parametrize("definition", ["", "# only one row", "---", "---\nx=5 : int32"])
def test_no_key_attribute_makes_a_singleton(schema: dj.Schema, definition: str) -> None:
    table = declare(schema, "Setting", definition)
    assert table().primary_key == []
    table.insert1({})
    with pytest.raises(dj.errors.DuplicateError):
        table.insert1({})
    assert len(table) == 1
    schema.connection.forget()
    stored = table().stored
    hidden = stored.by_name["_singleton"]
    assert (hidden.declared_type, hidden.default, hidden.comment) == ("bool", "1", "singleton primary key")
    assert stored.primary_key == ("_singleton",)
    assert stored.columns[-1] is hidden


@pytest.mark.spec("D-024", "D-026", "D-063")
@pytest.mark.parametrize(
    "line",
    ["x=abc : int32", "x=300 : int8", "x='' : json", "x=1 : bytes", "x=1 : <blob>", "x='c' : enum('a','b')"],
)
def test_bad_defaults_send_nothing(schema: dj.Schema, line: str) -> None:
    with schema.connection.statements() as sent:
        cls = type("Refused", (dj.Manual,), {"definition": f"a : int8\n---\n{line}"})
        with pytest.raises(DataJointError, match="line 3"):
            schema(cls)
    assert not [text for text in sent if text.lstrip().upper().startswith("CREATE")]
    assert untouched(schema, "refused")


@pytest.mark.spec("D-058", "D-063")
def test_index_on_unknown_attribute(schema: dj.Schema) -> None:
    message = refused(schema, "a : int8\n---\nlabel : enum('x','y')\nindex(nosuch)")
    assert "nosuch" in message
    assert "label" in message


@pytest.mark.spec("D-070")
def test_long_attribute_names(schema: dj.Schema, backend: str) -> None:
    limit = 64 if backend == "mysql" else 63
    table = declare(schema, "Fits", f"{'a' * limit} : int8")
    table.insert1({"a" * limit: 1})
    assert f"the limit is {limit}" in refused(schema, f"{'a' * (limit + 1)} : int8")


@pytest.mark.backends("mysql")
def test_long_comments(schema: dj.Schema) -> None:
    declare(schema, "Fits", f"# {'c' * 2048}\na : int8 # {'c' * (1024 - len(':int8:'))}")
    assert "comment too long" in refused(schema, f"a : int8 # {'c' * (1025 - len(':int8:'))}")
    assert "2048" in refused(schema, f"# {'c' * 2049}\na : int8")


def test_all_faults_are_told_at_once(schema: dj.Schema) -> None:
    message = refused(schema, "a : int8\n-> Nosuch\n---\nb : <nosuch>\nindex(c)")
    assert [f"line {n}" in message for n in (2, 4, 5)] == [True] * 3


@pytest.mark.spec("D-076")
def test_not_inside_a_transaction(schema: dj.Schema) -> None:
    class Late(dj.Manual):
        definition = "a : int8"

    with schema.connection.transaction, pytest.raises(DataJointError, match="transaction"):
        schema(Late)
    assert untouched(schema, "late")
    schema(Late)
    assert Late.is_declared


def test_declare_creates_a_table_that_was_dropped(schema: dj.Schema) -> None:
    parent = declare(schema, "Parent", "a : int8")
    child = declare(schema, "Child", "-> Parent", Parent=parent)
    schema.connection.drop_tables([child().name])
    assert child.is_declared is False
    child.declare()
    assert child.is_declared is True
    child.declare()
    with schema.connection.transaction, pytest.raises(DataJointError, match="transaction"):
        schema.connection.drop_tables([child().name])


def test_unbound_class(schema: dj.Schema) -> None:
    class Lonely(dj.Manual):
        definition = "a : int8"

    for use in (lambda: Lonely().heading, lambda: Lonely().full_table_name, lambda: Lonely.declare()):
        with pytest.raises(DataJointError, match="Lonely"):
            use()
    assert Lonely.full_table_name is None
    schema(Lonely)
    assert Lonely.full_table_name == Lonely().full_table_name
    assert schema.database in Lonely.full_table_name


def test_class_without_definition(schema: dj.Schema) -> None:
    class Empty(dj.Manual):
        pass

    with pytest.raises(NotImplementedError):
        schema(Empty)
    assert untouched(schema, "empty")


@pytest.mark.parametrize("what", [5, int, dj.Table, dj.Manual])
def test_what_is_no_table_cannot_be_declared(schema: dj.Schema, what: Any) -> None:
    with pytest.raises(DataJointError):
        schema(what)


def test_definition_is_added_to_the_docstring(schema: dj.Schema) -> None:
    @schema
    class Station(dj.Manual):
        """Where we listen."""

        definition = "station : int32"

    assert Station.__doc__ == "Where we listen.\n\nstation : int32"


def test_difference_between_class_and_table_is_logged(
    schema: dj.Schema, caplog: pytest.LogCaptureFixture
) -> None:
    declare(schema, "T", "a : int8\n---\nx : int32")
    assert caplog.text == ""
    declare(schema, "T", "a : int8\n---\nx : int64")
    assert "differs" in caplog.text
    assert "int64" in caplog.text


def test_declaring_takes_few_statements(schema: dj.Schema, backend: str) -> None:
    parent = declare(schema, "Parent", "name : varchar(12)")
    with schema.connection.statements() as sent:
        declare(schema, "Child", "-> Parent\n---\nkind : enum('a','b')\n# c\nindex(kind)", Parent=parent)
    assert len(sent) <= {"mysql": 5, "postgresql": 5, "sqlite": 10}[backend], sent


def test_declaring_what_is_there_asks_nothing(schema: dj.Schema) -> None:
    parent = declare(schema, "Parent", "name : varchar(12)")
    declare(schema, "Child", "-> Parent", Parent=parent)
    with schema.connection.statements() as sent:
        declare(schema, "Parent", "name : varchar(12)")
        declare(schema, "Child", "-> Parent", Parent=parent)
    assert sent == []


def declare_classes(settings: dict[str, Any], name: str, start: Any, faults: Any) -> None:
    """Work of one of several processes that import the same module."""
    start.wait()
    try:
        with dj.Connection(**settings) as connection:
            schema = dj.Schema(name, connection=connection)
            kind = declare(schema, "Kind", "kind : varchar(9)\n---\nform : enum('a','b')", dj.Lookup)
            site = declare(schema, "Site", "site : int32\n---\n-> Kind\nindex(site, kind)", Kind=kind)
            declare(schema, "Result", "-> Site", dj.Computed, Site=site)
    except BaseException as error:
        faults.put(repr(error))
        raise


@pytest.mark.spec("R-018")
def test_processes_declare_classes_at_once(
    connection: dj.Connection, connection_settings: dict[str, Any], schema_name: Callable[[], str]
) -> None:
    context = multiprocessing.get_context("fork")
    for _ in range(3):
        name = schema_name()
        start, faults = context.Barrier(4), context.Queue()
        work = [
            context.Process(target=declare_classes, args=(connection_settings, name, start, faults))
            for _ in range(4)
        ]
        for process in work:
            process.start()
        for process in work:
            process.join(60)
        assert faults.empty(), faults.get()
        schema = dj.Schema(name, connection=connection)
        assert schema.list_tables() == ["#kind", "site", "__result"]
        assert len(schema.lineage) == 4
        with pytest.raises(MissingTableError):
            schema["nosuch"]


def test_faults_of_text_and_of_names_are_told_at_once(schema: dj.Schema) -> None:
    class Broken(dj.Manual):
        definition = """
        -> Nowhere
        a : flaot64
        b : int32
        b : int32
        ---
        c : <nosuch>
        d = abc : int16
        index(a)
        """

    with pytest.raises(DefinitionError) as caught:
        schema(Broken)
    assert [problem.line for problem in caught.value.problems] == [2, 3, 5, 7, 8]
    assert schema.list_tables() == []
