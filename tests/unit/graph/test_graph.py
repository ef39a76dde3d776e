"""Relatives and order: ``05-data-manipulation.md`` §5.1."""

from __future__ import annotations

import pytest

from datajoint_nb.errors import DataJointError, MissingTableError
from tests.unit.graph.tables import FARM, graph, name


def names(found: list[object]) -> list[str]:
    return [str(n).removeprefix("s.") for n in found]


def test_each_foreign_key_is_an_edge_with_its_facts():
    edges = graph(*FARM).parents(name("graft"))
    assert [e.attr_map for e in edges] == [
        {"a_o": "orchard", "a_t": "tree"},
        {"b_o": "orchard", "b_t": "tree"},
    ]
    assert edges[0].facts() == {
        "attr_map": {"a_o": "orchard", "a_t": "tree"},
        "aliased": True,
        "primary": True,
        "multi": True,
    }


@pytest.mark.parametrize(
    ("child", "aliased", "primary", "multi", "nullable"),
    [
        ("tree", False, True, True, False),
        ("graft", True, True, True, False),
        ("label", False, False, True, True),
        ("other.__yield", False, True, False, False),
    ],
)
def test_facts(child: str, aliased: bool, primary: bool, multi: bool, nullable: bool):
    edge = graph(*FARM).parents(name(child))[0]
    assert (edge.aliased, edge.primary, edge.multi, edge.nullable) == (aliased, primary, multi, nullable)


def test_ancestors_are_nearest_first_and_descendants_parents_first():
    farm = graph(*FARM)
    assert names(farm.ancestors(name("tree__leaf"))) == ["tree__leaf", "tree__row", "tree", "orchard"]
    assert names(farm.descendants(name("tree"))) == [
        "tree", "tree__row", "tree__leaf", "other.__yield", "graft", "label",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "order"),
    [
        # parts come before tables of earlier names
        (["m: a", "b: b", "m__p: a p -> m(a)", "m__q: a q -> m(a)"], ["b", "m", "m__p", "m__q"]),
        # a master waits for what its parts need
        (["a: a", "z: z", "a__p: a / z -> a(a) -> z(z)"], ["z", "a", "a__p"]),
        # what a part needs may itself depend on the master
        (["a: a", "k: a -> a(a)", "a__p: a p -> a(a) -> k(a)", "b: b"], ["a", "b", "k", "a__p"]),
        # two masters whose parts need each other
        (
            ["a: a", "b: b", "a__p: a / b -> a(a) -> b(b)", "b__p: b / a -> b(b) -> a(a)"],
            ["b", "a", "a__p", "b__p"],
        ),
    ],
)
def test_order(lines: list[str], order: list[str]):
    assert names(graph(*lines).order()) == order


@pytest.mark.parametrize(
    ("lines", "circle"),
    [
        (["a: a / b -> a(b=a)"], "s.a -> s.a"),
        (["a: a / b -> b(b)", "b: b / a -> a(a)", "c: a -> a(a)", "d: d"], "s.a -> s.b -> s.a"),
    ],
)
def test_cycles_are_named(lines: list[str], circle: str):
    with pytest.raises(DataJointError, match=circle):
        graph(*lines)


def test_tables_of_the_library_are_left_out():
    found = graph("a: a", "~~a: a -> a(a)", "~lineage: t")
    assert names(found.order()) == ["a"]


def test_a_parent_outside_is_known_by_name():
    found = graph("a: x -> far.b(x)")
    assert names(found.ancestors(name("a"))) == ["a", "far.b"]
    with pytest.raises(MissingTableError):
        found.base(name("far.b"))


@pytest.mark.parametrize("method", ["parents", "children", "ancestors", "descendants", "base"])
def test_unknown_tables(method: str):
    with pytest.raises(MissingTableError, match="nothing"):
        getattr(graph(*FARM), method)(name("nothing"))
