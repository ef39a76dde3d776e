"""Schemas made by one library are used by the other: described, fetched, joined, filled, changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from datajoint_nb import Connection
from datajoint_nb.definition.parse import parse
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.definition import TableDefinition
from datajoint_nb.model.names import TableName
from tests.interop.conftest import Here, Pair
from tests.interop.reference import Reference, ReferenceFault
from tests.servers import Server

pytestmark = pytest.mark.backends("mysql", "postgresql")

DAY = dt.date(2025, 6, 1)
NOON = dt.datetime(2025, 6, 1, 12, 30, 15)

# -- values ---------------------------------------------------------------------------------

# type, default in the definition, a value that both libraries take
TYPES: list[tuple[str, str, Any]] = [
    ("int8", "-3", -128),
    ("int16", "null", 32767),
    ("int32", "null", -(2**31)),
    ("int64", "9007199254740993", 2**63 - 1),
    ("float32", "0.5", 1.25),
    ("float64", "null", 0.1),
    ("decimal(8,3)", "1.500", Decimal("-12345.678")),
    ("bool", "1", False),
    ("char(5)", '"ab"', "abc"),
    ("varchar(30)", '"say hi"', "Zaunkönig 7% {x} \\n 'a' \"b\""),
    ("enum('woodland','wetland','urban')", '"wetland"', "urban"),
    ("date", "null", DAY),
    ("datetime", "CURRENT_TIMESTAMP", NOON),
    ("datetime(3)", "null", NOON.replace(microsecond=125000)),
    ("datetime(6)", "null", NOON.replace(microsecond=125001)),
    ("json", "null", {"a": [1, 2.5, None, True], "b": {"c": "µ"}}),
    ("bytes", "null", bytes(range(256))),
    ("<blob>", "null", {"x": [1, "a"], "y": (2.5, None)}),
]
VALUES = {f"c{number}": value for number, (_, _, value) in enumerate(TYPES)}
LINES = "".join(f"c{n}={default} : {name}  # of {n}\n" for n, (name, default, _) in enumerate(TYPES))

MAKE_EVERYTHING = """
schema = Schema(name)
@schema
class Everything(dj.Manual):
    definition = "n : int32\\n---\\n" + lines
Everything.insert1(dict(row, n=1))
Everything.insert1(dict(n=2))
"""
ADD_AND_FETCH = """
m = VirtualModule("m", name)
m.Everything.insert1(dict(row, n=3))
m.Everything.to_dicts(order_by="n")
"""


def unpadded(row: dict[str, Any]) -> dict[str, Any]:
    """The row with `char` as the standard compares it: PostgreSQL pads, and the reference leaves it so."""
    return {name: value.rstrip() if isinstance(value, str) else value for name, value in row.items()}


@pytest.mark.spec("D-096", "T-044")
def test_rows_of_every_core_type(pair: Pair, here: Here, schema_name: Callable[[], str]) -> None:
    name = schema_name()
    pair.maker.run(MAKE_EVERYTHING, name=name, lines=LINES, row=VALUES)
    first, plain, third = map(unpadded, pair.reader.run(ADD_AND_FETCH, name=name, row=VALUES))
    assert first == {"n": 1, **VALUES}
    assert third == {"n": 3, **VALUES}
    assert [plain["c0"], plain["c3"], plain["c4"], plain["c6"], plain["c9"], plain["c10"]] == [
        -3, 2**53 + 1, 0.5, Decimal("1.500"), "say hi", "wetland"
    ]  # fmt: skip
    ours = here.run('VirtualModule("m", name).Everything.to_dicts(order_by="n")', name=name)
    assert [{k: type(v) for k, v in row.items()} for row in (ours[0], ours[2])] == [
        {"n": int, **{k: type(v) for k, v in VALUES.items()}}
    ] * 2


MAKE_TAGS = """
schema = Schema(name)
@schema
class Tag(dj.Manual):
    definition = "tag : uuid\\n---\\nother=null : uuid"
@schema
class Bird(dj.Manual):
    definition = "-> Tag\\n---\\n-> [nullable] Tag.proj(second='tag')"
"""
FILL_TAGS = """
m = VirtualModule("m", name)
m.Tag.insert1(dict(tag=two))
m.Tag.insert1(dict(tag=one, other=two))
m.Bird.insert([dict(tag=one, second=two), dict(tag=two, second=None)])
"""
JOIN_TAGS = 'm = VirtualModule("m", name)\n(m.Tag * m.Bird).to_dicts(order_by="tag")'
ONE, TWO = UUID(int=1), UUID(int=2**127 + 2)
TAGGED = [{"tag": ONE, "other": TWO, "second": TWO}, {"tag": TWO, "other": None, "second": None}]


@pytest.mark.backends("mysql")
@pytest.mark.spec("D-086", "T-035")
def test_uuids_and_references_to_them(pair: Pair, schema_name: Callable[[], str]) -> None:
    name = schema_name()
    pair.maker.run(MAKE_TAGS, name=name)
    pair.maker.run(FILL_TAGS, name=name, one=ONE, two=TWO)
    assert pair.reader.run(JOIN_TAGS, name=name) == TAGGED


@pytest.mark.backends("postgresql")
@pytest.mark.spec("D-086", "T-035")
def test_uuids_in_tables_that_the_reference_made_but_cannot_fill(
    here: Here, reference: Reference, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    reference.run(MAKE_TAGS, name=name)
    reference.error(FILL_TAGS, name=name, one=ONE, two=TWO)
    here.run(FILL_TAGS, name=name, one=ONE, two=TWO)
    assert here.run(JOIN_TAGS, name=name) == TAGGED
    reference.error('VirtualModule("m", name).Tag.to_dicts()', name=name)


BLOBS = [
    {"a": np.arange(6).reshape(2, 3), "b": [1, (2, "x")], "c": {1, 2}},
    np.linspace(0, 1, 7),
    [Decimal("1.5"), NOON, DAY, ONE, None, True, 2**70, b"\0\xff"],
    "Zaunkönig",
    np.zeros((0, 3), "i2"),
]
MAKE_BLOBS = """
schema = Schema(name)
@schema
class Trace(dj.Manual):
    definition = "n : int32\\n---\\npic : <blob>"
Trace.insert(dict(n=n, pic=value) for n, value in enumerate(values))
"""
ADD_BLOBS = """
m = VirtualModule("m", name)
m.Trace.insert(dict(n=n + 10, pic=value) for n, value in enumerate(values))
list(m.Trace.to_arrays("pic", order_by="n"))
"""


@pytest.mark.spec("C-027", "C-028")
def test_blobs(pair: Pair, schema_name: Callable[[], str]) -> None:
    name = schema_name()
    pair.maker.run(MAKE_BLOBS, name=name, values=BLOBS)
    found = pair.reader.run(ADD_BLOBS, name=name, values=BLOBS)
    assert len(found) == 2 * len(BLOBS)
    for value, expected in zip(found, BLOBS * 2, strict=True):
        np.testing.assert_equal(value, expected)


# -- tables ---------------------------------------------------------------------------------

MAKE_SURVEY = """
schema = Schema(name)
@schema
class Species(dj.Lookup):
    definition = '''
    # kinds: 'all' of them; {x} µ✓ a:b
    species : varchar(12)   # it's short: a:b, {y} µ✓
    ---
    rank=1 : int16
    '''
    contents = [dict(species="owl", rank=1), dict(species="wren", rank=2)]
@schema
class Site(dj.Manual):
    definition = '''
    site_id : int32
    day : date
    ---
    label : varchar(20)
    unique index (label)
    index (day, label)
    '''
@schema
class Settings(dj.Manual):
    definition = '''
    ---
    volume=3 : int8
    '''
@schema
class Visit(dj.Manual):
    definition = '''
    -> Site
    visit : int16
    ---
    -> [nullable] Species
    -> [unique, nullable] Site.proj(next_id="site_id", next_day="day")
    '''
    class Count(dj.Part):
        definition = '''
        -> master
        -> Species
        ---
        n : int32
        '''
@schema
class Rival(dj.Manual):
    definition = '''
    -> Species
    -> Species.proj(other="species")
    ---
    wins=0 : int32
    '''
@schema
class Note(dj.Manual):
    definition = '''
    note : int32
    ---
    -> Species
    -> [unique] Species.proj(other="species")
    '''
"""
FILL_SURVEY = """
m = VirtualModule("m", name)
m.Site.insert([dict(site_id=1, day=day, label="dune"), dict(site_id=2, day=day, label="fen")])
m.Visit.insert([
    dict(site_id=1, day=day, visit=1, species="owl", next_id=2, next_day=day),
    dict(site_id=2, day=day, visit=1),
])
m.Visit.Count.insert(
    dict(site_id=1, day=day, visit=1, species=species, n=n) for species, n in [("owl", 2), ("wren", 3)]
)
m.Rival.insert1(dict(species="owl", other="wren"))
m.Note.insert1(dict(note=1, species="owl", other="wren"))
m.Settings.insert1(dict(volume=4))
"""
TABLES = ["Species", "Site", "Settings", "Visit", "Visit.Count", "Rival", "Note"]
LOOK_AT_SURVEY = """
from operator import attrgetter
m = VirtualModule("m", name)
{path: look(attrgetter(path)(m)) for path in tables}
"""
DESCRIBE = "look = lambda table: table.describe()\n" + LOOK_AT_SURVEY
ROWS = "look = lambda table: table.to_dicts(order_by='KEY')\n" + LOOK_AT_SURVEY
TIERS = "look = lambda table: table.__mro__[1].__name__\n" + LOOK_AT_SURVEY
KEYS = (
    "look = lambda table: [table().primary_key, sorted(set(table().parents())), sorted(set(table().children()))]\n"
    + LOOK_AT_SURVEY
)
VISITS = [
    {"site_id": 1, "day": DAY, "visit": 1, "species": "owl", "next_id": 2, "next_day": DAY},
    {"site_id": 2, "day": DAY, "visit": 1, "species": None, "next_id": None, "next_day": None},
]
SURVEY_ROWS = {
    "Species": [{"species": "owl", "rank": 1}, {"species": "wren", "rank": 2}],
    "Site": [{"site_id": 1, "day": DAY, "label": "dune"}, {"site_id": 2, "day": DAY, "label": "fen"}],
    "Settings": [{"volume": 4}],
    "Visit": VISITS,
    "Visit.Count": [
        {"site_id": 1, "day": DAY, "visit": 1, "species": "owl", "n": 2},
        {"site_id": 1, "day": DAY, "visit": 1, "species": "wren", "n": 3},
    ],
    "Rival": [{"species": "owl", "other": "wren", "wins": 0}],
    "Note": [{"note": 1, "species": "owl", "other": "wren"}],
}


def described(texts: dict[str, str]) -> dict[str, TableDefinition]:
    """Definitions of tables by path, read; the reference prints a part's master by its name."""
    return {
        path: parse(text.replace("-> master", f"-> m.{path.split('.')[0]}")) for path, text in texts.items()
    }


@pytest.mark.spec("D-096")
def test_rows_put_in_by_the_other_library(pair: Pair, schema_name: Callable[[], str]) -> None:
    name = schema_name()
    pair.maker.run(MAKE_SURVEY, name=name)
    pair.reader.run(FILL_SURVEY, name=name, day=DAY)
    for library in pair:
        assert library.run(ROWS, name=name, tables=TABLES) == SURVEY_ROWS


@pytest.mark.spec("D-096")
def test_joins_and_restrictions(pair: Pair, schema_name: Callable[[], str]) -> None:
    name = schema_name()
    pair.maker.run(MAKE_SURVEY + FILL_SURVEY, name=name, day=DAY)
    queries = """
m = VirtualModule("m", name)
[
    (m.Visit * m.Site).to_dicts(order_by="KEY"),
    (m.Site & m.Visit.Count).to_dicts(),
    (m.Species - m.Visit.Count.proj() - m.Rival).to_dicts(),
    m.Visit.aggr(m.Visit.Count, total="sum(n)", keep_all_rows=False).to_dicts(),
    (m.Visit & {"species": "owl"}).proj(kind="species").to_dicts(),
    (m.Rival.proj(first="species", species="other") * m.Species).to_dicts(),
]
"""
    first, second = (library.run(queries, name=name) for library in pair)
    assert first == second
    assert first[0] == [{**VISITS[0], "label": "dune"}, {**VISITS[1], "label": "fen"}]
    assert first[1] == SURVEY_ROWS["Site"][:1] and first[2] == []
    assert [row["total"] for row in first[3]] == [5]
    assert first[4] == [{"site_id": 1, "day": DAY, "visit": 1, "kind": "owl"}]
    assert first[5] == [{"first": "owl", "species": "wren", "rank": 2}]


@pytest.mark.spec("D-096")
@pytest.mark.parametrize("asked", [TIERS, KEYS], ids=["tiers", "keys"])
def test_tiers_keys_and_relatives(pair: Pair, schema_name: Callable[[], str], asked: str) -> None:
    name = schema_name()
    pair.maker.run(MAKE_SURVEY, name=name)
    ours, theirs = (library.run(asked, name=name, tables=TABLES) for library in pair)
    assert ours == theirs
    if asked is TIERS:
        assert list(ours.values()) == ["Lookup", "Manual", "Manual", "Manual", "Part", "Manual", "Manual"]


@pytest.mark.spec("D-096")
def test_descriptions_mean_the_same(pair: Pair, schema_name: Callable[[], str]) -> None:
    name = schema_name()
    pair.maker.run(MAKE_SURVEY, name=name)
    one, other = (described(library.run(DESCRIBE, name=name, tables=TABLES)) for library in pair)
    assert one == other
    assert one["Species"].comment == "kinds: 'all' of them; {x} µ✓ a:b"
    assert one["Species"].attributes[0].comment == "it's short: a:b, {y} µ✓"


@pytest.mark.spec("D-096")
def test_a_description_of_every_type_declares_the_same_table(
    pair: Pair, here: Here, schema_name: Callable[[], str]
) -> None:
    first, second = schema_name(), schema_name()
    pair.maker.run(MAKE_EVERYTHING, name=first, lines=LINES, row=VALUES)
    text = pair.reader.run('VirtualModule("m", name).Everything.describe()', name=first)
    again = 'schema = Schema(name)\n@schema\nclass Everything(dj.Manual):\n    definition = text\n'
    here.run(again, name=second, text=text)
    one, other = (here.connection.catalogue.table(TableName(name, "everything")) for name in (first, second))
    assert other.heading.names == one.heading.names
    for ours, theirs in zip(one.columns, other.columns, strict=True):
        assert replace(ours, lineage=None, sql_type="") == replace(theirs, lineage=None, sql_type="")


ODD = """100% {x} 'a' "b" \\n \\ µ✓🦉 a:b; -- */ `"""
MAKE_ODD = """
schema = Schema(name)
@schema
class Share(dj.Manual):
    definition = f"# {text}\\nshare : int32  # {text}"
"""


@pytest.mark.spec("D-096")
def test_comments_with_any_characters(
    here: Here, reference: Reference, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    here.run(MAKE_ODD, name=name, text=ODD)
    text = reference.run('VirtualModule("m", name).Share.describe()', name=name)
    assert parse(text) == parse(f"# {ODD}\nshare : int32  # {ODD}")


@pytest.mark.spec("D-096")
def test_text_that_a_database_of_the_reference_may_lack(
    here: Here, reference: Reference, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    here.run(MAKE_EVERYTHING, name=name, lines="word=null : varchar(9)", row={"word": "🦉 Ω ✓"})
    fetch = 'm = VirtualModule("m", name)\nm.Everything.insert1(dict(n=3, word="🐦"))\nm.Everything.to_dicts()'
    assert [row["word"] for row in reference.run(fetch, name=name)] == ["🦉 Ω ✓", None, "🐦"]
