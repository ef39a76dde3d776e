"""Tables related by foreign keys: ``05-data-manipulation.md`` §8, ``01-definitions.md`` §7."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import MissingTableError


@pytest.mark.spec("M-096")
def test_two_foreign_keys_to_one_parent_are_two_entries(farm: SimpleNamespace):
    tree = farm.Tree().full_table_name
    assert farm.Graft.parents() == [tree, tree]
    found = farm.Graft.parents(foreign_key_info=True)
    assert [info["attr_map"] for _, info in found] == [
        {"a_o": "orchard", "a_t": "tree"},
        {"b_o": "orchard", "b_t": "tree"},
    ]
    assert all(info["aliased"] and info["primary"] and info["multi"] for _, info in found)


@pytest.mark.spec("M-097")
def test_ancestors_and_descendants_include_the_table(farm: SimpleNamespace):
    names = {n: t().full_table_name for n, t in (("o", farm.Orchard), ("t", farm.Tree), ("r", farm.Tree.Row))}
    leaf = farm.Tree.Leaf().full_table_name
    assert farm.Tree.Leaf.ancestors() == [leaf, names["r"], names["t"], names["o"]]
    descendants = farm.Orchard.descendants()
    assert descendants[:2] == [names["o"], names["t"]]
    others = (farm.Graft, farm.Label, farm.Yield)
    assert set(descendants) == {*names.values(), leaf, *(t().full_table_name for t in others)}
    assert farm.Graft.descendants() == [farm.Graft().full_table_name]


def test_only_inside_or_outside_the_key(farm: SimpleNamespace):
    tree = farm.Tree().full_table_name
    assert farm.Label.parents(primary=True) == []
    assert farm.Label.parents(primary=False) == [tree]
    label = farm.Label().full_table_name
    assert farm.Tree.children(primary=False) == [label]
    assert label not in farm.Tree.children(primary=True)


def test_as_objects(farm: SimpleNamespace):
    (orchard,) = farm.Tree.parents(as_objects=True)
    assert len(orchard) == 4
    assert [len(t) for t in farm.Tree.parts(as_objects=True)] == [16, 16]


def test_tables_in_order_with_parts_after_their_master(farm: SimpleNamespace):
    names = farm.schema.list_tables()
    assert names.index("orchard") < names.index("tree") < names.index("graft")
    assert {names[names.index("tree") + 1], names[names.index("tree") + 2]} == {"tree__row", "tree__leaf"}
    assert names.index("tree__row") < names.index("tree__leaf")
    assert farm.other.list_tables() == ["__yield"]


def test_a_table_that_is_not_there(farm: SimpleNamespace):
    with pytest.raises(MissingTableError):
        dj.FreeTable(farm.connection, f"{farm.schema.database}.nothing").children()
