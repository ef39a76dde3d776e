"""DOT, SVG, Mermaid and text of whole diagrams: valid, complete and safe."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from datajoint_nb.errors import DataJointError
from datajoint_nb.render.diagram import add_dark_style, to_dot, to_mermaid, to_svg, to_text
from datajoint_nb.render.diagram.form import DiagramForm, ProgressForm
from datajoint_nb.render.escape import dot, terminal
from tests.unit.render.diagram_forms import edge, form, imaging, node, random_form, wet
from tests.unit.render.diagram_grammar import read_dot, read_mermaid

GOLDEN = Path(__file__).parents[2] / "golden" / "diagram"
WRITE_GOLDEN = "DJNB_WRITE_GOLDEN"
EVIL = [
    'a"b',
    "<script>alert(1)</script>",
    "100% %%{init: {}}%%",
    "back\\slash\\N\\",
    "&lt;&amp;&#60;",
    "it's; end",
    "\x1b[31mred\x07",
    "\u202egnirts",
    "new\nline",
    '"]:::x',
    "]]>",
    "--> t9",
    "\ud800lone",
    "`code`$$x$$",
    "",
    "{}|()[]",
    "style x:#1;",
    "x" * 300,
]
TIERS = ["manual", "computed", "part", "unknown", "collapsed", "lookup", "imported"]
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is not installed")


def hostile() -> DiagramForm:
    """Return a cyclic diagram whose every text is an attack."""
    nodes = [
        node(
            f"s.{index}{text}",
            TIERS[index % 7],
            label=text,
            comment=text,
            group=(f"g{text}", "h")[index % 2],
            introduces_dimension=index % 3 == 0,
            rows=index if index % 2 else None,
            definition=None if index % 4 else f"# {text}\n-> {text}\n---\n{text} : int",
        )
        for index, text in enumerate(EVIL)
    ]
    ids = [found["id"] for found in nodes]
    edges = [
        edge(ids[index], ids[(index * 7 + 3) % len(ids)], tooltip=text, aliased=True)
        for index, text in enumerate(EVIL)
    ]
    return form(nodes, edges, theme="auto", seed=ids[:1])


def collapsed() -> DiagramForm:
    nodes = [
        node("wet.tank", label="Tank"),
        node("dry.*", "collapsed", label="(3 tables)"),
        node("lab.*", "collapsed", label="(1 table)"),
    ]
    edges = [edge("wet.tank", "dry.*"), edge("dry.*", "lab.*", bundle=4, primary=False)]
    return form(nodes, edges)


def without_context() -> DiagramForm:
    diagram = wet()
    for found in diagram["nodes"]:
        found["label"] = f"`{found['schema']}`.`{found['table']}`"
    return diagram


FORMS: dict[str, Callable[[], DiagramForm]] = {
    "empty": lambda: form([], []),
    "one": lambda: form([node("s.t")], []),
    "no group": lambda: form([node("s.t", group=None), node("s.u", group=None)], [edge("s.t", "s.u")]),
    "wet": wet,
    "without context": without_context,
    "collapsed": collapsed,
    "imaging": lambda: imaging(direction="TB", theme="dark", seed=["session.session"]),
    "random": lambda: random_form(60, 90, 4, seed=5),
    "hostile": hostile,
}
every_form = pytest.mark.parametrize("name", FORMS)


def graphviz(text: str) -> str:
    run = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=True, timeout=30)
    assert run.stderr.decode() == ""
    return run.stdout.decode()


@every_form
def test_dot_follows_the_grammar(name: str) -> None:
    diagram = FORMS[name]()
    read = read_dot(to_dot(diagram))
    assert list(read.nodes) != [] or not diagram["nodes"]
    assert sorted(read.nodes) == sorted(dot(found["id"]) for found in diagram["nodes"])
    assert [(source, target) for source, target, _ in read.edges] == [
        (dot(found["source"]), dot(found["target"])) for found in diagram["edges"]
    ]


@needs_dot
@every_form
def test_dot_is_drawn_without_a_warning(name: str) -> None:
    diagram = FORMS[name]()
    root = ElementTree.fromstring(graphviz(to_dot(diagram)))
    drawn = Counter(group.get("class", "").split(" ")[0] for group in root.findall(".//{*}g"))
    assert (drawn["node"], drawn["edge"]) == (len(diagram["nodes"]), len(diagram["edges"]))


@needs_dot
def test_dot_shows_hostile_labels_as_they_are() -> None:
    root = ElementTree.fromstring(graphviz(to_dot(hostile())))
    shown = ["".join(text.itertext()) for text in root.findall(".//{*}text")]
    for text in EVIL:
        if text and len(text) < 60:
            assert terminal(text) in [word.replace("\xa0", " ") for word in shown]


@pytest.mark.spec("G-025")
@every_form
def test_mermaid_follows_the_grammar(name: str) -> None:
    diagram = FORMS[name]()
    read = read_mermaid(to_mermaid(diagram))
    place = {found["id"]: f"t{index}" for index, found in enumerate(diagram["nodes"])}
    assert sorted(read.nodes) == sorted(place.values())
    assert [(source, target) for source, target, _ in read.edges] == [
        (place[found["source"]], place[found["target"]]) for found in diagram["edges"]
    ]


def test_mermaid_shapes_and_nesting() -> None:
    text = to_mermaid(collapsed())
    assert 't1[["#40;3 tables#41;"]]:::collapsed' in text
    text = to_mermaid(wet())
    assert 't3(["Titration"]):::computed' in text
    assert re.search(r'subgraph entity_t3\[" "\]\n +t3.*\n +t4\["Drop"\]:::part\n +end', text)


@pytest.mark.spec("G-027")
@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_svg_holds_nothing_but_text_of_hostile_names(theme: str) -> None:
    diagram = hostile()
    root = ElementTree.fromstring(to_svg({**diagram, "theme": theme}))  # type: ignore[typeddict-item]
    names = {element.tag.partition("}")[2] for element in root.iter()}
    drawing = {"svg", "style", "rect", "g", "title", "text", "path", "ellipse", "polygon", "polyline"}
    assert names - drawing == set()
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]
    texts = [text.text for text in root.findall(".//{*}text")]
    for text in EVIL:
        assert not text or len(text) > 60 or terminal(text) in texts


@pytest.mark.spec("G-027")
def test_every_output_of_hostile_names_is_escaped() -> None:
    diagram = hostile()
    read_dot(to_dot(diagram))
    read_mermaid(to_mermaid(diagram))
    text = to_text(diagram)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    for output in (to_dot(diagram), to_svg(diagram), to_mermaid(diagram)):
        output.encode()
    for output in (to_svg(diagram), to_mermaid(diagram)):
        assert "<script" not in output


@every_form
def test_text_prints_each_node_once_in_full(name: str) -> None:
    diagram = FORMS[name]()
    lines = to_text(diagram).splitlines()
    in_full = [line for line in lines if not line.endswith("(see above)")]
    assert len(in_full) == max(len(diagram["nodes"]), 1)


def test_text_marks_later_mentions_and_renamed_keys() -> None:
    text = to_text(wet(seed=["wet.tank"]))
    assert "wet: Tank *  (manual)  # a tank of water\n" in text
    assert "├─ wet: Mix [left ← tank; right ← tank]  (computed)\n" in text
    assert text.count("wet: Titration  (computed)") == 1
    assert "wet: Titration (see above)\n" in text
    assert "wet: Titration.Drop  (part)" in text


def test_text_of_a_long_chain() -> None:
    nodes = [node(f"s.t{index}") for index in range(3000)]
    chain = [edge(f"s.t{index}", f"s.t{index + 1}") for index in range(2999)]
    assert to_text(form(nodes, chain)).count("\n") == 3000


def test_tooltips_of_renamed_keys() -> None:
    root = ElementTree.fromstring(to_svg(wet()))
    renamed = root.findall(".//{*}g[@class='djnb-edge djnb-renamed']/{*}title")
    assert [title.text for title in renamed] == ["left ← tank", "right ← tank"]
    read = read_dot(to_dot(wet()))
    assert [at["tooltip"] for _, target, at in read.edges if "mix" in target] == [
        '"left ← tank"',
        '"right ← tank"',
    ]


@pytest.mark.parametrize(
    ("table", "tooltip"),
    [
        ("wet.tank", "a tank of water\ntank\n──────────\nvolume"),
        ("wet._reading", "→ Tank\n──────────\nmean"),
        ("wet.__mix", "→ Tank.proj(left='tank')\n→ Tank.proj(right='tank')"),
        ("dry.__digest", "→ wet.Reading"),
    ],
)
def test_tooltips_of_tables(table: str, tooltip: str) -> None:
    root = ElementTree.fromstring(to_svg(wet()))
    title = root.find(f".//{{*}}g[@data-node='{table}']/{{*}}title")
    assert title is not None and title.text == tooltip
    assert dot(tooltip) in to_dot(wet())


def test_underlined_names() -> None:
    diagram = wet()
    diagram["nodes"].append(node("wet.single", label="Single", introduces_dimension=True, primary_key=[]))
    root = ElementTree.fromstring(to_svg(diagram))
    assert [t.text for t in root.findall(".//{*}text[@text-decoration]")] == ["Tank", "Assay", "Drop"]
    assert re.findall(r"<U>(\w+)</U>", to_dot(diagram)) == ["Tank", "Assay", "Drop"]


@pytest.mark.parametrize(
    ("rows", "restricted", "shown"),
    [
        (None, None, None),
        (1, None, "1 row"),
        (12345, None, "12,345 rows"),
        ({"at_least": 1000}, None, "≥ 1,000 rows"),
        (3400, 12, "12 / 3,400"),
        ({"at_least": 1000}, 0, "0 / ≥ 1,000"),
        (None, 7, "7 rows"),
    ],
)
def test_counts_stand_under_names(rows: object, restricted: int | None, shown: str | None) -> None:
    diagram = form([node("s.t", label="T", rows=rows, restricted_rows=restricted)], [])
    texts = [text.text for text in ElementTree.fromstring(to_svg(diagram)).findall(".//{*}text")]
    assert texts == ["s", "T", *([shown] if shown else [])]
    assert (shown is None) or f">{shown}</FONT>" in to_dot(diagram)


def test_the_seed_is_outlined() -> None:
    root = ElementTree.fromstring(to_svg(wet(seed=["wet.tank"])))
    outlined = [group.get("data-node") for group in root.findall(".//{*}g[{*}rect]")]
    assert "wet.tank" in outlined
    assert len(root.findall(".//*[@class='djnb-outline']")) == 1
    assert root.find(".//{*}g[@data-node='wet.tank']/*[@class='djnb-outline']") is not None
    read = read_dot(to_dot(wet(seed=["wet.tank"])))
    assert [name for name, found in read.nodes.items() if found["penwidth"] == "3"] == ['"wet.tank"']


def test_progress_is_a_ring() -> None:
    progress = ProgressForm(
        total=10, done=5, remaining=5, pending=1, reserved=2, error=1, ignore=0, success=0, lost=0
    )
    diagram = form([node("s.t", "computed", progress=progress)], [])
    root = ElementTree.fromstring(to_svg(diagram))
    shares = [ring.get("stroke-dasharray", "") for ring in root.findall(".//{*}circle")]
    assert [share.partition(" ")[0] for share in shares] == ["", "15.71", "6.28", "3.14"]
    assert "5 of 10 done, 2 reserved, 1 error" in to_svg(diagram)


def test_ids_begin_with_the_prefix_and_are_unique() -> None:
    root = ElementTree.fromstring(to_svg(imaging(), prefix="cell-7"))
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids)) > len(imaging()["nodes"])
    assert all(found == "cell-7" or found.startswith("cell-7-") for found in ids)


@pytest.mark.parametrize("prefix", ["", "7", "a b", 'x"'])
def test_a_prefix_that_is_no_id_is_refused(prefix: str) -> None:
    with pytest.raises(DataJointError, match="Prefix"):
        to_svg(wet(), prefix=prefix)


def test_svg_describes_itself() -> None:
    root = ElementTree.fromstring(to_svg(collapsed()))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Diagram of 1 table and 2 collapsed schemas, 5 foreign keys"


@pytest.mark.parametrize("render", [to_dot, to_svg, to_mermaid, to_text])
def test_an_edge_without_its_node_is_an_error(render: Callable[[DiagramForm], str]) -> None:
    with pytest.raises(DataJointError, match=r"ends at 's\.gone'"):
        render(form([node("s.t")], [edge("s.t", "s.gone")]))


GRAPHVIZ_SVG = '<?xml version="1.0"?>\n<!-- <b> -->\n<svg width="8pt"\n viewBox="0 0 8 8"><g/></svg>'


@pytest.mark.parametrize("svg", [GRAPHVIZ_SVG, '<svg class="mine"><g/></svg>', to_svg(wet())])
def test_dark_style_is_added_once(svg: str) -> None:
    added = add_dark_style(svg)
    root = ElementTree.fromstring(added)
    assert "djnb-auto" in root.attrib["class"].split()
    assert added.count("@media (prefers-color-scheme: dark)") == 1
    assert add_dark_style(added) == added


def test_dark_style_needs_an_svg() -> None:
    with pytest.raises(DataJointError, match="no <svg> element"):
        add_dark_style("<p>no picture</p>")


@needs_dot
def test_dark_style_finds_the_classes_that_graphviz_writes() -> None:
    root = ElementTree.fromstring(add_dark_style(graphviz(to_dot(wet(theme="auto")))))
    classes = {name for group in root.findall(".//{*}g") for name in group.get("class", "").split()}
    styled = {"djnb-frame", "djnb-entity", "djnb-plain", "djnb-renamed", "djnb-manual", "djnb-part"}
    assert styled <= classes


@pytest.mark.parametrize(
    ("file", "output"),
    [
        ("wet.dot", lambda: to_dot(wet())),
        ("wet.svg", lambda: to_svg(wet(theme="auto"))),
        ("wet.mmd", lambda: to_mermaid(wet())),
        ("wet.txt", lambda: to_text(wet())),
        ("imaging.dot", lambda: to_dot(imaging(theme="dark"))),
        ("imaging.txt", lambda: to_text(imaging())),
    ],
)
def test_golden_output(file: str, output: Callable[[], str]) -> None:
    if os.environ.get(WRITE_GOLDEN):
        (GOLDEN / file).write_text(output(), encoding="utf-8")
    assert output() == (GOLDEN / file).read_text(encoding="utf-8"), f"{WRITE_GOLDEN}=1 writes it anew"
