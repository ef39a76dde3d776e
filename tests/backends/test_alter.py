"""Altering tables, and telling where they differ: ``01-definitions.md`` §6, ``09-notebook.md`` §1."""

from __future__ import annotations

import datetime as dt
import logging
import textwrap
from decimal import Decimal
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.connection.connection import Connection
from datajoint_nb.errors import AccessError, DataJointError, IntegrityError

KEY = "thing : int32  # number\n---\n"
CHANGES = ("ALTER", "CREATE", "DROP", "INSERT", "DELETE", "COMMENT")


class World:
    """A schema whose classes can be given other definitions."""

    def __init__(self, schema: dj.Schema):
        self.schema = schema
        self.connection = schema.connection
        self.scope: dict[str, Any] = {}

    def define(self, text: str, name: str = "Thing", base: type = dj.Manual) -> Any:
        """A class of this definition, bound to a table that may have another one."""
        cls = type(name, (base,), {"definition": textwrap.dedent(text)})
        with self.connection.config.override(definition_drift="ignore"):
            self.schema(cls, context=self.scope)
        self.scope[name] = cls
        return cls

    def alter(self, text: str, name: str = "Thing", **options: Any) -> Any:
        """The class of the new definition, its table altered."""
        cls = self.define(text, name)
        assert cls.drift(), "nothing to alter"
        assert cls.alter(prompt=False, **options)
        # by another connection's eyes, too
        self.connection.forget()
        assert cls.drift() == []
        return cls


@pytest.fixture
def world(schema: dj.Schema) -> World:
    return World(schema)


def changing(sent: list[str]) -> list[str]:
    return [sql for sql in sent if sql.lstrip().startswith(CHANGES)]


A_AND_B = KEY + "a : varchar(20)\nb=5 : int32  # a number\n"


def filled(world: World, text: str = A_AND_B) -> Any:
    thing = world.define(text)
    thing.insert([{"thing": 1, "a": "x", "b": 7}, {"thing": 2, "a": "y", "b": 8}])
    return thing


@pytest.mark.spec("D-108", "N-034")
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        pytest.param(
            KEY + "a : varchar(20)\nb=5 : int32  # a number\nc=null : float64\n",
            [{"thing": 1, "a": "x", "b": 7, "c": None}, {"thing": 2, "a": "y", "b": 8, "c": None}],
            id="add nullable",
        ),
        pytest.param(
            KEY + "e='no' : enum('no','yes')  # \"100%\" µ\na : varchar(20)\nb=5 : int32  # a number\n",
            [{"thing": 1, "e": "no", "a": "x", "b": 7}, {"thing": 2, "e": "no", "a": "y", "b": 8}],
            id="add first",
        ),
        pytest.param(
            KEY + "b=5 : int32  # a number\n", [{"thing": 1, "b": 7}, {"thing": 2, "b": 8}], id="drop"
        ),
        pytest.param(
            KEY + "a : varchar(30)\nb=5 : int64  # a number\n",
            [{"thing": 1, "a": "x", "b": 7}, {"thing": 2, "a": "y", "b": 8}],
            id="retype",
        ),
        pytest.param(
            KEY + "a : varchar(20)\nb=5 : varchar(8)  # a number\n",
            [{"thing": 1, "a": "x", "b": "7"}, {"thing": 2, "a": "y", "b": "8"}],
            id="number to text",
        ),
        pytest.param(
            KEY + "a=null : varchar(20)\nb : int32  # a number\n",
            [{"thing": 1, "a": "x", "b": 7}, {"thing": 2, "a": "y", "b": 8}],
            id="nullable and without default",
        ),
        pytest.param(
            '# things\nthing : int32  # its number\n---\na="it\'s" : varchar(20)  # {x} % \\n\nb=6 : int32\n',
            [{"thing": 1, "a": "x", "b": 7}, {"thing": 2, "a": "y", "b": 8}],
            id="comments and defaults",
        ),
    ],
)
def test_changes(world: World, text: str, rows: list[dict[str, Any]]) -> None:
    filled(world)
    thing = world.alter(text)
    found = thing.to_dicts(order_by="thing")
    assert found == rows
    if world.connection.dialect.moves_columns:
        assert [list(row) for row in found] == [list(row) for row in rows]
    assert changing_sent(world, thing) == []


def changing_sent(world: World, thing: Any) -> list[str]:
    with world.connection.statements() as sent:
        assert thing.alter(prompt=False) == []
    return changing(sent)


@pytest.mark.spec("D-108")
@pytest.mark.backends("sqlite", "mysql")
@pytest.mark.parametrize("order", ["dabc", "bcda", "dcba", "acbd"])
def test_attributes_move(world: World, order: str) -> None:
    lines = {name: f"{name}={number} : int32  # {name}\n" for number, name in enumerate("abcd")}
    with world.connection.config.override(provenance={"capture": True}):
        world.define(KEY + "".join(lines[name] for name in "abcd")).insert1({"thing": 1})
    thing = world.alter(KEY + "".join(lines[name] for name in order))
    assert list(thing.fetch1().items()) == [("thing", 1), *((name, "abcd".index(name)) for name in order)]
    added = KEY + "".join(lines[name] + f"{name}x='' : char(1)\n" for name in order[::-1])
    thing = world.alter(added)
    assert list(thing.heading) == ["thing", *(n for name in order[::-1] for n in (name, f"{name}x"))]


@pytest.mark.backends("postgresql")
def test_postgresql_keeps_its_order(world: World) -> None:
    filled(world)
    thing = world.define(KEY + "b=5 : int32  # a number\na : varchar(20)\n")
    assert thing.drift() == [] and changing_sent(world, thing) == []


@pytest.mark.spec("D-109")
def test_without_change_nothing_is_executed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.define("key : varchar(8)\n---\n", "Parent", dj.Lookup)
    thing = world.define(
        """
        # all kinds
        -> Parent
        moment=CURRENT_TIMESTAMP : datetime
        ---
        -> [nullable] Parent.proj(other="key")
        a=1 : float64  # {braces} that name nothing
        b=007 : decimal(6,2)
        c=true : bool
        e="x" : enum("x", "y'z")
        milli=CURRENT_TIMESTAMP : datetime(3)
        u=null : uuid
        j=null : json
        blob=null : <blob>
        index(a, b)
        unique index(u)
        index(other)
        """
    )
    assert changing_sent(world, thing) == []
    assert "Nothing to alter" in caplog.text
    assert thing.drift() == []
    world.connection.forget()
    assert changing_sent(world, thing) == [] and thing.drift() == []


@pytest.mark.spec("D-110")
def test_renaming_keeps_the_data(world: World) -> None:
    filled(world, A_AND_B + "index(b)\n")
    text = KEY + "a : varchar(20)\ncount=5 : int64  # {b} a number\nindex(count)\n"
    thing = world.alter(text)
    assert thing.to_dicts(order_by="thing") == [
        {"thing": 1, "a": "x", "count": 7},
        {"thing": 2, "a": "y", "count": 8},
    ]
    assert thing.heading["count"].comment == "a number"
    assert thing.heading.indexes == {("count",): {"unique": False, "nullable": False}}
    assert changing_sent(world, thing) == []
    # the former name is free again
    thing = world.alter(text.replace("index", "b=null : int8\nindex"))
    assert thing.to_arrays("count", order_by="thing").tolist() == [7, 8]


@pytest.mark.spec("D-110")
def test_a_former_name_can_be_given_to_a_new_attribute_at_once(world: World) -> None:
    filled(world)
    thing = world.alter(KEY + "b='z' : char(1)\na : varchar(20)\nc=5 : int32  # {b}\n")
    assert thing.to_dicts(order_by="thing") == [
        {"thing": 1, "b": "z", "a": "x", "c": 7},
        {"thing": 2, "b": "z", "a": "y", "c": 8},
    ]


def test_without_a_marker_a_new_name_is_another_attribute(world: World) -> None:
    filled(world)
    thing = world.alter(KEY + "a : varchar(20)\nc=5 : int32\n")
    assert thing.to_arrays("c").tolist() == [5, 5]


@pytest.mark.spec("D-111")
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("a : varchar(20)\nc=5 : int32  # {z}", "`z`.*no secondary"),
        ("a : varchar(20)\nb=5 : int32\nc=5 : int32  # {thing}", "`thing`.*no secondary"),
        ("c=1 : int32  # {b}\nd=1 : int32  # {b}", "Two attributes"),
        ("b=5 : int32  # {a} text", "has both"),
        ("b='' : varchar(20)  # {a}\nc=5 : int32  # {b}", "two steps|has both"),
    ],
)
def test_renaming_that_makes_no_sense(world: World, lines: str, message: str) -> None:
    filled(world)
    before = world.scope["Thing"].describe()
    thing = world.define(KEY + lines)
    with pytest.raises(DataJointError, match=message):
        thing.alter(prompt=False)
    assert thing.describe() == before


@pytest.mark.spec("D-112", "D-113")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("other : int32\n---\n-> [nullable] Parent\na : int8\nindex(a)", "primary key"),
        ("x : int8\nthing : int32\n---\n-> [nullable] Parent\na : int8\nindex(a)", "primary key"),
        ("thing : int32\na : int8\n---\n-> [nullable] Parent\nindex(a)", "primary key"),
        ("---\nthing : int32\n-> [nullable] Parent\na : int8\nindex(a)", "primary key"),
        ("thing : int64\n---\n-> [nullable] Parent\na : int8\nindex(a)", "of type int32 cannot become int64"),
        ("thing : int32\n---\na : int8\nindex(a)", "foreign key to .*parent cannot be dropped"),
        (
            "thing : int32\n---\n-> [nullable] Parent\n-> Parent.proj(q='parent')\na : int8\nindex(a)",
            "foreign key to .*parent cannot be added",
        ),
        ("thing : int32\n---\n-> [nullable] Parent\na : int8", r"an index on \(a\) cannot be dropped"),
        ("thing : int32\n---\n-> [nullable] Parent\na : int8\nunique index(a)", r"a unique index on \(a\)"),
        (
            "thing : int32\n---\n-> [nullable] Parent\nindex(parent, thing)",
            r"index on \(a\) cannot be dropped",
        ),
    ],
)
def test_key_foreign_keys_and_indexes_stay(world: World, text: str, message: str) -> None:
    world.define("parent : int32", "Parent")
    thing = world.define("thing : int32\n---\n-> [nullable] Parent\na : int8\nindex(a)")
    thing.insert1({"thing": 1, "a": 1})
    before = thing.describe()
    changed = world.define(text)
    with pytest.raises(NotImplementedError, match=message):
        changed.alter(prompt=False)
    with pytest.raises(DataJointError):
        changed.alter(prompt=False)
    world.connection.forget()
    assert thing.describe() == before and len(thing) == 1


@pytest.mark.spec("D-114")
def test_a_new_attribute_of_rows_needs_a_value(world: World) -> None:
    thing = filled(world)
    changed = world.define(A_AND_B + "c : int32\n")
    for dry_run in (True, False):
        with pytest.raises(DataJointError, match="`c` has no value"):
            changed.alter(prompt=False, dry_run=dry_run)
    assert thing.to_dicts(order_by="thing")[0] == {"thing": 1, "a": "x", "b": 7}
    thing.delete(prompt=False)
    assert world.alter(A_AND_B + "c : int32\n").heading["c"].nullable is False


@pytest.mark.spec("D-115", "M-098")
def test_not_inside_a_transaction(world: World) -> None:
    filled(world)
    thing = world.define(A_AND_B + "c=1 : int32\n")
    with world.connection.transaction, pytest.raises(DataJointError, match="inside a transaction"):
        thing.alter(prompt=False)
    with world.connection.transaction, pytest.raises(DataJointError, match="inside a transaction"):
        thing.alter(dry_run=True)
    assert len(thing.drift()) == 1


@pytest.mark.spec("D-116")
def test_dry_run(world: World) -> None:
    filled(world)
    thing = world.define(KEY + "a=null : varchar(30)\nc='x' : enum('x','y')  # new\n")
    with world.connection.statements() as sent:
        shown = thing.alter(dry_run=True)
    assert changing(sent) == []
    assert len(thing.drift()) == 3 and thing().stored.by_name["b"].declared_type == "int32"
    assert any("ALTER TABLE" in sql for sql in shown)
    assert thing.alter(prompt=False) == shown
    assert thing.drift() == []


def test_the_question(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    filled(world)
    thing = world.define(KEY + "a : varchar(20)\nb=6 : int32  # a number\n")
    asked: list[str] = []
    answers = iter(["no", "yes"])
    monkeypatch.setattr("builtins.input", lambda prompt: asked.append(prompt) or next(answers))
    with caplog.at_level(logging.INFO, "datajoint_nb"):
        assert thing.alter() == []
    assert asked == ["Proceed? [yes, no]: "] and "ALTER" in caplog.text
    assert thing.drift()
    assert thing.alter() and not thing.drift()


@pytest.mark.spec("N-034")
def test_drift_lists_each_line(world: World) -> None:
    filled(world)
    thing = world.define("# things\n" + KEY + "a : varchar(30)\nc=null : int32\n")
    found = {(d.kind, d.declared.split()[0] if d.declared else "", d.stored.split()[0] if d.stored else "")
             for d in thing.drift()}  # fmt: skip
    assert found == {
        ("added", "#", ""),
        ("changed", "a", "a"),
        ("added", "c=null", ""),
        ("removed", "", "b=5"),
    }
    thing.alter(prompt=False)
    assert thing.drift() == []


@pytest.mark.parametrize("policy", ["warn", "error", "ignore"])
def test_policy_when_a_class_differs(world: World, policy: str, caplog: pytest.LogCaptureFixture) -> None:
    filled(world)

    class Thing(dj.Manual):
        definition = A_AND_B + "c=null : int32\n"

    with world.connection.config.override(definition_drift=policy):
        if policy == "error":
            with pytest.raises(DataJointError, match=r"\+ c=null"):
                world.schema(Thing)
        else:
            world.schema(Thing)
    warned = [r for r in caplog.records if "+ c=null" in r.getMessage()]
    assert len(warned) == (policy == "warn")


def test_children_stay_valid(world: World) -> None:
    parent = filled(world)
    child = world.define("-> Thing\nn : int32\n---\nnote='' : varchar(9)\n", "Child")
    child.insert([{"thing": 1, "n": 1}, {"thing": 2, "n": 1}])
    world.alter(KEY.replace("number", "its number") + "b : int64\nc=null : varchar(9)\n")
    world.alter("-> Thing\nn : int32\n---\nnote='' : varchar(10)\nmore=1 : int8\n", "Child")
    with pytest.raises(IntegrityError):
        child.insert1({"thing": 3, "n": 1})
    with pytest.raises(IntegrityError):
        (parent & "thing = 1").delete_quick()
    full = parent().full_table_name
    world.connection.query(f"UPDATE {full} SET thing = 5 WHERE thing = 1")
    assert sorted(child.to_arrays("thing").tolist()) == [2, 5]
    assert world.connection.dependencies.children(parent().name)
    assert world.schema.lineage[f"{world.schema.database}.child.thing"].endswith(".thing.thing")


@pytest.mark.backends("sqlite")
def test_a_rebuilt_table_keeps_what_belongs_to_it(world: World) -> None:
    thing = filled(world, A_AND_B + "index(a)\nunique index(b, a)\n")
    world.define("-> Thing", "Child").insert1({"thing": 1})
    query = world.connection.query
    full = thing().full_table_name
    query(f"CREATE VIEW seen AS SELECT a FROM {full}")
    query(
        f"CREATE TRIGGER log AFTER INSERT ON {full} BEGIN "
        f"UPDATE {full} SET b = 99 WHERE thing = new.thing; END"
    )
    before = query("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name").fetchall()
    thing = world.alter(A_AND_B.replace("20", "25") + "c=null : json\nindex(a)\nunique index(b, a)\n")
    assert query("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name").fetchall() == before
    assert query("SELECT a FROM seen ORDER BY a").fetchall() == [("x",), ("y",)]
    thing.insert1({"thing": 3, "a": "z"})
    assert (thing & "thing = 3").fetch1("b") == 99
    assert query("PRAGMA foreign_keys").fetchone() == (1,)
    assert query("PRAGMA foreign_key_check").fetchall() == []
    assert query("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not [n for (n,) in query("SELECT name FROM sqlite_master") if "altered" in n]


@pytest.mark.backends("sqlite", "mysql")
def test_numbers_given_by_the_server_go_on(world: World, backend: str) -> None:
    kind = "integer" if backend == "sqlite" else "int"
    thing = world.define(f"n : {kind} auto_increment\n---\na : int8\n")
    thing.insert([{"a": 1}, {"a": 2}])
    (thing & "n = 2").delete(prompt=False)
    thing = world.alter(f"n : {kind} auto_increment\n---\na : int16\n")
    thing.insert1({"a": 3})
    assert thing.to_arrays("n", order_by="n").tolist() == [1, 3]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a : varchar(20)", "a : varchar(3)"),
        ("a : varchar(20)", "a : int32"),
        ("a : varchar(20)", "a : enum('x','y')"),
        ("a=null : varchar(20)", "a : varchar(20)"),
    ],
)
def test_values_that_the_new_type_does_not_hold(world: World, before: str, after: str) -> None:
    thing = world.define(KEY + before)
    thing.insert1({"thing": 1, "a": None if "null" in before else "longer"})
    changed = world.define(KEY + "z=1 : int8\n" + after)
    with pytest.raises(DataJointError):
        changed.alter(prompt=False)
    world.connection.forget()
    assert list(thing.heading) == ["thing", "a"]
    assert thing.to_dicts() == [{"thing": 1, "a": None if "null" in before else "longer"}]
    thing.insert1({"thing": 2, "a": "w"})


MOMENT = dt.datetime(2024, 2, 29, 1, 2, 3, 240000)


@pytest.mark.parametrize(
    ("before", "value", "after", "expected"),
    [
        ("int32", 7, "float64", 7.0),
        ("int32", 7, "decimal(8,3)", Decimal("7.000")),
        ("int32", 7, "decimal(30,3)", Decimal("7.000")),
        ("float64", 2.0, "int32", 2),
        ("decimal(8,3)", Decimal("1.256"), "decimal(8,2)", Decimal("1.26")),
        ("int8", 1, "bool", True),
        ("bool", True, "int16", 1),
        ("varchar(8)", "12", "int32", 12),
        ("varchar(8)", "y", "enum('x','y')", "y"),
        ("enum('x','y')", "y", "enum('y','z')", "y"),
        ("enum('x','y')", "y", "varchar(4)", "y"),
        ("datetime(3)", MOMENT, "datetime", MOMENT.replace(microsecond=0)),
        ("datetime(3)", MOMENT, "datetime(1)", MOMENT.replace(microsecond=200000)),
        ("datetime", MOMENT.replace(microsecond=0), "datetime(6)", MOMENT.replace(microsecond=0)),
        ("datetime(3)", MOMENT, "date", MOMENT.date()),
        ("date", MOMENT.date(), "datetime(3)", dt.datetime(2024, 2, 29)),
        ("varchar(20)", '{"a": 1}', "json", {"a": 1}),
        ("bytes", b"12", "<blob>", [1, "x"]),
    ],
)
def test_values_of_other_types(world: World, before: str, value: Any, after: str, expected: Any) -> None:
    thing = world.define(KEY + f"a : {before}")
    row = {"thing": 1, "a": value}
    if before != "bytes":
        thing.insert1(row)
    thing = world.alter(KEY + f"a : {after}")
    if before == "bytes":
        thing.insert1({"thing": 1, "a": expected})
    assert (thing & "thing = 1").fetch1("a") == expected
    if before.startswith("datetime") and after.startswith("datetime"):
        assert len(thing & {"a": expected}) == 1


@pytest.mark.spec("D-095")
@pytest.mark.backends("postgresql")
def test_enumerations_go_with_their_last_column(world: World) -> None:
    def types() -> set[str]:
        text = (
            "SELECT t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace "
            "WHERE n.nspname = %s AND typtype = 'e'"
        )
        return {name for (name,) in world.connection.query(text, (world.schema.database,))}

    world.define(KEY + "e : enum('a','b')\nf : enum('c','d')\n")
    world.define("other : int8\n---\nf : enum('c','d')\n", "Other")
    before = types()
    world.alter(KEY + "e='a' : enum('a','b','x')\n")
    assert len(before) == len(types()) == 2
    assert len(before & types()) == 1
    world.alter(KEY + "e : varchar(4)\n")
    assert types() < before


def test_hidden_attributes_stay(world: World) -> None:
    with world.connection.config.override(provenance={"capture": True}):
        thing = world.define(KEY + "a=1 : int8\n")
    thing.insert1({"thing": 1})
    assert "_prov" in thing().stored.by_name
    thing = world.alter(KEY + "b=1 : int8\na=1 : int8\nc=2 : int8\n")
    assert "_prov" in thing().stored.by_name
    assert (
        thing.to_dicts() == [{"thing": 1, "b": 1, "a": 1, "c": 2}]
        or not world.connection.dialect.moves_columns
    )
    single = world.define("---\na=1 : int8\n", "Single")
    single.insert1({})
    single = world.alter("---\nb='x' : varchar(4)\na=1 : int16\n", "Single")
    assert single.fetch1() == {"b": "x", "a": 1}
    assert single().stored.is_singleton


def test_nullability_of_a_foreign_key(world: World) -> None:
    world.define("name : varchar(8)  # a name", "Parent").insert1({"name": "p"})
    thing = world.define(KEY + "-> Parent\n")
    thing.insert1({"thing": 1, "name": "p"})
    thing = world.alter(KEY + "-> [nullable] Parent\n")
    thing.insert1({"thing": 2})
    assert thing.to_arrays("name", order_by="thing").tolist() == ["p", None]
    assert thing.heading["name"].comment == "a name"
    with pytest.raises(IntegrityError):
        thing.insert1({"thing": 3, "name": "q"})


def test_parts_are_altered_by_themselves(world: World) -> None:
    def declare(kind: str) -> Any:
        class Whole(dj.Manual):
            definition = "whole : int8"

            class Piece(dj.Part):
                definition = f"-> master\npiece : int8\n---\na=1 : {kind}"

        with world.connection.config.override(definition_drift="ignore"):
            world.schema(Whole)
        return Whole

    declare("int8")
    whole = declare("int16")
    assert whole.drift() == [] and len(whole.Piece.drift()) == 1
    assert whole.Piece.alter(prompt=False)
    assert whole.Piece.drift() == []


@pytest.mark.backends("mysql")
def test_collations_stay(world: World) -> None:
    thing = world.define(KEY + "a : varchar(8)\n")
    full = thing().full_table_name
    world.connection.query(
        f"ALTER TABLE {full} MODIFY a varchar(8) CHARACTER SET latin1 NOT NULL COMMENT ':varchar(8):'"
    )
    world.alter(KEY + "a : varchar(9)\n")
    text = (
        "SELECT character_set_name FROM information_schema.columns "
        "WHERE table_schema = %s AND column_name = 'a'"
    )
    assert world.connection.query(text, (world.schema.database,)).fetchall() == [("latin1",)]


@pytest.mark.backends("mysql", "postgresql")
def test_lack_of_privileges_is_told(
    world: World, server: Any, connection_settings: dict[str, Any], backend: str
) -> None:
    filled(world)
    name = world.schema.database
    if backend == "mysql":
        server.execute(
            "CREATE OR REPLACE USER reader@'%' IDENTIFIED BY 'pw'",
            f"GRANT SELECT, INSERT ON `{name}`.* TO reader@'%'",
        )
    else:
        server.execute("DROP ROLE IF EXISTS reader", "CREATE ROLE reader LOGIN PASSWORD 'pw'")
        server.execute(
            f'GRANT USAGE ON SCHEMA "{name}" TO reader',
            f'GRANT SELECT ON ALL TABLES IN SCHEMA "{name}" TO reader',
        )
    try:
        with Connection(**{**connection_settings, "user": "reader", "password": "pw"}) as connection:
            theirs = World(dj.Schema(name, connection=connection, create_schema=False))
            thing = theirs.define(A_AND_B + "c=1 : int8\n")
            with pytest.raises(AccessError, match="privilege"):
                thing.alter(prompt=False)
    finally:
        drops = (
            ["DROP USER reader@'%'"] if backend == "mysql" else ["DROP OWNED BY reader", "DROP ROLE reader"]
        )
        server.execute(*drops)


@pytest.mark.backends("sqlite", "postgresql")
def test_somebody_else_was_quicker(
    world: World, connection_settings: dict[str, Any], monkeypatch: Any
) -> None:
    filled(world)
    thing = world.define(A_AND_B + "c=1 : int8\n")

    def meanwhile(prompt: str) -> str:
        with Connection(**connection_settings) as other:
            there = World(dj.Schema(world.schema.database, connection=other))
            there.alter(A_AND_B + "d=1 : int8\n")
        return "yes"

    monkeypatch.setattr("builtins.input", meanwhile)
    with pytest.raises(DataJointError, match="meanwhile"):
        thing.alter()
    assert list(thing.heading) == ["thing", "a", "b", "d"]
