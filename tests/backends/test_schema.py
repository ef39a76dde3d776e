"""Schemas, virtual modules and origins on real databases: ``01-definitions.md`` §7, §8."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.connection import default
from datajoint_nb.errors import DataJointError, MissingTableError
from datajoint_nb.model.names import TableName
from tests.backends.declaring import declare

NewName = Callable[[], str]


@pytest.fixture
def default_connection(connection: dj.Connection, monkeypatch: pytest.MonkeyPatch) -> dj.Connection:
    """The test's connection as that of ``dj.conn()``."""
    monkeypatch.setattr(default._default, "connection", connection)
    return connection


def make_bats(schema: dj.Schema) -> Any:
    """Tables of every tier, with parts, foreign keys of every kind and texts of every sort."""

    @schema
    class Kind(dj.Lookup):
        definition = """
        # kinds of bats, 100% "sure" \\ it's µ✓
        kind : varchar(12) # \"\"\"quoted\"\"\" text \\n
        """

    @schema
    class Station(dj.Manual):
        definition = """
        station : int32
        opened=CURRENT_TIMESTAMP : datetime(3)
        ---
        town='say "hi"' : varchar(40)
        habitat='wood' : enum('wood','it''s') # a:b
        pic=null : <blob@cold>
        unique index(town)
        index(habitat, town)
        """

        class Recorder(dj.Part):
            definition = """
            -> master
            recorder : uuid
            ---
            -> [nullable, unique] Kind.proj(spare='kind')
            """

    @schema
    class Recording(dj.Imported):
        definition = """
        -> Station.Recorder
        ---
        size : int64
        """

        class Channel(dj.Part):
            definition = """
            -> master
            -> Kind
            """

    @schema
    class Setting(dj.Manual):
        definition = """
        ---
        gain=1.5 : decimal(5,2)
        """

    @schema
    class Call(dj.Computed):
        definition = "-> Recording"

    return Kind, Station, Recording, Setting, Call


def stored(schema: dj.Schema) -> dict[str, Any]:
    """The tables as the database has them, indexes in the order of their columns."""
    schema.connection.forget()
    tables = schema.connection.catalogue.schema(str(schema.database))
    return {
        n: replace(t, indexes=tuple(sorted(t.indexes, key=lambda i: i.columns))) for n, t in tables.items()
    }


# -- activation ----------------------------------------------------------------------------


@pytest.mark.spec("D-117")
def test_deferred_classes(connection: dj.Connection, schema_name: NewName) -> None:
    schema = dj.Schema(connection=connection)
    parent = declare(schema, "Parent", "a : int8")
    child = declare(schema, "Child", "-> Parent", Parent=parent)
    assert not schema.is_activated()
    schema.activate(schema_name())
    assert schema.is_activated()
    assert schema.list_tables() == ["parent", "child"]
    assert (parent.is_declared, child.is_declared) == (True, True)


def test_objects_are_for_deferred_classes_too(schema: dj.Schema, schema_name: NewName) -> None:
    parent = declare(schema, "Parent", "a : int8")
    later = dj.Schema(connection=schema.connection)
    early = declare(later, "Early", "-> Given")
    later.activate(schema_name(), add_objects={"Given": parent})
    late = declare(later, "Late", "-> Given")
    assert early().primary_key == late().primary_key == ["a"]


@pytest.mark.spec("D-118")
def test_activating_again(schema: dj.Schema, schema_name: NewName) -> None:
    schema.activate(str(schema.database))
    schema.activate()
    with pytest.raises(DataJointError, match=str(schema.database)):
        schema.activate(schema_name())
    with pytest.raises(DataJointError):
        dj.Schema(connection=schema.connection).activate()


@pytest.mark.spec("D-119")
def test_absent_schema(connection: dj.Connection, schema_name: NewName) -> None:
    name = schema_name()
    for create in (
        lambda: dj.Schema(name, connection=connection, create_schema=False),
        lambda: dj.Schema(connection=connection).activate(name, create_schema=False),
        lambda: dj.VirtualModule("vm", name, connection=connection),
    ):
        with pytest.raises(DataJointError, match=name):
            create()
    assert name not in connection.list_schemas()


@pytest.mark.spec("D-120")
@pytest.mark.parametrize("by_setting", [False, True])
def test_tables_are_not_created(schema: dj.Schema, by_setting: bool) -> None:
    schema.connection.config["database.create_tables"] = not by_setting
    reader = dj.Schema(
        schema.database, connection=schema.connection, create_tables=None if by_setting else False
    )
    table = declare(reader, "T", "a : int8")
    assert table.is_declared is False
    assert schema.list_tables() == []
    with pytest.raises(MissingTableError):
        table.to_dicts()
    writer = dj.Schema(schema.database, connection=schema.connection, create_tables=True)
    declare(writer, "T", "a : int8")
    assert table.is_declared is True
    assert table.to_dicts() == []


MEMBERS: dict[str, Callable[[dj.Schema], Any]] = {
    "connection": lambda s: s.connection,
    "exists": lambda s: s.exists,
    "list_tables": lambda s: s.list_tables(),
    "get_table": lambda s: s.get_table("T"),
    "item": lambda s: s["T"],
    "in": lambda s: "T" in s,
    "iter": lambda s: list(s),
    "make_classes": lambda s: s.make_classes(into={}),
    "lineage": lambda s: s.lineage,
    "lineage_table_exists": lambda s: s.lineage_table_exists,
    "rebuild_lineage": lambda s: s.rebuild_lineage(),
    "size_on_disk": lambda s: s.size_on_disk,
    "code": lambda s: s.code,
    "save": lambda s: s.save(),
    "drop": lambda s: s.drop(prompt=False),
}


@pytest.mark.spec("D-121")
@pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)
def test_members_before_activation(connection: dj.Connection, member: Callable[[dj.Schema], Any]) -> None:
    with pytest.raises(DataJointError, match="activate"):
        member(dj.Schema(connection=connection))


@pytest.mark.parametrize("name", ["a.b", "a%b", "a`b", 'a"b', "a b", "", "x" * 70])
def test_names_of_schemas(connection: dj.Connection, name: str) -> None:
    with pytest.raises(DataJointError):
        dj.Schema(name, connection=connection)


@pytest.mark.parametrize("ending", ["_UPPER", "-dash", "_1"])
def test_names_of_schemas_are_quoted(connection: dj.Connection, schema_name: NewName, ending: str) -> None:
    schema = dj.Schema(schema_name() + ending, connection=connection)
    parent = declare(schema, "Parent", "a : int8\n---\nlabel='x' : enum('x','y')\nindex(label)")
    child = declare(schema, "Child", "-> Parent", Parent=parent)
    parent.insert1({"a": 1})
    child.insert1({"a": 1})
    assert (parent * child).to_dicts() == [{"a": 1, "label": "x"}]
    assert sorted(stored(schema)) == ["child", "parent"]
    schema.drop(prompt=False)
    assert not schema.exists


# -- looking in ----------------------------------------------------------------------------


@pytest.mark.spec("D-122", "D-123")
def test_names_of_tables(schema: dj.Schema) -> None:
    make_bats(schema)
    spellings = {
        "#kind": ["Kind", "kind", "#kind"],
        "station": ["Station", "station"],
        "_recording": ["Recording", "recording", "_recording"],
        "__call": ["Call", "call", "__call"],
        "station__recorder": ["Station.Recorder", "station__recorder"],
        "_recording__channel": ["Recording.Channel", "recording__channel", "_recording__channel"],
    }
    for table, names in spellings.items():
        for name in names:
            assert name in schema
            assert schema[name].name == schema.get_table(name).name == TableName(str(schema.database), table)
    for name in ("Nosuch", "", "station.recorder", "Station.Nosuch", "#station", "~lineage"):
        assert name not in schema
        with pytest.raises(DataJointError):
            schema[name]


@pytest.mark.spec("D-124")
def test_order_of_tables(schema: dj.Schema) -> None:
    make_bats(schema)
    schema.connection.forget()
    names = [table.table_name for table in schema]
    assert names == schema.list_tables()
    assert set(names) == {
        "#kind", "station", "station__recorder", "_recording", "_recording__channel", "setting", "__call",
    }  # fmt: skip
    for name in names:
        for key in schema[name].stored.foreign_keys:
            assert names.index(key.parent.table) < names.index(name)


@pytest.mark.spec("D-125")
def test_classes_of_tables(schema: dj.Schema, connection_settings: dict[str, Any]) -> None:
    make_bats(schema)
    with dj.Connection(**connection_settings) as other:
        found: dict[str, Any] = {"Setting": 5}
        again = dj.Schema(schema.database, connection=other)
        again.make_classes(into=found)
        tiers = {name: cls.__mro__[1] for name, cls in found.items() if name != "Setting"}
        assert tiers == {
            "Kind": dj.Lookup,
            "Station": dj.Manual,
            "Recording": dj.Imported,
            "Call": dj.Computed,
        }
        assert found["Setting"] == 5
        recorder = found["Station"].Recorder
        assert issubclass(recorder, dj.Part)
        assert recorder.master is found["Station"]
        assert issubclass(found["Recording"].Channel, dj.Part)
        found["Kind"].insert1({"kind": "noctule"})
        assert found["Kind"].to_dicts() == [{"kind": "noctule"}]
        assert found["Station"]().definition == found["Station"].describe({})


def test_classes_for_the_caller(schema: dj.Schema) -> None:
    declare(schema, "Station", "a : int8")
    context: dict[str, Any] = {}
    again = dj.Schema(schema.database, context, connection=schema.connection)
    again.make_classes()
    assert context["Station"]().primary_key == ["a"]


def test_orphan_part(schema: dj.Schema) -> None:
    declare(schema, "Station", "a : int8")
    full = schema.connection.dialect.table(TableName(str(schema.database), "nosuch__part"))
    schema.connection.query(f"CREATE TABLE {full} (a INTEGER NOT NULL PRIMARY KEY)")
    schema.connection.forget()
    with pytest.raises(DataJointError, match="nosuch__part"):
        dj.Schema(schema.database, connection=schema.connection).make_classes(into={})


def test_clash_of_class_names(schema: dj.Schema, caplog: pytest.LogCaptureFixture) -> None:
    declare(schema, "Kind", "a : int8")
    declare(schema, "Kind", "a : int8", dj.Lookup)
    found: dict[str, Any] = {}
    dj.Schema(schema.database, connection=schema.connection).make_classes(into=found)
    assert list(found) == ["Kind"]
    assert "kind" in caplog.text


@pytest.mark.spec("D-126")
def test_virtual_modules(schema: dj.Schema) -> None:
    make_bats(schema)
    connection = schema.connection
    module = dj.VirtualModule(
        "bats", str(schema.database), connection=connection, add_objects={"unit": "kHz"}
    )
    assert (module.__name__, module.unit, module.schema.database) == ("bats", "kHz", schema.database)
    assert module.Station.Recorder.master is module.Station
    again = dj.virtual_schema(str(schema.database), connection=connection)
    assert again.__name__ == schema.database
    assert again.Kind.to_dicts() == []


def test_virtual_modules_declare_nothing(schema: dj.Schema) -> None:
    module = dj.virtual_schema(str(schema.database), connection=schema.connection)
    with pytest.raises(DataJointError, match="create_tables"):
        declare(module.schema, "T", "a : int8")
    assert schema.list_tables() == []
    willing = dj.virtual_schema(str(schema.database), connection=schema.connection, create_tables=True)
    assert declare(willing.schema, "T", "a : int8").is_declared


def test_free_tables(schema: dj.Schema) -> None:
    declare(schema, "Kind", "a : int8", dj.Lookup).insert1({"a": 1})
    for text in ("{}.#kind", "`{}`.`#kind`", '"{}"."#kind"'):
        assert dj.FreeTable(schema.connection, text.format(schema.database)).to_dicts() == [{"a": 1}]
    for text in ("kind", "a.b.c", "`a.b`", ""):
        with pytest.raises(DataJointError, match="malformed"):
            dj.FreeTable(schema.connection, text)


def test_schema_that_is_gone(schema: dj.Schema, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "datajoint_nb")
    assert schema.exists
    schema.drop(prompt=False)
    assert not schema.exists
    caplog.clear()
    schema.drop(prompt=False)
    assert "nothing to drop" in caplog.text


def test_repr(schema: dj.Schema) -> None:
    assert repr(schema) == f"Schema `{schema.database}`\n"


@pytest.mark.spec("S-087")
def test_activation_of_a_large_schema(
    connection: dj.Connection, connection_settings: dict[str, Any], schema_name: NewName
) -> None:
    from tests.backends.tables_by_hand import attribute, child_of, table

    name = schema_name()
    connection.create_schema(name)
    parent = table(TableName(name, "t000"), [attribute("id", "int32")])
    connection.create_table(parent)
    for number in range(1, 200):
        connection.create_table(child_of(parent, f"t{number:03}"))
    with dj.Connection(**connection_settings) as other, other.statements() as sent:
        schema = dj.Schema(name, connection=other)
        tables = list(schema)
        assert len(tables) == 200
        assert {table.heading["id"].lineage for table in tables} == {f"{name}.t000.id"}
        assert len(other.dependencies.children(parent.name)) == 199
    assert len(sent) <= 6


# -- origins -------------------------------------------------------------------------------


def rows_of_lineage(schema: dj.Schema) -> list[tuple[str, str, str]]:
    full = schema.connection.dialect.table(TableName(str(schema.database), "~lineage"))
    found = schema.connection.query(f"SELECT table_name, attribute_name, lineage FROM {full}").fetchall()
    return sorted(found)


def forget_origins(schema: dj.Schema, table: str = "%") -> None:
    full = schema.connection.dialect.table(TableName(str(schema.database), "~lineage"))
    schema.connection.query(f"DELETE FROM {full} WHERE table_name LIKE %s", (table,))
    schema.connection.forget()


@pytest.fixture
def two(schema: dj.Schema, schema_name: NewName) -> Iterator[tuple[dj.Schema, dj.Schema]]:
    """Two schemas, the second with foreign keys into the first."""
    other = dj.Schema(schema_name(), connection=schema.connection)
    _, station, _, _, call = make_bats(schema)
    names = {"Station": station, "Call": call}
    far = declare(other, "Far", "-> Station.proj(home='station')\nf : int8\n---\n-> Call", **names)
    declare(other, "Further", "x : int8\n---\n-> Far.proj(g='f')", Far=far)
    yield schema, other


@pytest.mark.spec("D-132")
@pytest.mark.parametrize("lost", ["nothing", "rows", "wrong rows", "table"])
def test_origins_are_rebuilt(two: tuple[dj.Schema, dj.Schema], lost: str) -> None:
    for schema in two:
        declared = rows_of_lineage(schema)
        full = schema.connection.dialect.table(TableName(str(schema.database), "~lineage"))
        if lost in ("rows", "wrong rows"):
            forget_origins(schema)
        if lost == "wrong rows":
            schema.connection.query(
                f"INSERT INTO {full} VALUES ('gone', 'a', 'x.gone.a'), ('station', 'town', 'x.y.z')"
            )
        if lost == "table":
            schema.connection.query(f"DROP TABLE {full}")
            schema.connection.forget()
            assert schema.lineage_table_exists is False
        schema.rebuild_lineage()
        assert schema.lineage_table_exists is True
        assert rows_of_lineage(schema) == declared
    first, second = two
    assert first.lineage[f"{first.database}.#kind.kind"] == f"{first.database}.#kind.kind"
    assert second.lineage[f"{second.database}.further.home"] == f"{first.database}.station.station"


@pytest.mark.spec("D-133")
def test_failed_rebuild_changes_nothing(two: tuple[dj.Schema, dj.Schema]) -> None:
    first, second = two
    before = rows_of_lineage(second)
    forget_origins(first)
    with pytest.raises(DataJointError, match=rf"rebuild_lineage\(\) of the schema `{first.database}` first"):
        second.rebuild_lineage()
    assert rows_of_lineage(second) == before
    with second.connection.transaction, pytest.raises(DataJointError, match="transaction"):
        second.rebuild_lineage()
    first.rebuild_lineage()
    second.rebuild_lineage()
    assert rows_of_lineage(second) == before


@pytest.mark.spec("D-134")
def test_decoration_repairs_origins(schema: dj.Schema, connection_settings: dict[str, Any]) -> None:
    parent = declare(schema, "Parent", "a : int8")
    declare(schema, "Child", "-> Parent.proj(b='a')\n---\nx : int8", Parent=parent)
    declared = rows_of_lineage(schema)
    forget_origins(schema, "child")
    reader = dj.Schema(schema.database, connection=schema.connection, create_tables=False)
    assert declare(reader, "Child", "").is_declared
    assert rows_of_lineage(schema) != declared
    child = declare(schema, "Child", "-> Parent.proj(b='a')\n---\nx : int8", Parent=parent)
    assert rows_of_lineage(schema) == declared
    assert child().heading["b"].lineage == f"{schema.database}.parent.a"


def test_decoration_makes_the_table_of_origins(schema: dj.Schema) -> None:
    make_bats(schema)
    declared = rows_of_lineage(schema)
    full = schema.connection.dialect.table(TableName(str(schema.database), "~lineage"))
    schema.connection.query(f"DROP TABLE {full}")
    schema.connection.forget()
    declare(schema, "Kind", "kind : varchar(12)", dj.Lookup)
    assert rows_of_lineage(schema) == declared


# -- code ----------------------------------------------------------------------------------


@pytest.mark.spec("D-135")
def test_code_recreates_the_schema(
    schema: dj.Schema, default_connection: dj.Connection, tmp_path: Path
) -> None:
    make_bats(schema)
    before, origins = stored(schema), rows_of_lineage(schema)
    path = tmp_path / "bats.py"
    text = schema.save(path)
    assert path.read_text(encoding="utf-8") == text == schema.code
    schema.drop(prompt=False)
    space: dict[str, Any] = {"__name__": "bats"}
    exec(compile(text, str(path), "exec"), space)
    assert space["schema"].database == schema.database
    assert stored(schema) == before
    assert rows_of_lineage(schema) == origins
    assert space["Station"].Recorder.master is space["Station"]
    assert space["schema"].code == text


@pytest.mark.spec("D-135")
def test_code_with_other_schemas(two: tuple[dj.Schema, dj.Schema], default_connection: dj.Connection) -> None:
    first, second = two
    before = stored(second)
    texts = [first.code, second.code]
    assert f"dj.VirtualModule('schema_1', \"{first.database}\")" in texts[1]
    second.drop(prompt=False)
    first.drop(prompt=False)
    for text in texts:
        exec(compile(text, "code", "exec"), {"__name__": "code"})
    assert stored(second) == before


@pytest.mark.spec("D-135")
def test_code_of_classes_that_clash(schema: dj.Schema, default_connection: dj.Connection) -> None:
    kind = declare(schema, "Kind", "a : int8", dj.Lookup)
    declare(schema, "User", "-> Kind", Kind=kind)
    declare(schema, "Kind", "b : int8")
    before = stored(schema)
    text = schema.code
    schema.drop(prompt=False)
    exec(compile(text, "code", "exec"), {"__name__": "code"})
    assert stored(schema) == before


def test_saving_overwrites_nothing(schema: dj.Schema, tmp_path: Path) -> None:
    path = tmp_path / "bats.py"
    path.write_text("mine")
    with pytest.raises(DataJointError, match="there already"):
        schema.save(path)
    with pytest.raises(DataJointError, match=".py"):
        schema.save(tmp_path / "bats.txt")
    assert path.read_text() == "mine"
    assert not (tmp_path / "bats.txt").exists()
