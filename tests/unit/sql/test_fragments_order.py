"""Order items."""

from __future__ import annotations

from typing import Any

import pytest

from datajoint_nb.errors import QuerySyntaxError
from datajoint_nb.sql.fragments import order_items


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("depth", (("depth", False),)),
        ("depth DESC", (("depth", True),)),
        (" depth  desc ", (("depth", True),)),
        ("depth asc", (("depth", False),)),
        ("KEY", (("KEY", False),)),
        ("KEY DESC", (("KEY", True),)),
        ("depth DESC, KEY", (("depth", True), ("KEY", False))),
        (["depth DESC", "KEY"], (("depth", True), ("KEY", False))),
        (("a,b DESC", "_c"), (("a", False), ("b", True), ("_c", False))),
        ("`desc` DESC", (("desc", True),)),
        ([], ()),
    ],
)
def test_items(order_by: Any, expected: tuple[tuple[str, bool], ...]) -> None:
    assert order_items(order_by) == expected


@pytest.mark.parametrize("order_by", [5, None, 2.0, ["a", 5], b"a", {"a"}, {"a": 1}])
def test_wrong_types(order_by: Any) -> None:
    with pytest.raises(TypeError):
        order_items(order_by)


@pytest.mark.parametrize(
    "order_by",
    [
        "",
        "a,",
        "a b",
        "a DESC ASC",
        "a; DROP TABLE t",
        "a -- x",
        "1",
        "a+1",
        "abs(a)",
        "t.a",
        "a NULLS FIRST",
        ["a", ""],
        "*",
    ],
)
def test_malformed_items(order_by: Any) -> None:
    with pytest.raises(QuerySyntaxError, match="DESC"):
        order_items(order_by)
