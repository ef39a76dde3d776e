"""The built-in layout: nothing overlaps, ranks go one way, everything is inside the picture."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from datajoint_nb.render.diagram.form import DiagramForm
from datajoint_nb.render.diagram.layout import Box, lay_out
from datajoint_nb.render.diagram.measure import node_size, text_width
from datajoint_nb.render.diagram.placement import nearest_free, spread
from datajoint_nb.render.diagram.rank import part_levels, rank_units
from tests.unit.render.diagram_forms import edge, form, imaging, node, random_form, wet

FORMS: dict[str, Callable[..., DiagramForm]] = {
    "wet": wet,
    "imaging": imaging,
    "one schema": lambda **fields: random_form(60, 100, 1, seed=1, **fields),
    "many schemas": lambda **fields: random_form(80, 120, 7, seed=2, **fields),
    "sparse": lambda **fields: random_form(50, 0, 5, seed=3, **fields),
    "empty": lambda **fields: form([], [], **fields),
}
every_form = pytest.mark.parametrize("name", FORMS)
both_directions = pytest.mark.parametrize("direction", ["LR", "TB"])


def diagram(name: str, direction: str) -> DiagramForm:
    return FORMS[name](direction=direction)


def meet(one: Box, two: Box) -> bool:
    return (
        one.x < two.x + two.width - 1e-6
        and two.x < one.x + one.width - 1e-6
        and one.y < two.y + two.height - 1e-6
        and two.y < one.y + one.height - 1e-6
    )


def holds(outer: Box, inner: Box) -> bool:
    return (
        outer.x <= inner.x + 1e-6
        and outer.y <= inner.y + 1e-6
        and inner.x + inner.width <= outer.x + outer.width + 1e-6
        and inner.y + inner.height <= outer.y + outer.height + 1e-6
    )


@every_form
@both_directions
def test_boxes_never_overlap(name: str, direction: str) -> None:
    boxes = lay_out(diagram(name, direction)).boxes
    assert [pair for pair in combinations(boxes, 2) if meet(boxes[pair[0]], boxes[pair[1]])] == []


@every_form
@both_directions
def test_frames_never_overlap(name: str, direction: str) -> None:
    layout = lay_out(diagram(name, direction))
    for boxes in (layout.frames, layout.shades):
        assert [pair for pair in combinations(boxes, 2) if meet(boxes[pair[0]], boxes[pair[1]])] == []


@every_form
@both_directions
def test_frames_hold_their_tables_and_no_others(name: str, direction: str) -> None:
    found = diagram(name, direction)
    layout = lay_out(found)
    for table in found["nodes"]:
        for group, frame in layout.frames.items():
            box = layout.boxes[table["id"]]
            assert holds(frame, box) if group == table["group"] else not meet(frame, box)


@every_form
@both_directions
def test_everything_is_inside_the_picture(name: str, direction: str) -> None:
    layout = lay_out(diagram(name, direction))
    picture = Box(0, 0, layout.width, layout.height)
    assert all(holds(picture, box) for box in (*layout.boxes.values(), *layout.frames.values()))
    assert all(holds(picture, Box(*point, 0, 0)) for curve in layout.curves.values() for point in curve)


@every_form
@both_directions
def test_children_stand_after_their_parents(name: str, direction: str) -> None:
    found = diagram(name, direction)
    boxes, units = lay_out(found).boxes, rank_units(found).unit_of
    for key in found["edges"]:
        source, target = boxes[key["source"]], boxes[key["target"]]
        if units[key["source"]] != units[key["target"]]:
            first, second = (source.x, target.x) if direction == "LR" else (source.y, target.y)
            assert first < second


@every_form
@both_directions
def test_edges_are_cubic_and_end_at_their_tables(name: str, direction: str) -> None:
    found = diagram(name, direction)
    layout = lay_out(found)
    for index, key in enumerate(found["edges"]):
        curve = layout.curves[index]
        assert len(curve) % 3 == 1 and len(curve) >= 4
        for end, table in ((curve[0], key["source"]), (curve[-1], key["target"])):
            assert holds(layout.boxes[table], Box(*end, 0, 0))


@both_directions
def test_a_shade_holds_a_master_and_its_parts(direction: str) -> None:
    layout = lay_out(imaging(direction=direction))
    shade = layout.shades["imaging.__motion"]
    for table in ("imaging.__motion", "imaging.__motion__rigid", "imaging.__motion__block"):
        assert holds(shade, layout.boxes[table])


def test_parts_share_the_rank_of_their_master_unless_they_depend_on_siblings() -> None:
    nodes = [node("s.m"), *(node(f"s.{name}", "part", master="s.m") for name in "abc")]
    keys = [edge("s.m", "s.a"), edge("s.m", "s.b"), edge("s.a", "s.c"), edge("s.m", "s.c")]
    found = form(nodes, keys)
    assert rank_units(found).members == {"s.m": ["s.m", "s.a", "s.b", "s.c"]}
    assert part_levels(found, ["s.a", "s.b", "s.c"]) == {"s.a": 0, "s.b": 0, "s.c": 1}
    boxes = lay_out(found).boxes
    assert boxes["s.a"].x == boxes["s.b"].x < boxes["s.c"].x


def test_a_part_entangled_with_another_table_leaves_its_master() -> None:
    nodes = [node("s.m"), node("s.a", "part", master="s.m"), node("s.x"), node("s.b", "part", master="s.m")]
    keys = [edge("s.m", "s.a"), edge("s.a", "s.x"), edge("s.x", "s.b"), edge("s.m", "s.b")]
    rank = rank_units(form(nodes, keys)).rank
    assert rank["s.m"] < rank["s.a"] < rank["s.x"] < rank["s.b"]


def test_a_lookup_stands_just_before_its_first_use() -> None:
    chain = [node(f"s.t{index}") for index in range(5)]
    keys = [edge(f"s.t{index}", f"s.t{index + 1}") for index in range(4)]
    found = form([*chain, node("s.look", "lookup")], [*keys, edge("s.look", "s.t4")])
    assert rank_units(found).rank["s.look"] == 3


@pytest.mark.parametrize("n_cycle", [1, 2, 3])
def test_cycles_are_drawn_all_the_same(n_cycle: int) -> None:
    nodes = [node(f"s.t{index}") for index in range(n_cycle)]
    keys = [edge(f"s.t{index}", f"s.t{(index + 1) % n_cycle}") for index in range(n_cycle)]
    layout = lay_out(form(nodes, keys))
    assert len(layout.curves) == n_cycle
    assert not any(meet(one, two) for one, two in combinations(layout.boxes.values(), 2))


def test_the_same_diagram_is_laid_out_the_same() -> None:
    assert lay_out(random_form(60, 90, 4, seed=5)) == lay_out(random_form(60, 90, 4, seed=5))


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("i", 2.22), ("W", 9.44), ("Tank", 22.23), ("漢", 10), ("e\u0301", 5.56)]
)
def test_text_width_in_helvetica(text: str, width: float) -> None:
    assert text_width(text, 10) == pytest.approx(width)


@pytest.mark.parametrize("tier", ["manual", "computed", "part", "collapsed", "unknown"])
def test_names_fit_into_their_shapes(tier: str) -> None:
    named = node("s.t", tier, label="Fluorescence")
    assert node_size(named)[0] > text_width("Fluorescence", 10 if tier in ("part", "unknown") else 12) + 8
    assert node_size({**named, "rows": 5})[1] >= node_size(named)[1]


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ([0.0, 100.0], [0.0, 100.0]),
        ([0.0, 0.0], [-5.0, 5.0]),
        ([10.0, 0.0, 50.0], [0.0, 10.0, 50.0]),
        ([], []),
    ],
)
def test_spread_keeps_order_and_distance(wishes: list[float], expected: list[float]) -> None:
    assert spread(wishes, [1.0] * len(wishes), [5.0] * len(wishes)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("wish", "busy", "start"),
    [
        (3.0, [], 3.0),
        (3.0, [(0.0, 10.0)], -2.0),
        (9.0, [(0.0, 10.0)], 10.0),
        (5.0, [(0.0, 4.0), (6.0, 9.0)], 4.0),
        (5.0, [(0.0, 5.0), (6.0, 9.0)], 9.0),
    ],
)
def test_nearest_free_place(wish: float, busy: list[tuple[float, float]], start: float) -> None:
    assert nearest_free(wish, 2.0, busy) == start
