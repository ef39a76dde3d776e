"""Schemas made by one library are used by the other: described, fetched, joined, filled, changed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from datajoint_nb.definition.parse import parse
from datajoint_nb.model.definition import ForeignKeyLine, IndexLine, TableDefinition
from datajoint_nb.model.names import TableName
from tests.interop.conftest import Here, Pair
from tests.interop.reference import Reference
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
    {"a": np.arange(6).reshape(2, 3), "b": [1, (2, "x")], "c": ({}, [])},
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
    dict(site_id=2, day=day, visit=1, species=None, next_id=None, next_day=None),
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
    "look = lambda table: "
    "[table().primary_key, sorted(set(table().parents())), sorted(set(table().children()))]\n"
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


CAST = r"(='[^']*')::[a-z ]+(?=\s*:)"


def described(texts: dict[str, str]) -> dict[str, TableDefinition]:
    """Definitions of tables by path, read.

    The reference prints a part's master by its name, and on PostgreSQL defaults with the server's cast.
    """
    return {
        path: parse(re.sub(CAST, r"\1", text.replace("-> master", f"-> m.{path.split('.')[0]}")))
        for path, text in texts.items()
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
    m.Visit.proj().aggr(m.Visit.Count, total="sum(n)").to_dicts(order_by="KEY"),
    (m.Visit & {"species": "owl"}).proj(kind="species").to_dicts(),
    (m.Rival.proj(first="species", species="other") * m.Species).to_dicts(),
]
"""
    first, second = (library.run(queries, name=name) for library in pair)
    assert first == second
    assert first[0] == [{**VISITS[0], "label": "dune"}, {**VISITS[1], "label": "fen"}]
    assert first[1] == SURVEY_ROWS["Site"][:1] and first[2] == []
    assert [row["total"] for row in first[3]] == [5, None]
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


def without_indexes(definition: TableDefinition) -> TableDefinition:
    """The definition without what makes an index of its own."""
    lines = (
        replace(line, unique=False) if isinstance(line, ForeignKeyLine) else line
        for line in definition.lines
        if not isinstance(line, IndexLine)
    )
    return replace(definition, lines=tuple(lines))


@pytest.mark.spec("D-096")
def test_descriptions_mean_the_same(pair: Pair, backend: str, schema_name: Callable[[], str]) -> None:
    name = schema_name()
    pair.maker.run(MAKE_SURVEY, name=name)
    one, other = (described(library.run(DESCRIBE, name=name, tables=TABLES)) for library in pair)
    if backend == "postgresql":
        # where the reference knows of no index
        one, other = ({path: without_indexes(d) for path, d in found.items()} for found in (one, other))
    assert one == other
    assert one["Species"].comment == "kinds: 'all' of them; {x} µ✓ a:b"
    assert one["Species"].attributes[0].comment == "it's short: a:b, {y} µ✓"


@pytest.mark.spec("D-096")
def test_a_description_of_every_type_declares_the_same_table(
    pair: Pair, here: Here, backend: str, schema_name: Callable[[], str]
) -> None:
    first, second = schema_name(), schema_name()
    pair.maker.run(MAKE_EVERYTHING, name=first, lines=LINES, row=VALUES)
    text = pair.reader.run('VirtualModule("m", name).Everything.describe()', name=first)
    if backend == "postgresql" and pair.reader is not here:
        # the reference prints defaults as the server does, with casts that no definition has
        types = re.findall(r"^\w+ *(?:=.*?)? : ([^#]*?)\s*(?:#.*)?$", text, re.MULTILINE)
        assert types == ["int32", *(name for name, _, _ in TYPES)]
        return
    again = "schema = Schema(name)\n@schema\nclass Everything(dj.Manual):\n    definition = text\n"
    here.run(again, name=second, text=text)
    one, other = (here.connection.catalogue.table(TableName(name, "everything")) for name in (first, second))
    assert other.heading.names == one.heading.names
    for ours, theirs in zip(one.columns, other.columns, strict=True):
        assert replace(ours, lineage=None, sql_type="") == replace(theirs, lineage=None, sql_type="")


ODD = """100% {x} 'a' "b" \\n \\ µ✓ a:b; -- */ `"""
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
    fetch = (
        'm = VirtualModule("m", name)\nm.Everything.insert1(dict(n=3, word="🐦"))\nm.Everything.to_dicts()'
    )
    assert [row["word"] for row in reference.run(fetch, name=name)] == ["🦉 Ω ✓", None, "🐦"]


# -- computed tables ------------------------------------------------------------------------

MAKE_TOTALS = """
schema = Schema(name)
@schema
class Site(dj.Manual):
    definition = "site_id : int32\\n---\\nweight : int32"
@schema
class Double(dj.Computed):
    definition = "-> Site\\n---\\ntwice : int64"
    def make(self, key):
        self.insert1(dict(key, twice=2 * (Site & key).fetch1("weight")))
@schema
class Split(dj.Imported):
    definition = "-> Double"
    class Piece(dj.Part):
        definition = "-> master\\npiece : int16"
    def make(self, key):
        self.insert1(key)
        Split.Piece.insert(dict(key, piece=n) for n in range((Double & key).fetch1("twice")))
"""
POPULATE = MAKE_TOTALS + "Double.populate()\nSplit.populate()\n"
LOOK_AT_TOTALS = """
m = VirtualModule("m", name)
[m.Double.to_dicts(order_by="KEY"), m.Split.to_dicts(order_by="KEY"), len(m.Split.Piece())]
"""
TOTALS = [[{"site_id": 1, "twice": 4}, {"site_id": 2, "twice": 6}], [{"site_id": 1}, {"site_id": 2}], 10]
ADD_METADATA = "dj.config.jobs.add_job_metadata = on"


@pytest.fixture(params=[False, True], ids=["plain", "with metadata"])
def job_metadata(request: pytest.FixtureRequest, here: Here, reference: Reference) -> Any:
    """Whether computed tables get hidden columns; the reference's setting is put back."""
    for library in (here, reference):
        library.run(ADD_METADATA, on=request.param)
    yield request.param
    reference.run(ADD_METADATA, on=False)


@pytest.mark.spec("D-081", "D-096")
def test_computed_tables_populated_by_the_other_library(
    pair: Pair, here: Here, job_metadata: bool, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    pair.maker.run(MAKE_TOTALS + "Site.insert1(dict(site_id=1, weight=2))\nDouble.populate()", name=name)
    pair.reader.run("VirtualModule('m', name).Site.insert1(dict(site_id=2, weight=3))", name=name)
    pair.reader.run(POPULATE, name=name)
    for library in pair:
        assert library.run(LOOK_AT_TOTALS, name=name) == TOTALS
    hidden = [
        c.name for c in here.connection.catalogue.table(TableName(name, "__double")).columns if c.is_hidden
    ]
    expected = ["_job_start_time", "_job_duration", "_job_version"] if job_metadata else []
    assert hidden == expected
    if job_metadata:
        rows = here.connection.query(
            f"SELECT count(_job_start_time), min(_job_duration) FROM {name}.__double"
        )
        count, shortest = rows.fetchone()
        # at least by the reference, whichever library that was
        assert count >= 1 and shortest >= 0


# -- references between databases of both ----------------------------------------------------

KEY_TYPES = [
    "int8", "int64", "decimal(6,2)", "bool", "char(3)", "varchar(9)", "enum('a','b:c')", "date",
    "datetime(3)", "float64", "tinyint unsigned",
]  # fmt: skip
MAKE_KEYS = """
schema = Schema(name)
@schema
class Origin(dj.Manual):
    definition = "".join(f"k{n} : {text} # key {n}\\n" for n, text in enumerate(types))
@schema
class Child(dj.Manual):
    definition = "-> Origin\\nchild : int32"
@schema
class Grandchild(dj.Manual):
    definition = "grandchild : int32\\n---\\n-> Child.proj(former='k0')"
"""


@pytest.mark.spec("D-086", "T-044")
def test_columns_of_references_that_the_reference_leaves_unmarked(
    here: Here, reference: Reference, backend: str, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    types = [text for text in KEY_TYPES if backend == "mysql" or "unsigned" not in text]
    reference.run(MAKE_KEYS, name=name, types=types)
    origin, child, grandchild = (
        here.connection.catalogue.table(TableName(name, table)) for table in ("origin", "child", "grandchild")
    )
    specs = {column.name: column.spec for column in origin.columns}
    assert {c.name: c.spec for c in child.columns if c.name != "child"} == specs
    inherited = {c.name: c.spec for c in grandchild.columns if c.name not in ("child", "grandchild")}
    assert inherited == {"former": specs.pop("k0"), **specs}
    assert [spec.text for spec in inherited.values()][:6] == [
        "int8", "int64", "decimal(6,2)", "bool", "char(3)", "varchar(9)"
    ]  # fmt: skip


MAKE_STRINGS = """
schema = Schema(name)
@schema
class Word(dj.Manual):
    definition = "word : varchar(9)\\nday : date\\n---\\nn=null : int32"
Word.insert([dict(word="owl", day=day, n=1), dict(word="wren", day=day, n=None)])
"""
REFER = """
m = VirtualModule("m", parents)
schema = Schema(name)
@schema
class Use(dj.Manual):
    definition = "-> m.Word\\nuse : int16\\n---\\n-> [nullable] m.Word.proj(other='word', other_day='day')"
Use.insert1(dict(word="owl", day=day, use=1, other="wren", other_day=day))
"""
JOIN_USES = """
m, u = VirtualModule("m", parents), VirtualModule("u", name)
[
    (m.Word * u.Use).to_dicts(),
    (m.Word - u.Use).to_dicts(),
    (m.Word.proj(other="word", other_day="day", m="n") * u.Use).to_dicts(),
]
"""
USES = [
    [{"word": "owl", "day": DAY, "n": 1, "use": 1, "other": "wren", "other_day": DAY}],
    [{"word": "wren", "day": DAY, "n": None}],
    [{"word": "owl", "day": DAY, "use": 1, "other": "wren", "other_day": DAY, "m": None}],
]


def collation(server: Server, schema: str, table: str, column: str) -> str:
    (found,) = server.execute(
        "SELECT collation_name FROM information_schema.columns WHERE "
        f"table_schema = '{schema}' AND table_name = '{table}' AND column_name = '{column}'"
    )
    return str(found[0])


@pytest.mark.spec("D-096", "R-020")
def test_a_table_made_here_refers_to_strings_of_the_reference(
    here: Here, reference: Reference, server: Server, backend: str, schema_name: Callable[[], str]
) -> None:
    parents, name = schema_name(), schema_name()
    reference.run(MAKE_STRINGS, name=parents, day=DAY)
    here.run(REFER, name=name, parents=parents, day=DAY)
    for library in (here, reference):
        assert library.run(JOIN_USES, name=name, parents=parents) == USES
    if backend == "mysql":
        theirs = collation(server, parents, "word", "word")
        assert collation(server, name, "use", "word") == collation(server, name, "use", "other") == theirs
        own = server.execute(
            f"SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = '{name}'"
        )
        assert own != [(theirs,)]


@pytest.mark.spec("D-096")
@pytest.mark.backends("postgresql")
def test_a_table_of_the_reference_refers_to_strings_made_here(
    here: Here, reference: Reference, schema_name: Callable[[], str]
) -> None:
    parents, name = schema_name(), schema_name()
    here.run(MAKE_STRINGS, name=parents, day=DAY)
    reference.run(REFER, name=name, parents=parents, day=DAY)
    for library in (here, reference):
        assert library.run(JOIN_USES, name=name, parents=parents) == USES


@pytest.mark.spec("D-096")
@pytest.mark.backends("mysql")
def test_the_reference_refers_to_strings_made_here_from_a_database_of_equal_collation(
    here: Here, reference: Reference, server: Server, schema_name: Callable[[], str]
) -> None:
    parents, name = schema_name(), schema_name()
    here.run(MAKE_STRINGS, name=parents, day=DAY)
    refused = reference.error(REFER, name=name, parents=parents, day=DAY)
    assert "errno: 150" in refused.message
    server.execute(f"ALTER DATABASE {name} COLLATE {collation(server, parents, 'word', 'word')}")
    reference.run(REFER, name=name, parents=parents, day=DAY)
    for library in (here, reference):
        assert library.run(JOIN_USES, name=name, parents=parents) == USES


MAKE_CHILDREN = """
m = VirtualModule("m", parents)
schema = Schema(name)
@schema
class Visit(dj.Manual):
    definition = '''
    -> m.Site
    visit : int16
    ---
    -> [nullable] m.Site.proj(next_id="site_id", next_day="day")
    '''
Visit.insert1(dict(site_id=1, day=day, visit=1, next_id=2, next_day=day))
"""


@pytest.mark.spec("D-096")
def test_references_to_numbers_and_dates_of_the_other_library(
    pair: Pair, schema_name: Callable[[], str]
) -> None:
    parents, name = schema_name(), schema_name()
    pair.maker.run(MAKE_SURVEY + FILL_SURVEY, name=parents, day=DAY)
    pair.reader.run(MAKE_CHILDREN, name=name, parents=parents, day=DAY)
    join = """
m, v = VirtualModule("m", parents), VirtualModule("v", name)
[(m.Site * v.Visit).to_dicts(), v.Visit().parents() == [m.Site.full_table_name] * 2 or v.Visit().parents()]
"""
    for library in pair:
        rows, _ = library.run(join, name=name, parents=parents)
        assert rows == [
            {"site_id": 1, "day": DAY, "label": "dune", "visit": 1, "next_id": 2, "next_day": DAY}
        ]


ALTER = """
m = VirtualModule("m", name)
Site, Species = m.Site, m.Species
schema = Schema(name)
@schema
class Visit(dj.Manual):
    definition = '''
    -> Site
    visit : int16
    ---
    -> [nullable] Species
    -> [unique, nullable] Site.proj(next_id="site_id", next_day="day")
    remark="" : varchar(100)
    '''
Visit.alter(prompt=False)
"""


@pytest.mark.backends("mysql")
@pytest.mark.spec("D-085")
def test_the_reference_alters_a_table_made_here(
    here: Here, reference: Reference, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    here.run(MAKE_SURVEY + FILL_SURVEY, name=name, day=DAY)
    reference.run(ALTER, name=name)
    here.connection.forget()
    table = here.connection.catalogue.table(TableName(name, "visit"))
    assert table.by_name["remark"].spec.text == "varchar(100)"
    assert table.by_name["next_id"].spec.text == "int32"
    rows = here.run('VirtualModule("m", name).Visit.to_dicts(order_by="KEY")', name=name)
    assert rows == [{**row, "remark": ""} for row in VISITS]


@pytest.mark.spec("D-085")
def test_columns_of_references_made_here_carry_the_type_for_the_reference(
    here: Here, reference: Reference, server: Server, backend: str, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    # the reference ends a marker at its second colon, also inside a label
    types = [text.replace(":", " ") for text in KEY_TYPES if "unsigned" not in text]
    here.run(MAKE_KEYS, name=name, types=types)
    types_of = """
heading = VirtualModule("m", name).Grandchild.heading
{n: heading[n].original_type for n in heading.names}
"""
    found = reference.run(types_of, name=name)
    assert found == {
        "grandchild": "int32", "child": "int32", "former": types[0],
        **{f"k{n}": text for n, text in enumerate(types) if n},
    }  # fmt: skip


MAKE_ENUM = """
schema = Schema(name)
@schema
class Place(dj.Manual):
    definition = "place : int32\\n---\\nhabitat='wetland' : enum('woodland','wetland','urban')"
Place.insert1(dict(place=1))
"""


@pytest.mark.backends("postgresql")
@pytest.mark.spec("D-093")
def test_enum_types_have_the_same_name(pair: Pair, server: Server, schema_name: Callable[[], str]) -> None:
    name = schema_name()
    pair.maker.run(MAKE_ENUM, name=name)
    add = 'm = VirtualModule("m", name)\nm.Place.insert1(dict(place=2, habitat="urban"))'
    pair.reader.run(add, name=name)
    for library in pair:
        fetch = 'list(VirtualModule("m", name).Place.to_arrays("habitat", order_by="place"))'
        assert library.run(fetch, name=name) == ["wetland", "urban"]
    names = server.execute(
        "SELECT t.typname FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace "
        f"WHERE n.nspname = '{name}' AND t.typtype = 'e'"
    )
    assert names == [("enum_1ec5a777",)]
