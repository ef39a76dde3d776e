"""The visual encoding against the tables of the specification."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from datajoint_nb.render.diagram import style_table, to_dot, to_mermaid, to_svg
from datajoint_nb.render.diagram.form import DiagramForm, Theme
from datajoint_nb.render.diagram.labels import group_labels
from datajoint_nb.render.diagram.styles import edge_line
from tests.unit.render.diagram_forms import edge, form, node, wet

SPECIFICATION = Path(__file__).parents[2] / "spec" / "08-compute-diagram.md"
TIERS = ["manual", "lookup", "imported", "computed", "part", "collapsed", "unknown"]
NAVY, AMBER = "#171C39", "#C77D3A"


def specified_colours() -> dict[str, tuple[list[str], list[str]]]:
    """Return the light and dark colours by tier, read from §15 itself."""
    found = {}
    for line in SPECIFICATION.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 5 and re.fullmatch(r"([0-9A-F]{6} ){2}[0-9A-F]{6}", cells[3]):
            tier = {"no tier": "unknown"}.get(cells[0], cells[0].lower())
            found[tier] = ([f"#{c}" for c in cells[3].split()], [f"#{c}" for c in cells[4].split()])
    return found


def one_of_each(**fields: object) -> DiagramForm:
    return form([node(f"s.{tier}", tier) for tier in TIERS], [], **fields)


def drawn_colours(svg: str, tier: str) -> list[str]:
    group = re.search(rf'<g [^>]*djnb-{tier}".*?</g>', svg)
    assert group
    shape = re.search(r'<(?:rect|ellipse|polygon)[^>]*fill="(#\w+)" stroke="(#\w+)"', group[0])
    text = re.search(r'<text[^>]*fill="(#\w+)"', group[0])
    assert shape and text
    return [shape[1], shape[2], text[1]]


def test_every_tier_is_specified() -> None:
    assert sorted(specified_colours()) == sorted(TIERS)


@pytest.mark.spec("G-020")
@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
@pytest.mark.parametrize("tier", TIERS)
def test_colours_of_tiers(tier: str, theme: Theme) -> None:
    light, dark = specified_colours()[tier]
    colours = dark if theme == "dark" else light
    picture = to_svg(one_of_each(), theme)
    line = next(line for line in to_dot(one_of_each(), theme).splitlines() if f'"s.{tier}"' in line)
    assert drawn_colours(picture, tier) == colours
    assert re.findall(r'(?:fill|font)?color="(#\w+)"', line) == colours
    block = re.search(r"<style>(.*)</style>", picture, re.DOTALL)
    if theme != "auto":
        assert block is None
        return
    assert block and block[1].strip().startswith("@media (prefers-color-scheme: dark)")
    rules = re.findall(rf"svg\.djnb-auto \.djnb-{tier} \w+\{{([^}}]*)\}}", block[1])
    assert rules == [f"fill:{dark[0]};stroke:{dark[1]}", f"fill:{dark[2]}"]


@pytest.mark.spec("G-020")
@pytest.mark.parametrize(
    ("theme", "expected"),
    [
        ("light", ["#171D3A", "#171C39", "#F3F5F8", "#171C39", "0.620", "#C77D3A"]),
        ("dark", ["#606875", "#8A93A1", "#2A313D", "#AEB6C2", "0.753", "#D68C4A", "#161A21"]),
    ],
)
def test_colours_of_surroundings(theme: Theme, expected: list[str]) -> None:
    picture = to_svg(wet(), theme)
    assert [colour for colour in expected if colour not in picture] == []


def test_style_table_is_json_and_holds_the_specified_colours() -> None:
    table = json.loads(json.dumps(style_table()))
    for tier, (light, dark) in specified_colours().items():
        assert list(table["tiers"][tier]["light"].values()) == light
        assert list(table["tiers"][tier]["dark"].values()) == dark


@pytest.mark.spec("G-018")
@pytest.mark.parametrize("primary", [True, False])
@pytest.mark.parametrize("multi", [True, False])
@pytest.mark.parametrize("aliased", [True, False])
def test_line_of_a_foreign_key(primary: bool, multi: bool, aliased: bool) -> None:
    key = edge("s.a", "s.b", primary=primary, multi=multi, aliased=aliased)
    diagram = form([node("s.a"), node("s.b")], [key])
    thick, colour = primary and not multi, AMBER if aliased else NAVY
    line = next(line for line in to_dot(diagram).splitlines() if "->" in line)
    assert f"penwidth={2 if thick else 0.75}, weight={3 if thick else 1}," in line
    assert ("style=dashed" in line, f'color="{colour}9E"' in line) == (not primary, True)
    path = re.search(r"<path[^>]*>", to_svg(diagram))
    assert path
    assert f'stroke-width="{2 if thick else 0.75}"' in path[0]
    assert ("stroke-dasharray" in path[0], f'stroke="{colour}"' in path[0]) == (not primary, True)
    link = next(line for line in to_mermaid(diagram).splitlines() if "linkStyle" in line)
    dashes = "" if primary else ",stroke-dasharray:5 3"
    assert link.strip() == f"linkStyle 0 stroke:{colour},stroke-width:{2 if thick else 1}px{dashes}"


@pytest.mark.spec("G-017")
@pytest.mark.parametrize("source", ["collapsed", "manual"])
@pytest.mark.parametrize("primary", [True, False])
@pytest.mark.parametrize("multi", [True, False])
@pytest.mark.parametrize("aliased", [True, False])
def test_a_bundle_has_one_style(source: str, primary: bool, multi: bool, aliased: bool) -> None:
    key = edge("s.a", "t.*", bundle=2, primary=primary, multi=multi, aliased=aliased)
    line = edge_line(key, node("s.a", source), node("t.*", "collapsed"))
    assert (line.kind, line.dashed, line.width, line.weight) == ("plain", False, 2, 3)


def test_one_key_between_collapsed_schemas_is_drawn_as_a_bundle() -> None:
    key = edge("s.*", "t.*", primary=False)
    line = edge_line(key, node("s.*", "collapsed"), node("t.*", "collapsed"))
    assert (line.dashed, line.width) == (False, 2)


@pytest.mark.spec("G-021")
@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([("__main__", "wet"), ("__main__", "dry")], ["wet", "dry"]),
        ([("lab", "wet"), ("lab", "dry")], ["lab (wet)", "lab (dry)"]),
        ([("lab", "wet"), ("office", "dry")], ["lab", "office"]),
        ([("wet", "wet"), ("wet", "dry")], ["wet", "wet (dry)"]),
    ],
)
def test_cluster_labels_differ(labels: list[tuple[str, str]], expected: list[str]) -> None:
    diagram = form([node(f"{schema}.t") for _, schema in labels], [])
    for group, (label, _) in zip(diagram["groups"], labels, strict=True):
        group["label"] = label
    assert list(group_labels(diagram).values()) == expected
    for label in expected:
        assert f'label="{label}"' in to_dot(diagram)
        assert f">{label}</text>" in to_svg(diagram)
    assert len(set(re.findall(r'subgraph s\d+\["(.*)"\]', to_mermaid(diagram)))) == len(expected)


def test_direction_reaches_every_output() -> None:
    boxes = {}
    for direction in ("LR", "TB"):
        diagram = wet(direction=direction)
        assert f"rankdir={direction}," in to_dot(diagram)
        assert to_mermaid(diagram).startswith(f"flowchart {direction}\n")
        root = ElementTree.fromstring(to_svg(diagram))
        frames = root.findall(".//{*}g[@class='djnb-frame']/{*}rect")
        boxes[direction] = [(float(f.attrib["x"]), float(f.attrib["y"])) for f in frames]
    (wet_lr, dry_lr), (wet_tb, dry_tb) = boxes["LR"], boxes["TB"]
    assert dry_lr[0] > wet_lr[0]
    assert dry_tb[1] > wet_tb[1]
