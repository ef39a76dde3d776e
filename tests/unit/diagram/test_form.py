"""The JSON form of diagrams, over stored tables made by hand."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from datajoint_nb.diagram.class_names import ClassNames
from datajoint_nb.diagram.form import build_form
from datajoint_nb.model.names import TableName
from datajoint_nb.render.diagram import to_dot, to_mermaid, to_svg, to_text
from datajoint_nb.render.diagram.styles import edge_line
from tests.unit.diagram.stored_tables import WET, edges_into, form, key, name, node, picture, table, unique
from tests.unit.render.diagram_grammar import read_dot, read_mermaid

MIX = "wet.__mix"


def test_two_foreign_keys_to_one_parent_are_two_edges():
    found = edges_into(form(WET), MIX)
    assert [edge["key"] for edge in found] == [["left"], ["right"]]
    assert all(edge["source"] == "wet.tank" and edge["aliased"] for edge in found)
    assert [edge["tooltip"] for edge in found] == ["left ← tank", "right ← tank"]


def test_the_example_of_the_specification():
    assert edges_into(form(WET), MIX)[0] == {
        "id": "wet.tank→wet.__mix#left",
        "source": "wet.tank",
        "target": "wet.__mix",
        "key": ["left"],
        "attr_map": {"left": "tank"},
        "primary": True,
        "multi": True,
        "aliased": True,
        "nullable": False,
        "unique": False,
        "bundle": 1,
        "tooltip": "left ← tank",
    }


EDGES = [
    # columns of the child, those of the key, primary, multi, aliased, nullable, dashed, width
    (["*tank"], ("tank", "wet.tank"), True, False, False, False, False, 2),
    (["*tank", "*n"], ("tank", "wet.tank"), True, True, False, False, False, 0.75),
    (["*n", "tank"], ("tank", "wet.tank"), False, True, False, False, True, 0.75),
    (["*n", "tank?"], ("tank", "wet.tank"), False, True, False, True, True, 0.75),
    (["*origin"], ("origin", "wet.tank", "tank"), True, False, True, False, False, 2),
    (["*n", "origin"], ("origin", "wet.tank", "tank"), False, True, True, False, True, 0.75),
]


@pytest.mark.spec("G-018")
@pytest.mark.parametrize(
    ("columns", "foreign", "primary", "multi", "aliased", "nullable", "dashed", "width"), EDGES
)
def test_facts_and_line_of_a_foreign_key(columns, foreign, primary, multi, aliased, nullable, dashed, width):
    found = form([WET[0], table("wet.child", columns, key(*foreign))])
    (edge,) = found["edges"]
    assert (edge["primary"], edge["multi"], edge["aliased"], edge["nullable"]) == (
        primary,
        multi,
        aliased,
        nullable,
    )
    line = edge_line(edge, node(found, "wet.tank"), node(found, "wet.child"))
    assert (line.dashed, line.width, line.kind == "renamed") == (dashed, width, aliased)


@pytest.mark.parametrize(
    ("indexes", "expected"),
    [((), False), ((unique("tank"),), True), ((unique("tank n"),), False), ((unique("n"),), False)],
)
def test_a_foreign_key_is_unique_when_an_index_covers_exactly_it(indexes, expected):
    found = form([WET[0], table("wet.child", ["*n", "tank"], key("tank", "wet.tank"), indexes=indexes)])
    assert found["edges"][0]["unique"] is expected


def test_the_order_of_attr_map_is_that_of_the_foreign_key():
    parent = table("s.parent", ["*z", "*a", "*m"])
    child = table("s.child", ["*n", "q", "b", "c"], key("q b c", "s.parent", "z a m"))
    edge = form([parent, child])["edges"][0]
    assert list(edge["attr_map"].items()) == [("q", "z"), ("b", "a"), ("c", "m")]
    assert edge["tooltip"] == "q ← z; b ← a; c ← m"


@pytest.mark.parametrize(
    ("node_id", "own"),
    [
        ("wet.tank", ["tank"]),
        ("wet.#assay", ["assay"]),
        ("wet.__titration__drop", ["drop"]),
        ("wet._reading", []),
        ("wet.__titration", []),
        (MIX, []),
        ("dry.__digest", []),
    ],
)
def test_the_key_attributes_that_no_foreign_key_provides(node_id, own):
    found = node(form(WET), node_id)
    assert found["own_key"] == own
    assert found["introduces_dimension"] is bool(own)


def test_a_singleton_adds_no_dimension_and_hides_its_key():
    found = node(form([table("s.setup", ["*_singleton:bool", "gain:float64"])]), "s.setup")
    assert found["introduces_dimension"] is False
    assert found["primary_key"] == []
    assert [attribute["name"] for attribute in found["attributes"]] == ["gain"]


def test_parts_name_their_master_when_it_is_shown():
    assert node(form(WET), "wet.__titration__drop")["master"] == "wet.__titration"
    shown = picture(WET)
    parts = {name: stored for name, stored in shown.tables.items() if name.table == "__titration__drop"}
    assert node(build_form(replace(shown, tables=parts)), "wet.__titration__drop")["master"] is None


def test_attributes_tell_the_edge_that_brings_them():
    found = form(WET)
    attributes = {a["name"]: a for a in node(found, "wet.__titration")["attributes"]}
    assert found["edges"][attributes["assay"]["fk"]]["source"] == "wet.#assay"
    assert found["edges"][attributes["tank"]["fk"]]["source"] == "wet.tank"
    assert attributes["score"]["fk"] is None
    assert attributes["score"]["type"] == "float64"


@pytest.mark.spec("G-017")
def test_a_bundle_has_one_style_whatever_the_order():
    shown = picture(WET, folded=["wet.tank", "wet.#assay"])
    drawn = []
    for seed in range(8):
        edges = list(shown.edges)
        random.Random(seed).shuffle(edges)
        found = build_form(replace(shown, edges=edges))
        drawn.append(found["edges"])
        (edge,) = edges_into(found, "wet.__mix")
        assert edge["bundle"] == 2
        assert edge["tooltip"] == "left ← tank; right ← tank"
        line = edge_line(edge, node(found, edge["source"]), node(found, "wet.__mix"))
        assert (line.kind, line.dashed, line.width) == ("plain", False, 2)
    assert all(edges == drawn[0] for edges in drawn)


def test_a_single_foreign_key_to_a_folded_schema_keeps_its_own_style():
    found = form(WET, folded=["wet._reading", "wet.tank"])
    (edge,) = edges_into(found, "dry.__digest")
    assert (edge["source"], edge["bundle"], edge["key"], edge["multi"]) == ("wet.*", 1, ["tank"], False)


def test_folded_tables_are_one_node_of_their_schema():
    every = [str(t.name) for t in WET]
    found = form(WET, folded=[text for text in every if text != "wet.tank"])
    assert [
        (n["id"], n["label"], n["tier"], n["group"]) for n in found["nodes"] if n["tier"] == "collapsed"
    ] == [
        ("wet.*", "(5 tables)", "collapsed", "wet"),
        ("dry.*", "(1 table)", "collapsed", "dry"),
    ]
    assert [(g["id"], g["collapsed"], g["n_tables"]) for g in found["groups"]] == [
        ("wet", False, 6),
        ("dry", True, 1),
    ]


def test_nodes_come_parents_first_and_edges_sorted():
    found = form(WET)
    place = {node["id"]: number for number, node in enumerate(found["nodes"])}
    assert all(place[edge["source"]] < place[edge["target"]] for edge in found["edges"])
    keys = [(edge["source"], edge["target"], edge["key"]) for edge in found["edges"]]
    assert keys == sorted(keys)


def test_every_end_of_an_edge_is_a_node():
    shown = picture(WET)
    without = {name: stored for name, stored in shown.tables.items() if name.table != "__titration"}
    found = build_form(replace(shown, tables=without))
    ids = {node["id"] for node in found["nodes"]}
    assert {end for edge in found["edges"] for end in (edge["source"], edge["target"])} <= ids
    assert len(found["edges"]) == 4


def test_a_table_that_cannot_be_read_is_kept_and_marked():
    found = form([table("s.child", ["*n"], key("n", "secret.parent"))])
    parent = node(found, "secret.parent")
    assert parent["accessible"] is False
    assert parent["attributes"] == []
    assert parent["label"] == "secret.parent"
    for render in (to_svg, to_text, to_mermaid, to_dot):
        assert "secret" in render(found)


def test_counts_of_folded_tables_are_added_up():
    rows = {t.name: 10 for t in WET}
    found = form(WET, folded=["wet.tank", "wet.#assay"], rows=rows, restricted={name("wet.tank"): 3})
    assert (node(found, "wet.*")["rows"], node(found, "wet.*")["restricted_rows"]) == (20, 3)
    assert (node(found, MIX)["rows"], node(found, MIX)["restricted_rows"]) == (10, None)


def test_seeds_are_ids_of_nodes():
    found = form(WET, folded=["wet.tank"], seeds=[name("wet.tank"), name("wet.__mix"), name("wet.absent")])
    assert found["seed"] == ["wet.*", "wet.__mix"]


HOSTILE = "t\"<i>%s&'`\\"


@pytest.mark.spec("G-027")
def test_hostile_names_and_comments_are_escaped_everywhere():
    parent = table("s.parent", [f"*{HOSTILE}"], comment=f"{HOSTILE}\n]] --> end")
    odd = TableName(f"s {HOSTILE}", HOSTILE)
    child = replace(table("s.x", ["*n"], key("n", "s.parent", HOSTILE), comment=HOSTILE), name=odd)
    found = form([parent, child])
    svg = ElementTree.fromstring(to_svg(found))
    assert all(element.tag.rpartition("}")[2] != "i" for element in svg.iter())
    assert str(odd) in "".join(svg.itertext())
    assert len(read_dot(to_dot(found)).nodes) == 2
    assert len(read_mermaid(to_mermaid(found)).nodes) == 2
    assert to_text(found).count("\n") == 2
    assert json.loads(json.dumps(found))["nodes"][1]["id"] == str(odd)


def class_in(module: str) -> type:
    return type("Some", (), {"__module__": module})


@pytest.mark.parametrize(
    ("modules", "labels"),
    [
        (("lab.wet_lab", "lab.dry_lab"), {"wet": "wet_lab", "dry": "dry_lab"}),
        (("lab.all", "lab.all"), {"wet": "all (wet)", "dry": "all (dry)"}),
        (("__main__", "__main__"), {"wet": "wet", "dry": "dry"}),
    ],
)
def test_labels_of_frames(modules, labels):
    classes = {name("wet.tank"): class_in(modules[0]), name("dry.__digest"): class_in(modules[1])}
    found = form(WET, names=ClassNames({}, classes))
    assert {group["id"]: group["label"] for group in found["groups"]} == labels


def test_a_schema_whose_classes_have_several_modules_is_called_by_its_name():
    classes = {name("wet.tank"): class_in("one"), name("wet.__mix"): class_in("two")}
    found = form(WET, names=ClassNames({}, classes))
    assert [group["label"] for group in found["groups"]] == ["wet", "dry"]
