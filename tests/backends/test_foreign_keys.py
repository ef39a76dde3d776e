"""Foreign keys of definitions on real databases: ``01-definitions.md`` §1.4."""

from __future__ import annotations

import types
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DuplicateError, IntegrityError
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey
from tests.backends.declaring import declare, refused, sql_name


@pytest.fixture
def bats(schema: dj.Schema) -> SimpleNamespace:
    """Stations and their recorders."""

    @schema
    class Station(dj.Manual):
        definition = """
        station : int32 # number of the station
        ---
        town='' : varchar(20)
        """

    @schema
    class Recorder(dj.Manual):
        definition = """
        -> Station
        recorder : varchar(9)
        """

    return SimpleNamespace(Station=Station, Recorder=Recorder, schema=schema)


def keys(table: Any) -> list[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """Foreign keys as the database has them."""
    table().connection.forget()
    found = table().stored.foreign_keys
    return [(key.columns, key.parent.table, key.parent_columns) for key in found]


@pytest.mark.spec("D-030", "D-031")
def test_key_of_the_parent(bats: SimpleNamespace) -> None:
    above = declare(bats.schema, "Above", "first : int8\n-> Recorder\nlast : int8", Recorder=bats.Recorder)
    below = declare(
        bats.schema, "Below", "first : int8\n---\n-> Recorder\nlast : int8", Recorder=bats.Recorder
    )
    expected = [(("station", "recorder"), "recorder", ("station", "recorder"))]
    assert keys(above) == keys(below) == expected
    assert above().primary_key == ["first", "station", "recorder", "last"]
    assert below().primary_key == ["first"]
    assert below().heading.secondary_attributes == ["station", "recorder", "last"]
    for table in (above, below):
        inherited = table().heading["station"]
        assert (inherited.declared_type, inherited.comment) == ("int32", "number of the station")
        assert (inherited.nullable, inherited.default) == (False, None)


def test_defaults_are_not_inherited(schema: dj.Schema) -> None:
    parent = declare(schema, "Parent", "a=5 : int32\nb=CURRENT_TIMESTAMP : datetime(3)")
    child = declare(schema, "Child", "-> Parent", Parent=parent)
    assert [attribute.default for attribute in child().heading.values()] == [None, None]


@pytest.mark.spec("D-032")
def test_nullable(bats: SimpleNamespace) -> None:
    table = declare(bats.schema, "T", "a : int8\n---\n-> [nullable] Recorder", Recorder=bats.Recorder)
    table.insert1({"a": 1})
    with pytest.raises(IntegrityError):
        table.insert1({"a": 2, "station": 1, "recorder": "x"})
    assert table.fetch1() == {"a": 1, "station": None, "recorder": None}
    bats.schema.connection.forget()
    assert table().heading["station"].nullable
    assert "-> [nullable] Recorder\n" in table().describe({"Recorder": bats.Recorder})


@pytest.mark.spec("D-034")
@pytest.mark.parametrize(
    "definition", ["a : int8\n---\n-> [unique] Station", "a : int8\n-> [unique] Station"]
)
def test_unique(bats: SimpleNamespace, definition: str) -> None:
    table = declare(bats.schema, "T", definition, Station=bats.Station)
    bats.Station.insert([{"station": 1}, {"station": 2}])
    table.insert1({"a": 1, "station": 1})
    with pytest.raises(DuplicateError):
        table.insert1({"a": 2, "station": 1})
    table.insert1({"a": 2, "station": 2})


@pytest.mark.spec("D-035")
def test_unique_and_nullable(bats: SimpleNamespace) -> None:
    table = declare(bats.schema, "T", "a : int8\n---\n-> [nullable, unique] Station", Station=bats.Station)
    bats.Station.insert1({"station": 1})
    table.insert([{"a": 1}, {"a": 2}, {"a": 3, "station": 1}])
    with pytest.raises(DuplicateError):
        table.insert1({"a": 4, "station": 1})
    assert len(table) == 3


@pytest.mark.spec("D-038")
def test_renamed(bats: SimpleNamespace) -> None:
    table = declare(bats.schema, "T", "-> Station.proj(home='station')", Station=bats.Station)
    assert keys(table) == [(("home",), "station", ("station",))]
    with pytest.raises(IntegrityError):
        table.insert1({"home": 1})
    bats.Station.insert1({"station": 1})
    table.insert1({"home": 1})


@pytest.mark.spec("D-040")
def test_one_of_two_renamed(bats: SimpleNamespace) -> None:
    table = declare(bats.schema, "T", "-> Recorder.proj(spare='recorder')", Recorder=bats.Recorder)
    assert keys(table) == [(("station", "spare"), "recorder", ("station", "recorder"))]


@pytest.mark.spec("D-041")
def test_one_parent_twice(bats: SimpleNamespace) -> None:
    definition = "-> Station\n---\n-> Station.proj(other='station')"
    table = declare(bats.schema, "T", definition, Station=bats.Station)
    assert keys(table) == [(("station",), "station", ("station",)), (("other",), "station", ("station",))]
    bats.Station.insert1({"station": 1})
    with pytest.raises(IntegrityError):
        table.insert1({"station": 1, "other": 2})
    table.insert1({"station": 1, "other": 1})


def test_one_foreign_key_twice(bats: SimpleNamespace) -> None:
    table = declare(bats.schema, "T", "-> Station\n---\n-> Station", Station=bats.Station)
    assert keys(table) == [(("station",), "station", ("station",))]


@pytest.mark.spec("D-042")
def test_shared_attribute(bats: SimpleNamespace) -> None:
    weather = declare(bats.schema, "Weather", "-> Station\nday : date", Station=bats.Station)
    names = {"Recorder": bats.Recorder, "Weather": weather}
    table = declare(bats.schema, "T", "-> Recorder\n-> Weather", **names)
    assert table().heading.names == ["station", "recorder", "day"]
    assert [columns for columns, *_ in keys(table)] == [("station", "recorder"), ("station", "day")]
    bats.Station.insert([{"station": 1}, {"station": 2}])
    bats.Recorder.insert([{"station": 1, "recorder": "x"}, {"station": 2, "recorder": "x"}])
    weather.insert1({"station": 2, "day": "2024-05-01"})
    with pytest.raises(IntegrityError):
        table.insert1({"station": 1, "recorder": "x", "day": "2024-05-01"})
    table.insert1({"station": 2, "recorder": "x", "day": "2024-05-01"})


@pytest.mark.spec("D-043")
def test_shared_attribute_of_two_origins(bats: SimpleNamespace) -> None:
    ship = declare(bats.schema, "Ship", "station : int32")
    message = refused(bats.schema, "-> Station\n-> Ship", Station=bats.Station, Ship=ship)
    assert "Ship.proj(new_name='station')" in message
    assert f"{bats.schema.database}.ship.station" in message


def test_native_attribute_before_the_foreign_key(bats: SimpleNamespace) -> None:
    table = declare(bats.schema, "T", "station : int32\na : int8\n---\n-> Station", Station=bats.Station)
    assert keys(table) == [(("station",), "station", ("station",))]
    assert table().primary_key == ["station", "a"]
    message = refused(bats.schema, "station : int64\n---\n-> Station", Station=bats.Station)
    assert "int64" in message
    assert "int32" in message


REFUSED = {
    "no such name": ("-> Nosuch", "Nosuch"),
    "near name": ("-> Staton", "Station"),
    "no such part": ("-> Station.Nosuch", "Station.Nosuch"),
    "no table": ("-> number", "number"),
    "restricted": ("-> restricted", "restricted"),
    "joined": ("-> joined", "joined"),
    "projected": ("-> projected", "projected"),
    "chained projections": ("-> Recorder.proj(a='station').proj(b='a')", "Recorder"),
    "secondary renamed": ("-> Station.proj(home='town')", "town"),
    "unknown renamed": ("-> Station.proj(home='nosuch')", "nosuch"),
    "nullable without effect": ("station : int32\n---\n-> [nullable] Station", "nullable"),
    "unbound": ("-> Unbound", "Unbound"),
    "singleton": ("-> Single", "Single"),
    "itself": ("a : int8\n---\n-> self", "itself"),
    "itself by name": ("a : int8\n---\n-> Refused.proj(b='a')", "itself"),
    "other connection": ("-> Elsewhere", "Elsewhere"),
    "missing table": ('-> "lab"."nosuch"', "nosuch"),
}


@pytest.mark.spec("D-044", "D-045", "D-053", "D-054", "D-055")
@pytest.mark.parametrize(("definition", "word"), REFUSED.values(), ids=REFUSED)
def test_refused(bats: SimpleNamespace, definition: str, word: str) -> None:
    class Unbound(dj.Manual):
        definition = "u : int8"

    single = declare(bats.schema, "Single", "---\nx=1 : int8")
    with dj.Connection(backend="sqlite", path=":memory:") as other:
        elsewhere = declare(dj.Schema("lab", connection=other), "Elsewhere", "e : int8")
        names = {
            "Station": bats.Station,
            "Recorder": bats.Recorder,
            "number": 5,
            "restricted": bats.Station & "station = 1",
            "joined": bats.Station * bats.Recorder,
            "projected": bats.Station.proj(a="station"),
            "Unbound": Unbound,
            "Single": single,
            "Elsewhere": elsewhere,
        }
        assert word in refused(bats.schema, definition, **names)


def test_instances_and_free_tables_are_targets(bats: SimpleNamespace) -> None:
    free = dj.FreeTable(bats.schema.connection, f"{bats.schema.database}.recorder")
    table = declare(bats.schema, "T", "-> station\n-> free", station=bats.Station(), free=free)
    assert [parent for _, parent, _ in keys(table)] == ["station", "recorder"]


@pytest.mark.spec("D-049")
def test_names_with_points(bats: SimpleNamespace) -> None:
    module = types.ModuleType("acoustics")
    module.Recorder = bats.Recorder  # type: ignore[attr-defined]
    virtual = dj.VirtualModule("vm", str(bats.schema.database), connection=bats.schema.connection)
    table = declare(bats.schema, "T", "-> acoustics.Recorder\n-> vm.Station", acoustics=module, vm=virtual)
    assert [parent for _, parent, _ in keys(table)] == ["recorder", "station"]


def test_parts_are_targets(schema: dj.Schema) -> None:
    @schema
    class Deployment(dj.Manual):
        definition = "deployment : int32"

        class Channel(dj.Part):
            definition = "-> master\nchannel : int8"

    table = declare(schema, "T", "-> Deployment.Channel", Deployment=Deployment)
    assert keys(table) == [(("deployment", "channel"), "deployment__channel", ("deployment", "channel"))]


@pytest.mark.spec("D-050")
def test_across_schemas(bats: SimpleNamespace, schema_name: Callable[[], str]) -> None:
    other = dj.Schema(schema_name(), connection=bats.schema.connection)
    table = declare(other, "T", "-> Recorder", Recorder=bats.Recorder)
    bats.schema.connection.forget()
    parent = TableName(str(bats.schema.database), "recorder")
    assert table().stored.foreign_keys == (
        ForeignKey(("station", "recorder"), parent, ("station", "recorder")),
    )
    with pytest.raises(IntegrityError):
        table.insert1({"station": 1, "recorder": "x"})
    bats.Station.insert1({"station": 1})
    bats.Recorder.insert1({"station": 1, "recorder": "x"})
    table.insert1({"station": 1, "recorder": "x"})
    assert table().heading["station"].lineage == f"{bats.schema.database}.station.station"


@pytest.mark.spec("D-051")
def test_names_of_the_module(schema: dj.Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "Beacon", declare(schema, "Beacon", "beacon : int32"))

    @schema
    class Light(dj.Manual):
        definition = "-> Beacon"

    assert keys(Light) == [(("beacon",), "beacon", ("beacon",))]


def test_order_of_contexts(schema: dj.Schema, schema_name: Callable[[], str]) -> None:
    near, given = declare(schema, "Near", "n : int8"), declare(schema, "Given", "g : int8")

    class Light(dj.Manual):
        definition = "-> Target"

    def bound(context: Any, added: Any) -> list[str]:
        Target = near  # noqa: F841 - a name that the definition may find
        own = dj.Schema(schema_name(), context, connection=schema.connection, add_objects=added)
        own(Light)
        return list(Light().primary_key)

    assert bound({"Target": given}, None) == ["g"]
    assert bound(None, None) == ["n"]
    assert bound(None, {"Target": given}) == ["n"]
    other = dj.Schema(schema_name(), connection=schema.connection, add_objects={"Target": given})
    other(Light)
    assert Light().primary_key == ["g"]


@pytest.mark.spec("D-052")
@pytest.mark.parametrize("style", ["`{}`.`#kind`", '"{}"."#kind"'])
def test_quoted_full_names(schema: dj.Schema, style: str) -> None:
    declare(schema, "Kind", "kind : varchar(9)", dj.Lookup)
    table = declare(
        schema,
        "T",
        f"-> {style.format(schema.database)}\n---\n-> {style.format(schema.database)}.proj(k='kind')",
    )
    assert keys(table) == [(("kind",), "#kind", ("kind",)), (("k",), "#kind", ("kind",))]


@pytest.mark.spec("D-056")
def test_what_the_database_does(bats: SimpleNamespace) -> None:
    table = declare(bats.schema, "T", "a : int8\n---\n-> Recorder", Recorder=bats.Recorder)
    bats.Station.insert1({"station": 1})
    bats.Recorder.insert1({"station": 1, "recorder": "x"})
    table.insert1({"a": 1, "station": 1, "recorder": "x"})
    connection = bats.schema.connection
    for parent in (bats.Station, bats.Recorder):
        with pytest.raises(IntegrityError):
            connection.query(f"DELETE FROM {sql_name(parent)}")
    connection.query(f"UPDATE {sql_name(bats.Station)} SET station = 7")
    connection.query(f"UPDATE {sql_name(bats.Recorder)} SET recorder = 'y'")
    assert table.to_dicts() == [{"a": 1, "station": 7, "recorder": "y"}]


@pytest.mark.spec("D-129", "D-130")
def test_origins(bats: SimpleNamespace, schema_name: Callable[[], str]) -> None:
    other = dj.Schema(schema_name(), connection=bats.schema.connection)
    middle = declare(
        other, "Middle", "-> Recorder.proj(spare='recorder')\nown : int8", Recorder=bats.Recorder
    )
    last = declare(other, "Last", "l : int8\n---\n-> Middle.proj(far='spare')\nx : int8", Middle=middle)
    bats.schema.connection.forget()
    first, second = bats.schema.database, other.database
    assert {n: a.lineage for n, a in bats.Station().heading.items()} == {
        "station": f"{first}.station.station",
        "town": None,
    }
    assert {n: a.lineage for n, a in last().heading.items()} == {
        "l": f"{second}.last.l",
        "station": f"{first}.station.station",
        "far": f"{first}.recorder.recorder",
        "own": f"{second}.middle.own",
        "x": None,
    }
