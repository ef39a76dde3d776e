"""Which rows go along, as conditions: ``05-data-manipulation.md`` §5."""

from __future__ import annotations

import re

import pytest

from datajoint_nb.graph.cascade import Cascade, PartIntegrity, cascade
from datajoint_nb.graph.graph import Graph
from datajoint_nb.graph.restrict import restrict
from datajoint_nb.graph.trace import roots_of_key, trace
from datajoint_nb.model.names import TableName
from datajoint_nb.query.conditions import FALSE, TRUE, Condition, Equal, InRows
from datajoint_nb.query.nodes import Node
from datajoint_nb.sql.delete import delete
from datajoint_nb.sql.dialect import SQLITE
from datajoint_nb.sql.select import select
from tests.unit.graph.tables import FARM, INT, graph, name


def equal(column: str, value: int = 1) -> Equal:
    return Equal(column, INT, value)


def where(found: Cascade, table: str) -> str:
    """The condition on a table, as SQL without quotes and schema."""
    text = delete(name(table), found.conditions[name(table)], SQLITE).sql.partition(" WHERE ")[2]
    return re.sub(r"s\.|\"", "", text).replace("\x1f", "?")


class Fetched:
    """Stands for the database: notes what keys are asked for, and gives one."""

    def __init__(self, *answers: Condition):
        self.asked: list[tuple[TableName, str]] = []
        self.answers = list(answers)

    def __call__(self, table: TableName, node: Node) -> Condition:
        text = select(node, SQLITE).sql
        self.asked.append((table, re.sub(r"s\.|\"", "", text).replace("\x1f", "?")))
        return self.answers.pop(0) if self.answers else FALSE


def go(
    found: Graph, seed: str, condition: Condition, keys: Fetched | None = None,
    mode: PartIntegrity = "enforce",
) -> Cascade:  # fmt: skip
    return cascade(found, name(seed), condition, keys or Fetched(), mode)


def test_a_condition_on_inherited_key_columns_is_copied():
    found = go(graph(*FARM), "orchard", equal("orchard"))
    for table in ("tree", "tree__row", "tree__leaf", "other.__yield"):
        assert where(found, table) == "orchard = ?"


def test_a_secondary_attribute_is_asked_of_the_parent():
    found = go(graph(*FARM), "tree", equal("height"))
    rows = "(orchard, tree) IN (SELECT orchard, tree FROM tree WHERE height = ?)"
    assert where(found, "tree__row") == where(found, "label") == rows
    assert where(found, "tree__leaf") == rows


def test_renamed_references_combine_by_or():
    found = go(graph(*FARM), "tree", equal("tree"))
    either = [
        f"({x}_o, {x}_t) IN (SELECT orchard AS {x}_o, tree AS {x}_t FROM tree WHERE tree = ?)" for x in "ab"
    ]
    assert where(found, "graft") == f"({either[0]} OR {either[1]})"


def test_a_column_shared_through_another_foreign_key_is_no_copy():
    lines = ["p: x / y", "o: y", "c: x y -> p(x) -> o(y)"]
    assert where(go(graph(*lines), "p", equal("y")), "c") == "x IN (SELECT x FROM p WHERE y = ?)"


def test_a_diamond_is_visited_once():
    lines = ["a: a", "b: a -> a(a)", "c: a -> a(a)", "d: a -> b(a) -> c(a)"]
    assert where(go(graph(*lines), "a", equal("a")), "d") == "a = ?"


def test_an_unrestricted_seed():
    found = go(graph("a: a", "b: a -> a(a)", "c: a -> b(a)"), "a", TRUE)
    assert where(found, "c") == where(found, "b") == "a IN (SELECT a FROM a)"


def test_no_rows_select_nothing():
    assert list(go(graph(*FARM), "orchard", FALSE)) == []


def test_order_is_that_of_the_graph():
    found = go(graph(*FARM), "tree", equal("tree"))
    assert found.tables[0] == name("tree")
    assert list(reversed(found))[-1] == name("tree")


def test_many_diamonds_in_a_row_do_not_double_the_statement_each_time():
    lines = ["t0: k0 / x"]
    for i in range(12):
        j = i + 1
        lines.append(f"t{j}: k{j} / a{j} b{j} -> t{i}(a{j}=k{i}) -> t{i}(b{j}=k{i})")
    keys = Fetched(*[InRows((f"k{n}",), (INT,), [(1,)]) for n in (5, 10)])
    found = cascade(graph(*lines), name("t0"), equal("x"), keys)
    longest = max(len(delete(t, c, SQLITE).sql) for t, c in found.conditions.items())
    assert longest < 10_000
    assert len(keys.asked) == 2


# -- parts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "checked"),
    [("orchard", []), ("tree", []), ("tree__row", ["tree__row"]), ("tree__leaf", ["tree__leaf"])],
)
def test_parts_reached_from_their_master_need_no_check(seed: str, checked: list[str]):
    assert list(go(graph(*FARM), seed, equal("orchard")).violations) == [name(t) for t in checked]


def test_the_check_asks_for_masters_that_stay():
    found = go(graph(*FARM), "tree__leaf", equal("leaf"))
    (node,) = found.violations.values()
    text = re.sub(r"s\.|\"", "", select(node, SQLITE, ["leaf"]).sql)
    assert text == (
        "SELECT leaf FROM tree__leaf WHERE leaf = \x1f AND (orchard, tree, row) IN "
        "(SELECT orchard, tree, row FROM tree__row WHERE (orchard, tree) IN (SELECT orchard, tree FROM tree))"
    )


@pytest.mark.parametrize(("mode", "asked"), [("ignore", 0), ("enforce", 0), ("cascade", 1)])
def test_masters_are_fetched_only_to_cascade(mode: PartIntegrity, asked: int):
    keys = Fetched(InRows(("orchard", "tree"), (INT, INT), [(1, 1)]))
    found = go(graph(*FARM), "tree__row", equal("row"), keys, mode)
    assert len(keys.asked) == asked
    assert (name("tree") in found) == (mode == "cascade")


def test_a_lifted_master_takes_its_dependents_along():
    keys = Fetched(InRows(("orchard", "tree"), (INT, INT), [(1, 1)]))
    found = go(graph(*FARM), "tree__row", equal("row"), keys, "cascade")
    assert where(found, "tree") == "(orchard, tree) IN (VALUES (1, 1))"
    assert where(found, "tree__row") == "(row = ? OR (orchard, tree) IN (VALUES (1, 1)))"
    assert name("graft") in found and name("other.__yield") in found
    assert not found.violations


def test_a_part_with_two_paths_to_its_master_lifts_along_both():
    lines = ["m: a", "m__p: a b -> m(a) -> m(b=a)"]
    keys = Fetched()
    go(graph(*lines), "m__p", equal("a"), keys, "cascade")
    ((table, text),) = keys.asked
    assert table == name("m")
    assert text.count("IN (SELECT") == 2


def test_masters_that_go_already_are_not_fetched_again():
    lines = ["m: a", "m__p: a / o -> m(a) -> o(o)", "o: o"]
    keys = Fetched(InRows(("a",), (INT,), [(1,)]))
    found = go(graph(*lines), "o", equal("o"), keys, "cascade")
    assert len(keys.asked) == 1
    assert where(found, "m") == "a IN (1)"


# -- trace and restrict ----------------------------------------------------------------------


def test_trace_goes_up_by_foreign_keys_only():
    found = trace(graph(*FARM), {name("other.__yield"): equal("tree", 2)})
    texts = [re.sub(r"s\.|\"", "", select(found.node(n), SQLITE).sql) for n in found]
    assert [str(n) for n in found] == ["s.orchard", "s.tree", "other.__yield"]
    assert texts[1].endswith(
        "WHERE (orchard, tree) IN (SELECT orchard, tree FROM other.__yield WHERE tree = \x1f)"
    )


def test_a_key_is_mapped_through_each_foreign_key():
    farm = graph(*FARM)
    roots = roots_of_key(farm, name("graft"), {"a_o": 1, "a_t": 2, "b_o": 3})
    (condition,) = roots.values()
    assert condition.names == {"orchard", "tree"}
    assert len(condition.items) == 2
    assert roots_of_key(farm, name("label"), {"label": 1}) == {name("tree"): TRUE}


def test_restrict_combines_parents_by_and_and_parallel_keys_by_or():
    lines = ["a: a / x", "b: b / y", "c: a b d -> a(a) -> b(b) -> b(d=b)"]
    found = restrict(graph(*lines), {name("a"): equal("x"), name("b"): equal("y")})
    text = re.sub(r"s\.|\"", "", select(found.node(name("c")), SQLITE).sql)
    assert " AND (b IN (" in text and text.count(" OR ") == 1
