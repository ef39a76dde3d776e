"""What of the foreign-key graph a diagram reaches, over a catalogue made by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from datajoint_nb.backends import Reference
from datajoint_nb.connection.dependencies import Dependencies
from datajoint_nb.diagram.pipeline import Pipeline
from datajoint_nb.errors import DataJointError
from tests.unit.diagram.stored_tables import key, name, table

CHAIN = [
    table("a.first", ["*n"]),
    table("b.second", ["*n"], key("n", "a.first")),
    table("c.third", ["*n"], key("n", "b.second")),
    table("d.fourth", ["*n"], key("n", "c.third")),
    table("e.alone", ["*n"]),
]


class Catalogue:
    """A catalogue that counts how often the foreign keys of the whole database are read."""

    def __init__(self, tables, hidden=()):
        self.asked = 0
        self.all = [Reference(t.name, k) for t in tables for k in t.foreign_keys]
        self.schemas = {t.name.schema: {} for t in tables}
        for stored in tables:
            if stored.name.schema not in hidden:
                self.schemas[stored.name.schema][stored.name.table] = stored

    def schema(self, schema):
        return self.schemas.get(schema, {})

    def references(self, parents_in=None):
        self.asked += 1
        return self.all


def connection(active, tables=CHAIN, hidden=()):
    catalogue = Catalogue(tables, hidden)
    schemas = dict.fromkeys(active)
    dependencies = Dependencies(catalogue, lambda: tuple(schemas))
    return SimpleNamespace(catalogue=catalogue, schemas=schemas, dependencies=dependencies)


def texts(tables):
    return sorted(map(str, tables))


@pytest.mark.parametrize(
    ("active", "extra", "scope", "expected"),
    [
        ("b", "", "active", ["a.first", "b.second", "c.third"]),
        ("", "b", "active", ["a.first", "b.second", "c.third"]),
        ("a", "d", "active", ["a.first", "b.second", "c.third", "d.fourth"]),
        ("b", "", "connected", ["a.first", "b.second", "c.third", "d.fourth"]),
        ("e", "", "active", ["e.alone"]),
        ("e", "", "connected", ["e.alone"]),
    ],
)
def test_the_reach_of_a_scope(active, extra, scope, expected):
    pipeline = Pipeline(connection(active), frozenset(extra), scope)
    assert texts(pipeline.tables()) == expected


def test_neighbours_are_read_with_their_keys():
    pipeline = Pipeline(connection("b"), frozenset())
    assert pipeline.stored(name("c.third")).primary_key == ("n",)
    (edge,) = pipeline.edges([name("b.second"), name("c.third")])
    assert (edge.primary, edge.multi) == (True, False)
    assert texts(pipeline.outside(pipeline.tables())) == ["a.first", "c.third"]


def test_what_lies_beyond_the_neighbours_is_no_child():
    pipeline = Pipeline(connection("b"), frozenset())
    assert pipeline.children(name("c.third")) == set()
    assert texts(Pipeline(connection("b"), frozenset(), "connected").children(name("c.third"))) == [
        "d.fourth"
    ]


@pytest.mark.parametrize("hidden", ["a", "c", "ac"])
def test_tables_that_cannot_be_read_are_kept(hidden):
    pipeline = Pipeline(connection("b", hidden=hidden), frozenset())
    assert texts(pipeline.tables()) == ["a.first", "b.second", "c.third"]
    for table_name, schema in (("a.first", "a"), ("c.third", "c")):
        assert (pipeline.stored(name(table_name)) is None) == (schema in hidden)
    assert texts(pipeline.parents(name("b.second"))) == ["a.first"]
    assert texts(pipeline.children(name("b.second"))) == ["c.third"]
    assert len(pipeline.edges(pipeline.tables())) == 2
    assert texts(pipeline.order(pipeline.tables())) == ["a.first", "b.second", "c.third"]


def test_foreign_keys_are_read_once_until_a_table_changes():
    found = connection("b")
    Pipeline(found, frozenset()).tables()
    Pipeline(found, frozenset("c")).tables()
    asked = found.catalogue.asked
    Pipeline(found, frozenset()).tables()
    Pipeline(found, frozenset("c"), "connected").tables()
    Pipeline(found, frozenset("c"), "connected").tables()
    assert found.catalogue.asked == asked
    found.catalogue.schemas["b"] = {**found.catalogue.schemas["b"]}
    Pipeline(found, frozenset()).tables()
    assert found.catalogue.asked > asked


def test_job_tables_are_no_part_of_it():
    jobs = table("b.~~second", ["*n"], key("n", "a.first"))
    assert texts(Pipeline(connection("b", [*CHAIN, jobs]), frozenset()).tables()) == [
        "a.first",
        "b.second",
        "c.third",
    ]


def test_a_cycle_names_its_tables():
    one = table("b.one", ["*n", "m"], key("m", "b.two", "n"))
    two = table("b.two", ["*n"], key("n", "b.one"))
    with pytest.raises(DataJointError, match=r"b\.one"):
        Pipeline(connection("b", [one, two]), frozenset()).tables()
