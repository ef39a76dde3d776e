"""Small diagrams in JSON form for the tests of the renderers."""

from __future__ import annotations

import random
from typing import Any

from datajoint_nb.render.diagram.form import FORMAT, DiagramForm, EdgeForm, GroupForm, NodeForm


def node(node_id: str, tier: str = "manual", **fields: Any) -> NodeForm:
    """Return a node; the schema is the part of the id before the first dot, the label the rest."""
    schema, _, table = node_id.partition(".")
    plain: dict[str, Any] = {
        "id": node_id,
        "schema": schema,
        "table": table,
        "name": None,
        "label": table,
        "tier": tier,
        "group": schema,
        "master": None,
        "comment": None,
        "definition": None,
        "attributes": [],
        "primary_key": ["k"],
        "own_key": [],
        "introduces_dimension": False,
        "accessible": True,
        "in_graph_only": False,
        "rows": None,
        "restricted_rows": None,
        "progress": None,
    }
    return NodeForm(**{**plain, **fields})  # type: ignore[typeddict-item]


def edge(source: str, target: str, **fields: Any) -> EdgeForm:
    """Return a foreign key inside the primary key that is not the whole of it."""
    plain: dict[str, Any] = {
        "id": f"{source}→{target}#{','.join(fields.get('key', ['k']))}",
        "source": source,
        "target": target,
        "key": ["k"],
        "attr_map": {"k": "k"},
        "primary": True,
        "multi": True,
        "aliased": False,
        "nullable": False,
        "unique": False,
        "bundle": 1,
        "tooltip": "",
    }
    return EdgeForm(**{**plain, **fields})  # type: ignore[typeddict-item]


def form(nodes: list[NodeForm], edges: list[EdgeForm], **fields: Any) -> DiagramForm:
    """Return a diagram; groups are made from the schemas of the nodes."""
    groups = [
        GroupForm(id=name, label=name, schema=name, collapsed=False, n_tables=1)
        for name in dict.fromkeys(found["group"] for found in nodes if found["group"])
    ]
    plain: dict[str, Any] = {
        "format": FORMAT,
        "direction": "LR",
        "theme": "light",
        "mode": "plain",
        "seed": [],
        "groups": groups,
        "nodes": nodes,
        "edges": edges,
        "styles": {},
    }
    return DiagramForm(**{**plain, **fields})  # type: ignore[typeddict-item]


def wet(**fields: Any) -> DiagramForm:
    """Return the pipeline of the specification: six tables in `wet`, one in `dry`."""
    nodes = [
        node(
            "wet.tank",
            label="Tank",
            introduces_dimension=True,
            comment="a tank of water",
            definition="# a tank of water\ntank : int32\n---\nvolume=0 : float64  # litres",
        ),
        node("wet.#assay", "lookup", label="Assay", introduces_dimension=True),
        node("wet._reading", "imported", label="Reading", definition="-> Tank\n---\nmean : float64"),
        node(
            "wet.__titration",
            "computed",
            label="Titration",
            definition="-> Tank\n-> Assay\n---\nscore : float64",
        ),
        node(
            "wet.__titration__drop", "part", label="Drop", master="wet.__titration", introduces_dimension=True
        ),
        node(
            "wet.__mix",
            "computed",
            label="Mix",
            definition="-> Tank.proj(left='tank')\n-> Tank.proj(right='tank')",
        ),
        node("dry.__digest", "computed", label="Digest", definition="-> [nullable] wet.Reading  # why"),
    ]
    edges = [
        edge("wet.#assay", "wet.__titration", key=["assay"]),
        edge("wet.__titration", "wet.__titration__drop", key=["tank", "assay"]),
        edge("wet._reading", "dry.__digest", key=["tank"], multi=False),
        edge(
            "wet.tank",
            "wet.__mix",
            key=["left"],
            aliased=True,
            attr_map={"left": "tank"},
            tooltip="left ← tank",
        ),
        edge(
            "wet.tank",
            "wet.__mix",
            key=["right"],
            aliased=True,
            attr_map={"right": "tank"},
            tooltip="right ← tank",
        ),
        edge("wet.tank", "wet.__titration", key=["tank"]),
        edge("wet.tank", "wet._reading", key=["tank"], multi=False),
    ]
    return form(nodes, edges, **fields)


def imaging(**fields: Any) -> DiagramForm:
    """Return a pipeline of four schemas as laboratories have them, with parts and counts."""
    tables = {
        "lab.lab": "manual",
        "lab.user": "manual",
        "lab.#protocol": "lookup",
        "lab.#scanner": "lookup",
        "subject.subject": "manual",
        "subject.#strain": "lookup",
        "subject.zygosity": "manual",
        "session.session": "manual",
        "session.session__attendant": "part",
        "session.note": "manual",
        "imaging.#processing_method": "lookup",
        "imaging.#param_set": "lookup",
        "imaging.scan": "manual",
        "imaging._scan_info": "imported",
        "imaging._scan_info__field": "part",
        "imaging.task": "manual",
        "imaging._processing": "imported",
        "imaging.curation": "manual",
        "imaging.__motion": "computed",
        "imaging.__motion__rigid": "part",
        "imaging.__motion__block": "part",
        "imaging.__segmentation": "computed",
        "imaging.__segmentation__mask": "part",
        "imaging.__fluorescence": "computed",
        "imaging.__fluorescence__trace": "part",
        "imaging.__activity": "computed",
        "imaging.__activity__trace": "part",
        "analysis.#window": "lookup",
        "analysis.__alignment": "computed",
        "analysis.__tuning": "computed",
    }
    plain = [
        ("lab.lab", "subject.subject", "s"),
        ("lab.user", "session.session__attendant", ""),
        ("lab.user", "subject.subject", "s"),
        ("lab.#protocol", "subject.subject", "s"),
        ("subject.#strain", "subject.subject", "s"),
        ("subject.subject", "subject.zygosity", ""),
        ("subject.subject", "session.session", ""),
        ("session.session", "session.session__attendant", ""),
        ("session.session", "session.note", "t"),
        ("session.session", "imaging.scan", ""),
        ("lab.#scanner", "imaging.scan", "s"),
        ("imaging.scan", "imaging._scan_info", "t"),
        ("imaging._scan_info", "imaging._scan_info__field", ""),
        ("imaging._scan_info", "imaging.task", ""),
        ("imaging.#processing_method", "imaging.#param_set", "s"),
        ("imaging.#param_set", "imaging.task", ""),
        ("imaging.task", "imaging._processing", "t"),
        ("imaging._processing", "imaging.curation", ""),
        ("imaging.curation", "imaging.__motion", "t"),
        ("imaging.__motion", "imaging.__motion__rigid", "t"),
        ("imaging.__motion", "imaging.__motion__block", ""),
        ("imaging._scan_info__field", "imaging.__motion__block", ""),
        ("imaging.curation", "imaging.__segmentation", "t"),
        ("imaging.__segmentation", "imaging.__segmentation__mask", ""),
        ("imaging.__segmentation", "imaging.__fluorescence", "t"),
        ("imaging.__fluorescence", "imaging.__fluorescence__trace", ""),
        ("imaging.__segmentation__mask", "imaging.__fluorescence__trace", ""),
        ("imaging.__fluorescence", "imaging.__activity", ""),
        ("imaging.__activity", "imaging.__activity__trace", ""),
        ("imaging.__fluorescence__trace", "imaging.__activity__trace", "r"),
        ("imaging.__activity", "analysis.__alignment", ""),
        ("analysis.#window", "analysis.__alignment", ""),
        ("analysis.__alignment", "analysis.__tuning", "t"),
        ("subject.subject", "analysis.__tuning", "s"),
    ]
    nodes = []
    for index, (name, tier) in enumerate(tables.items()):
        label = "".join(
            word.capitalize() for word in name.partition(".")[2].strip("#_").split("__")[-1].split("_")
        )
        nodes.append(
            node(
                name,
                tier,
                label=label,
                comment=f"all about {label.lower()}",
                master=name.rpartition("__")[0] if tier == "part" else None,
                introduces_dimension=tier in ("manual", "lookup", "part") and index % 4 != 1,
            )
        )
    edges = [
        edge(source, target, primary=kind != "s", multi=kind != "t", aliased=kind == "r")
        for source, target, kind in plain
    ]
    return form(nodes, edges, **fields)


def random_form(n_nodes: int, n_edges: int, n_schemas: int, seed: int, **fields: Any) -> DiagramForm:
    """Return an acyclic diagram in which one table in five is a part; reproducible."""
    rng = random.Random(seed)
    tiers = ["manual", "lookup", "imported", "computed", "unknown"]
    nodes: list[NodeForm] = []
    for index in range(n_nodes):
        schema = f"s{index * n_schemas // max(n_nodes, 1)}"
        master = nodes[-1]["master"] or nodes[-1]["id"] if nodes and index % 5 == 4 else None
        if master and master.startswith(f"{schema}."):
            nodes.append(node(f"{schema}.part{index}", "part", master=master))
        else:
            nodes.append(node(f"{schema}.table{index}", rng.choice(tiers)))
    pairs = {(found["master"], found["id"]) for found in nodes if found["master"]}
    while len(pairs) < n_edges and n_nodes > 1:
        first = rng.randrange(n_nodes - 1)
        second = min(first + 1 + int(rng.expovariate(0.08)), n_nodes - 1)
        pairs.add((nodes[first]["id"], nodes[second]["id"]))
    return form(nodes, [edge(str(one), two) for one, two in sorted(pairs, key=str)], **fields)
