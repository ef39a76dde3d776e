"""Set algebra of shown tables."""

from __future__ import annotations

import pytest

from datajoint_nb.diagram.selection import Selection
from datajoint_nb.model.names import TableName


def tables(letters: str) -> frozenset[TableName]:
    return frozenset(TableName("s", letter) for letter in letters)


def selection(expanded: str = "", folded: str = "") -> Selection:
    return Selection(tables(expanded), tables(folded))


CHAIN = "abcde"


def after(table: TableName) -> frozenset[TableName]:
    place = CHAIN.index(table.table)
    return tables(CHAIN[place + 1 : place + 2])


@pytest.mark.parametrize(
    ("one", "other", "union", "difference", "intersection"),
    [
        (("ab", ""), ("bc", ""), ("abc", ""), ("a", ""), ("b", "")),
        (("ab", ""), ("", "bc"), ("ab", "c"), ("a", ""), ("b", "")),
        (("", "ab"), ("bc", ""), ("bc", "a"), ("", "a"), ("b", "")),
        (("", "ab"), ("", "bc"), ("", "abc"), ("", "a"), ("", "b")),
        (("", ""), ("a", "b"), ("a", "b"), ("", ""), ("", "")),
    ],
)
def test_union_difference_and_intersection_where_expanded_wins(one, other, union, difference, intersection):
    left, right = selection(*one), selection(*other)
    assert left | right == selection(*union)
    assert left - right == selection(*difference)
    assert left & right == selection(*intersection)


@pytest.mark.parametrize(
    ("generations", "expected"), [(-1, "b"), (0, "b"), (1, "bc"), (2, "bcd"), (99, "bcde")]
)
def test_growing_adds_generations(generations, expected):
    assert selection("b").grow(generations, after) == selection(expected)


def test_what_grows_is_expanded_and_what_was_folded_stays_so():
    assert selection("", "bc").grow(1, after) == selection("d", "bc")


def test_folding_keeps_every_table():
    folded = selection("ab", "c").fold()
    assert folded == selection("", "abc")
    assert len(folded) == 3


def test_leaving_out_tables_that_are_not_shown_changes_nothing():
    assert selection("a", "b").without(tables("xyz")) == selection("a", "b")


def test_adding_a_folded_table_leaves_it_folded():
    assert selection("a", "b").with_tables(tables("bc")) == selection("ac", "b")
