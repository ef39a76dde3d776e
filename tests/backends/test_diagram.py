"""Diagrams of a real pipeline: sources, algebra, restricted diagrams, output."""

from __future__ import annotations

import io
import json
import logging
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree

import pytest

import datajoint_nb as dj
from datajoint_nb.diagram import programs
from datajoint_nb.render.diagram import to_svg
from tests.unit.render.diagram_grammar import read_mermaid

DataJointError = dj.DataJointError


def declare_wet(schema):
    @schema
    class Tank(dj.Manual):
        definition = """
        # a tank of water
        tank : int32
        ---
        volume = 0 : float64  # litres
        """

    @schema
    class Assay(dj.Lookup):
        definition = "assay : varchar(8)"
        contents = (("ph",), ("salt",))

    @schema
    class Reading(dj.Imported):
        definition = """
        -> Tank
        ---
        mean : float64
        """

    @schema
    class Titration(dj.Computed):
        definition = """
        -> Tank
        -> Assay
        ---
        score : float64
        """

        class Drop(dj.Part):
            definition = """
            -> master
            drop : int32
            """

    @schema
    class Mix(dj.Computed):
        definition = """
        -> Tank.proj(left='tank')
        -> Tank.proj(right='tank')
        """

    return SimpleNamespace(
        Tank=Tank, Assay=Assay, Reading=Reading, Titration=Titration, Mix=Mix, schema=schema
    )


@pytest.fixture
def wet(schema):
    return declare_wet(schema)


@pytest.fixture
def dry(wet, connection, schema_name):
    """The second schema of the pipeline, in which `Digest` depends on `Reading`."""
    schema = dj.Schema(schema_name(), connection=connection, add_objects={"Reading": wet.Reading})

    @schema
    class Digest(dj.Computed):
        definition = "-> Reading"

    return SimpleNamespace(Digest=Digest, schema=schema)


@pytest.fixture
def rows(wet, dry):
    """Three tanks, of which the second has a reading, titrations and mixes."""
    wet.Tank.insert([{"tank": tank, "volume": tank} for tank in (1, 2, 3)])
    fill(wet.Mix, (1, 2), (2, 3), (3, 3))
    fill(wet.Reading, (1, 0.5), (2, 0.5))
    fill(wet.Titration, (1, "ph", 0.5), (2, "ph", 0.5), (2, "salt", 0.1))
    fill(wet.Titration.Drop, (1, "ph", 1), (2, "ph", 1), (2, "ph", 2))
    fill(dry.Digest, (2,))
    return wet


def fill(table, *rows):
    """Insert rows by position, computed ones as well."""
    table.insert([dict(zip(table.heading, row, strict=True)) for row in rows], allow_direct_insert=True)


@pytest.fixture
def other(connection_settings):
    """A connection that has activated nothing."""
    connection = dj.Connection(**connection_settings)
    yield connection
    connection.close()


def names(diagram):
    """The tables shown, without their schema."""
    return {table.table_name for table in diagram}


def counts(diagram):
    """The counts of a restricted diagram by table name without schema."""
    return {name[1:-1].rpartition(".")[2].strip('`"'): number for name, number in diagram.counts().items()}


WET = {"tank", "#assay", "_reading", "__titration", "__titration__drop", "__mix"}


# -- sources -----------------------------------------------------------------------------------


@pytest.mark.spec("G-001")
def test_whatever_stands_for_tables_is_a_source(wet, connection):
    module = ModuleType("pipeline")
    module.schema = wet.schema
    virtual = dj.VirtualModule("virtual", wet.schema.database, connection=connection)
    free = dj.FreeTable(connection, f"{wet.schema.database}.tank")
    cases = [
        (wet.Tank, {"tank"}),
        (wet.Tank(), {"tank"}),
        (wet.Tank & "tank = 1", {"tank"}),
        (wet.Tank.proj(other="tank") & "other = 1", {"tank"}),
        (free, {"tank"}),
        (wet.Titration.Drop, {"__titration__drop"}),
        (wet.schema, WET),
        (module, WET),
        (virtual, WET),
        ([wet.Tank, dj.Diagram(wet.Mix)], {"tank", "__mix"}),
        ((wet.Tank, wet.Assay()), {"tank", "#assay"}),
        (dj.Diagram(wet.Tank), {"tank"}),
    ]
    for source, expected in cases:
        assert names(dj.Diagram(source)) == expected, source


class Undecorated(dj.Manual):
    definition = "n : int32"


@pytest.mark.spec("G-002")
def test_what_stands_for_no_table_is_refused(wet):
    cases = [
        (5, "int"),
        ("tank", "str"),
        (wet.Tank * wet.Assay, "join"),
        (wet.Tank.aggr(wet.Reading, n="count(*)"), "aggregation"),
        (dj.U("tank"), "join"),
        (Undecorated, "Undecorated"),
        (Undecorated(), "Undecorated"),
        (ModuleType("empty"), "empty"),
        ([], "empty"),
        (dj.Schema(), "activated"),
    ]
    for source, hint in cases:
        with pytest.raises(DataJointError, match=hint):
            dj.Diagram(source)


def test_a_table_that_is_not_there_is_named(wet, connection):
    with pytest.raises(dj.errors.MissingTableError, match="nowhere"):
        dj.Diagram(dj.FreeTable(connection, f"{wet.schema.database}.nowhere"))


@pytest.mark.spec("G-014")
def test_ancestors_of_an_unknown_table(wet, connection):
    with pytest.raises(dj.errors.MissingTableError, match="nowhere"):
        dj.FreeTable(connection, f"{wet.schema.database}.nowhere").ancestors()


def test_an_unknown_scope_is_refused(wet):
    with pytest.raises(DataJointError, match="everything"):
        dj.Diagram(wet.Tank, scope="everything")


# -- algebra -----------------------------------------------------------------------------------


@pytest.mark.spec("G-003")
def test_generations_of_children_and_parents(wet):
    assert names(dj.Diagram(wet.Tank) + 1) == {"tank", "_reading", "__titration", "__mix"}
    assert names(dj.Diagram(wet.Titration) - 1) == {"__titration", "tank", "#assay"}


@pytest.mark.spec("G-004")
def test_no_generations_change_nothing(wet):
    diagram = dj.Diagram(wet.Reading)
    for same in (diagram + 0, diagram - 0, diagram + -1, diagram - (-1)):
        assert same.nodes_to_show == diagram.nodes_to_show


@pytest.mark.spec("G-005")
def test_operands_may_be_tables_and_schemas(wet, dry):
    diagram = dj.Diagram(wet.Tank)
    assert names(diagram - wet.Assay) == {"tank"}
    assert names(diagram + wet.schema) == WET
    assert names(diagram + dry.schema) == {"tank", "__digest"}
    assert names((diagram + wet.Assay) * wet.Tank) == {"tank"}
    assert names(diagram + wet.schema - wet.schema) == set()
    several = [wet.Assay, wet.Mix]
    assert names(diagram + several) == {"tank", "#assay", "__mix"}


@pytest.mark.parametrize("operand", ["tank", 1.5, None, True])
def test_other_operands_are_type_errors(wet, operand):
    diagram = dj.Diagram(wet.Tank)
    with pytest.raises(TypeError):
        diagram + operand
    with pytest.raises(TypeError):
        diagram - operand
    with pytest.raises(TypeError):
        diagram * operand


@pytest.mark.spec("G-006")
def test_a_union_with_itself_has_no_edge_twice(wet):
    diagram = dj.Diagram(wet.schema)
    once, twice = diagram.to_dict(), (diagram + diagram).to_dict()
    assert twice["edges"] == once["edges"]
    assert (diagram + diagram).graph.number_of_edges() == 6


@pytest.mark.spec("G-007")
def test_tables_that_are_added_to_folded_ones_are_expanded(wet):
    form = (dj.Diagram(wet.Titration).collapse() - 1).to_dict()
    assert [node["label"] for node in form["nodes"]] == ["Assay", "Tank", "(1 table)"]


@pytest.mark.spec("G-008")
def test_two_foreign_keys_to_one_parent_are_two_edges(wet):
    form = dj.Diagram([wet.Tank, wet.Mix]).to_dict()
    facts = [(edge["key"], edge["aliased"], edge["tooltip"]) for edge in form["edges"]]
    assert facts == [(["left"], True, "left ← tank"), (["right"], True, "right ← tank")]


@pytest.mark.spec("G-009")
def test_size_membership_and_iteration_are_about_shown_tables(wet, connection):
    diagram = dj.Diagram(wet.Tank) + wet.Titration.Drop
    assert len(diagram) == 2
    assert wet.Tank in diagram
    assert wet.Tank() in diagram
    assert "Tank" in diagram
    assert "Titration.Drop" in diagram
    assert connection.dialect.full_name(wet.Tank().name) in diagram
    assert wet.Mix not in diagram
    assert "Mix" not in diagram
    assert 5 not in diagram
    assert names(diagram) == {"tank", "__titration__drop"}
    assert not dj.Diagram(wet.Tank) - wet.Tank


@pytest.mark.spec("G-010")
def test_iteration_has_parents_first_and_parts_after_their_master(wet, dry):
    diagram = dj.Diagram([wet.schema, dry.schema])
    order = [table.table_name for table in diagram]
    for parent, child in (
        ("tank", "_reading"),
        ("tank", "__titration"),
        ("#assay", "__titration"),
        ("tank", "__mix"),
        ("_reading", "__digest"),
    ):
        assert order.index(parent) < order.index(child)
    assert order.index("__titration__drop") == order.index("__titration") + 1
    assert [table.table_name for table in reversed(diagram)] == order[::-1]


def test_from_sequence_is_the_union(wet):
    diagram = dj.Diagram.from_sequence(dj.Diagram(table) for table in (wet.Tank, wet.Mix))
    assert names(diagram) == {"tank", "__mix"}
    with pytest.raises(DataJointError):
        dj.Diagram.from_sequence([])


@pytest.mark.spec("G-015")
def test_parts_of_shown_masters_are_added(wet):
    assert names(dj.Diagram(wet.Titration).add_parts()) == {"__titration", "__titration__drop"}
    assert names(dj.Diagram(wet.Tank).add_parts()) == {"tank"}


@pytest.mark.spec("G-016")
def test_what_is_folded_is_one_node_and_expanded_wins(wet):
    form = (dj.Diagram(wet.schema).collapse() + dj.Diagram(wet.Tank)).to_dict()
    assert {node["label"] for node in form["nodes"]} == {"Tank", "(5 tables)"}
    (edge,) = form["edges"]
    assert edge["bundle"] == 4


@pytest.mark.spec("G-019")
def test_tables_that_add_a_dimension(wet, schema):
    @schema
    class Setup(dj.Lookup):
        definition = """
        ---
        gain : float64
        """

    form = dj.Diagram(schema).to_dict()
    new = {node["label"] for node in form["nodes"] if node["introduces_dimension"]}
    assert new == {"Tank", "Assay", "Drop"}


def test_diagrams_of_two_connections_are_refused(wet, other):
    there = dj.FreeTable(other, f"{wet.schema.database}.tank")
    with pytest.raises(DataJointError, match="connection"):
        dj.Diagram(wet.Tank) + there
    with pytest.raises(DataJointError, match="connection"):
        dj.Diagram([wet.Tank, there])


# -- the graph ---------------------------------------------------------------------------------


@pytest.mark.spec("G-011")
def test_a_neighbour_in_a_schema_that_is_not_activated(wet, dry, other):
    here = dj.Schema(wet.schema.database, connection=other)
    diagram = dj.Diagram(here["Reading"]) + 1
    (edge,) = diagram.to_dict()["edges"]
    assert edge["target"] == f"{dry.schema.database}.__digest"
    assert (edge["primary"], edge["multi"]) == (True, False)
    assert [node["in_graph_only"] for node in diagram.to_dict()["nodes"]] == [False, True]


@pytest.mark.spec("G-012")
def test_the_scope_connected_reaches_both_ways(connection, schema_name, other):
    found = []
    for number in range(5):
        schema = dj.Schema(schema_name(), connection=connection)
        context = {"Before": found[-1]} if found else {}
        definition = "-> Before" if found else "n : int32"
        found.append(schema(type(f"Step{number}", (dj.Manual,), {"definition": definition}), context=context))
    middle = dj.Schema(found[2].database, connection=other)
    near, far = dj.Diagram(middle), dj.Diagram(middle, scope="connected")
    assert names(near + 9) == {"step2", "step3"}
    assert names(near - 9) == {"step2", "step1"}
    assert names(far + 9) == {"step2", "step3", "step4"}
    assert names(far - 9) == {"step2", "step1", "step0"}


@pytest.mark.spec("G-013")
def test_one_entry_for_each_foreign_key(wet, connection):
    tank = connection.dialect.full_name(wet.Tank().name)
    info = wet.Mix.parents(foreign_key_info=True)
    assert [name for name, _ in info] == [tank, tank]
    assert [facts["attr_map"] for _, facts in info] == [{"left": "tank"}, {"right": "tank"}]


@pytest.mark.spec("G-035")
def test_the_order_of_attr_map_is_that_of_the_foreign_key(schema):
    @schema
    class Site(dj.Manual):
        definition = """
        zone : int32
        area : int32
        mark : int32
        """

    @schema
    class Visit(dj.Manual):
        definition = """
        visit : int32
        ---
        -> Site.proj(z_zone='zone', a_area='area')
        """

    (edge,) = dj.Diagram(schema).to_dict()["edges"]
    assert list(edge["attr_map"].items()) == [("z_zone", "zone"), ("a_area", "area"), ("mark", "mark")]
    assert edge["key"] == ["z_zone", "a_area", "mark"]
    assert (edge["primary"], edge["multi"], edge["nullable"]) == (False, True, False)


def test_a_second_diagram_asks_nothing(wet, dry, connection):
    dj.Diagram(wet.schema).to_dict()
    with connection.statements() as sent:
        (dj.Diagram(wet.schema) + 1).to_dict()
    assert sent == []


def test_tables_declared_later_are_in_new_diagrams(wet, schema):
    before = dj.Diagram(schema)
    Tank = wet.Tank

    @schema
    class Later(dj.Manual):
        definition = "-> Tank"

    assert "later" not in names(before)
    assert "later" in names(dj.Diagram(schema))
    assert "later" in names(dj.Diagram(Tank) + 1)


def test_reload_sees_what_another_connection_declared(wet, other):
    here = dj.Schema(wet.schema.database, connection=other)
    assert names(dj.Diagram(here)) == WET

    @wet.schema
    class Later(dj.Manual):
        definition = "n : int32"

    assert "later" in names(dj.Diagram(here, reload=True))


def test_the_graph_of_networkx_has_the_shown_tables(wet, connection):
    graph = dj.Diagram([wet.Tank, wet.Mix, wet.Assay]).graph
    full_name = connection.dialect.full_name
    tank, mix = full_name(wet.Tank().name), full_name(wet.Mix().name)
    assert set(graph.nodes) == {tank, mix, full_name(wet.Assay().name)}
    assert graph.nodes[mix]["primary_key"] == {"left", "right"}
    assert set(graph[tank][mix]) == {("left",), ("right",)}
    assert graph[tank][mix][("left",)] == {
        "attr_map": {"left": "tank"},
        "aliased": True,
        "primary": True,
        "multi": True,
    }


# -- names -------------------------------------------------------------------------------------


@pytest.mark.spec("G-033")
def test_class_names_are_known_without_a_context(rows, wet, dry):
    for diagram in (
        dj.Diagram.from_sequence([wet.Tank, wet.Titration.Drop, dry.Digest], context={}),
        dj.Diagram.cascade(wet.Tank & "tank = 2", context={}),
        dj.Diagram.trace(dry.Digest, context={}),
    ):
        found = {node["table"]: node["name"] for node in diagram.to_dict()["nodes"]}
        expected = {
            "tank": "Tank",
            "__titration__drop": "Titration.Drop",
            "__digest": "Digest",
            "__mix": "Mix",
        }
        assert all(name is not None for name in found.values())
        assert all(found[table] == name for table, name in expected.items() if table in found)


def test_names_are_those_that_the_caller_uses(wet):
    Basin = wet.Tank
    pipeline = ModuleType("pipeline")
    pipeline.Assay = wet.Assay
    form = dj.Diagram([Basin, pipeline.Assay]).to_dict()
    assert {node["name"] for node in form["nodes"]} == {"Basin", "pipeline.Assay"}
    assert {node["name"] for node in dj.Diagram(Basin, context={"T": Basin}).to_dict()["nodes"]} == {"T"}


def test_a_table_without_a_class_shows_its_full_name(wet, other):
    here = dj.Schema(wet.schema.database, connection=other)
    (node,) = dj.Diagram(here["Tank"], context={}).to_dict()["nodes"]
    assert (node["name"], node["label"]) == (None, f"{wet.schema.database}.tank")


@pytest.mark.spec("G-021")
def test_two_schemas_of_the_main_module_have_labels_of_their_own(connection, schema_name):
    schemas = [dj.Schema(schema_name(), connection=connection) for _ in range(2)]
    for schema in schemas:
        schema(type("Thing", (dj.Manual,), {"definition": "n : int32", "__module__": "__main__"}))
    labels = [group["label"] for group in dj.Diagram(schemas).to_dict()["groups"]]
    assert sorted(labels) == sorted(schema.database for schema in schemas)


# -- restricted diagrams -----------------------------------------------------------------------


@pytest.mark.spec("G-028")
def test_counts_of_cascade_and_trace(rows, wet, dry):
    affected = counts(dj.Diagram.cascade(wet.Tank & "tank = 2"))
    assert affected == {
        "tank": 1,
        "_reading": 1,
        "__titration": 2,
        "__titration__drop": 2,
        "__mix": 2,
        "__digest": 1,
    }
    (wet.Tank & "tank = 2").delete(prompt=False)
    assert {"tank": 3 - len(wet.Tank()), "__mix": 3 - len(wet.Mix())} == {"tank": 1, "__mix": 2}
    origin = dj.Diagram.trace(wet.Titration.Drop & {"tank": 1})
    assert counts(origin) == {"tank": 1, "#assay": 1, "__titration": 1, "__titration__drop": 1}


def test_a_cascade_may_start_from_a_class_a_projection_or_a_limit(rows, wet):
    assert counts(dj.Diagram.cascade(wet.Titration)) == {"__titration": 3, "__titration__drop": 3}
    renamed = wet.Tank.proj(basin="tank", big="volume > 1") & "basin > 1" & "big"
    assert counts(dj.Diagram.cascade(renamed))["__titration"] == 2
    assert counts(dj.Diagram.cascade(wet.Tank & dj.Top(1, "tank DESC")))["__mix"] == 2
    with pytest.raises(DataJointError, match="join"):
        dj.Diagram.cascade(wet.Tank * wet.Assay)
    with pytest.raises(DataJointError, match="join"):
        dj.Diagram.trace(wet.Tank * wet.Assay)


def test_part_integrity_of_a_cascade(rows, wet):
    seed = wet.Titration.Drop & {"drop": 2}
    assert counts(dj.Diagram.cascade(seed)) == {"__titration__drop": 1}
    assert counts(dj.Diagram.cascade(seed, part_integrity="ignore")) == {"__titration__drop": 1}
    lifted = dj.Diagram.cascade(seed, part_integrity="cascade")
    assert counts(lifted) == {"__titration": 1, "__titration__drop": 2}
    with pytest.raises(ValueError, match="everything"):
        dj.Diagram.cascade(seed, part_integrity="everything")


def test_an_unrestricted_seed_counts_everything(rows, wet):
    assert counts(dj.Diagram.cascade(wet.Tank))["__mix"] == 3


@pytest.mark.spec("G-029")
def test_restrictions_are_joined_by_and_and_parallel_foreign_keys_by_or(rows, wet):
    diagram = dj.Diagram(wet.schema)
    once = diagram.restrict(wet.Tank & "tank = 2")
    assert counts(once)["__mix"] == 2
    assert counts(once)["__titration"] == 2
    twice = once.restrict(wet.Assay & "assay = 'ph'")
    assert counts(twice) == {
        "tank": 1,
        "#assay": 1,
        "_reading": 1,
        "__titration": 1,
        "__titration__drop": 2,
        "__mix": 2,
    }
    assert counts(once.restrict(wet.Tank & "volume > 2"))["tank"] == 0
    assert len(twice) == len(diagram)


def test_restricting_a_table_shows_it(rows, wet):
    diagram = dj.Diagram(wet.Titration).restrict(wet.Tank & "tank = 1")
    assert counts(diagram) == {"tank": 1, "__titration": 1}


def test_restricting_by_a_table_out_of_reach_is_refused(wet, connection, schema_name, other):
    far = dj.Schema(schema_name(), connection=connection)
    far(type("Alone", (dj.Manual,), {"definition": "n : int32"}))
    here = dj.Schema(wet.schema.database, connection=other)
    with pytest.raises(DataJointError, match="not in the graph"):
        dj.Diagram(here).restrict(dj.FreeTable(other, f"{far.database}.alone"))


@pytest.mark.spec("G-030")
def test_what_a_cascade_and_a_trace_allow(rows, wet):
    cascade = dj.Diagram.cascade(wet.Tank & "tank = 3")
    trace = dj.Diagram.trace(wet.Titration & "score > 7")
    with pytest.raises(DataJointError, match="cascade"):
        cascade.restrict(wet.Tank & "tank = 1")
    with pytest.raises(DataJointError, match="trace"):
        trace.restrict(wet.Tank & "tank = 1")
    with pytest.raises(DataJointError, match="cascade"):
        cascade.prune()
    assert names(trace) == {"tank", "#assay", "__titration"}
    assert names(trace.prune()) == set()
    assert names(dj.Diagram.trace(wet.Titration & "tank = 1").prune()) == {"tank", "#assay", "__titration"}


def test_prune_of_a_plain_and_of_a_restricted_diagram(rows, wet):
    (wet.Titration.Drop & "tank > 0").delete(prompt=False, part_integrity="ignore")
    diagram = dj.Diagram(wet.schema)
    assert names(diagram.prune()) == WET - {"__titration__drop"}
    restricted = diagram.restrict(wet.Assay & "assay = 'none'")
    assert names(restricted.prune()) == {"tank", "_reading", "__mix"}


def test_counts_of_nothing_restricted_are_refused(wet):
    with pytest.raises(DataJointError, match="restrict"):
        dj.Diagram(wet.Tank).counts()


@pytest.mark.spec("G-031")
def test_the_rows_of_one_table(rows, wet, connection):
    trace = dj.Diagram.trace(wet.Titration.Drop & {"drop": 2}) + 0
    full_name = connection.dialect.full_name(wet.Tank().name)
    keys = [wet.Tank, wet.Tank(), "Tank", f"{wet.schema.database}.Tank", "tank", full_name]
    for key in keys:
        found = trace[key]
        assert isinstance(found, type(dj.FreeTable(connection, full_name)))
        assert found.keys() == [{"tank": 2}]
    for key in ("t", "ank", wet.Mix, "Mix", 5, None):
        with pytest.raises(DataJointError):
            trace[key]


def test_each_index_gives_a_new_expression(rows, wet):
    trace = dj.Diagram.trace(wet.Titration.Drop & {"drop": 2})
    trace[wet.Assay].restrict_in_place("assay = 'none'")
    assert len(trace[wet.Assay]) == 1
    plain = dj.Diagram(wet.Tank)
    assert len(plain["Tank"]) == 3


def test_ambiguous_names_are_refused(wet, connection, schema_name):
    second = dj.Schema(schema_name(), connection=connection)
    second(type("Tank", (dj.Manual,), {"definition": "n : int32"}))
    diagram = dj.Diagram([wet.schema, second], context={})
    with pytest.raises(DataJointError, match="any of"):
        diagram["Tank"]
    assert diagram[f"{second.database}.Tank"].primary_key == ["n"]


def test_algebra_keeps_restrictions(rows, wet):
    one = dj.Diagram.cascade(wet.Tank & "tank = 1")
    two = dj.Diagram.cascade(wet.Tank & "tank = 2")
    assert counts(one + two)["tank"] == 2
    assert counts(one + two)["__titration"] == 3
    assert counts(dj.Diagram(wet.Assay) + one)["tank"] == 1
    assert counts(dj.Diagram(one) * wet.Mix) == {"__mix": 1}
    with pytest.raises(DataJointError, match="mode"):
        one + dj.Diagram.trace(wet.Tank)


@pytest.mark.spec("G-032")
def test_counts_are_one_statement_until_refreshed(rows, wet, connection, caplog):
    diagram = dj.Diagram.cascade(wet.Tank & "tank = 2")
    with connection.statements() as sent, caplog.at_level(logging.INFO, logger="datajoint_nb"):
        first = diagram.counts()
    assert len(sent) == 1
    assert sum("mix" in record.getMessage() for record in caplog.records) == 1
    fill(wet.Mix, (2, 2))
    with connection.statements() as sent:
        assert diagram.counts() == first
    assert sent == []
    assert counts(diagram)["__mix"] == 2
    diagram.counts(refresh=True)
    assert counts(diagram)["__mix"] == 3


# -- output ------------------------------------------------------------------------------------


def validate(form):
    """Check a form against the tables of the specification, by hand."""
    assert form["format"] == "djnb-diagram/1"
    assert set(form) == {"format", "direction", "theme", "mode", "seed", "groups", "nodes", "edges", "styles"}
    node_fields = {
        "id": str, "schema": str, "table": str, "name": (str, type(None)), "label": str, "tier": str,
        "group": (str, type(None)), "master": (str, type(None)), "comment": (str, type(None)),
        "definition": (str, type(None)), "attributes": list, "primary_key": list, "own_key": list,
        "introduces_dimension": bool, "accessible": bool, "in_graph_only": bool,
        "rows": (int, type(None)), "restricted_rows": (int, type(None)), "progress": type(None),
    }  # fmt: skip
    edge_fields = {
        "id": str, "source": str, "target": str, "key": list, "attr_map": dict, "primary": bool,
        "multi": bool, "aliased": bool, "nullable": bool, "unique": bool, "bundle": int, "tooltip": str,
    }  # fmt: skip
    attribute_fields = {
        "name": str, "type": str, "key": bool, "nullable": bool, "default": (str, type(None)), "comment": str,
        "fk": (int, type(None)),
    }  # fmt: skip
    group_fields = {"id": str, "label": str, "schema": str, "collapsed": bool, "n_tables": int}
    records = [
        (form["nodes"], node_fields),
        (form["edges"], edge_fields),
        (form["groups"], group_fields),
        ([a for node in form["nodes"] for a in node["attributes"]], attribute_fields),
    ]
    for found, fields in records:
        for record in found:
            assert set(record) == set(fields)
            assert all(isinstance(record[name], kind) for name, kind in fields.items()), record
    ids = {node["id"] for node in form["nodes"]}
    assert {end for edge in form["edges"] for end in (edge["source"], edge["target"])} <= ids
    assert {node["group"] for node in form["nodes"]} <= {group["id"] for group in form["groups"]}
    assert set(form["seed"]) <= ids


@pytest.mark.spec("G-034")
def test_the_json_form(rows, wet, dry):
    every = dj.Diagram([wet.schema, dry.schema])
    cases = [
        (every, "plain"),
        (every.collapse() + wet.Tank, "plain"),
        (every.restrict(wet.Tank & "tank = 1"), "restrict"),
        (dj.Diagram.cascade(wet.Tank & "tank = 1"), "cascade"),
        (dj.Diagram.trace(dry.Digest), "trace"),
        (every - every, "plain"),
    ]
    for diagram, mode in cases:
        form = json.loads(diagram.to_json(counts=True))
        validate(form)
        assert form["mode"] == mode
    seeded = dj.Diagram.cascade(wet.Tank & "tank = 1").to_dict(counts=True)
    assert seeded["seed"] == [f"{wet.schema.database}.tank"]
    tank = next(node for node in seeded["nodes"] if node["label"] == "Tank")
    assert (tank["rows"], tank["restricted_rows"]) == (3, 1)
    assert tank["comment"] == "a tank of water"
    assert "volume=0" in tank["definition"].replace(" ", "")


def test_counts_and_definitions_are_left_out_unless_asked(rows, wet):
    form = dj.Diagram(wet.schema).to_dict(definitions=False)
    assert {node["rows"] for node in form["nodes"]} == {None}
    assert {node["definition"] for node in form["nodes"]} == {None}


@pytest.mark.spec("G-022")
def test_the_direction_is_a_setting(wet, connection):
    diagram = dj.Diagram(wet.schema)
    seen = {}
    for direction in ("LR", "TB"):
        with connection.config.override(display__diagram_direction=direction):
            seen[direction] = (diagram.dot_string(), diagram.svg_string(), diagram.make_mermaid())
    assert "rankdir=LR" in seen["LR"][0]
    assert "rankdir=TB" in seen["TB"][0]
    assert seen["LR"][1] != seen["TB"][1]
    assert "flowchart LR" in seen["LR"][2]
    assert "flowchart TB" in seen["TB"][2]


@pytest.fixture
def no_dot(monkeypatch):
    """A machine without the program `dot`."""
    monkeypatch.setenv("PATH", "/nowhere")
    programs.run_dot.cache_clear()
    programs.hint.cache_clear()


@pytest.mark.spec("G-023")
def test_without_dot_the_built_in_layout_is_used(wet, dry, no_dot, caplog):
    diagram = dj.Diagram([wet.schema, dry.schema])
    with caplog.at_level(logging.INFO, logger="datajoint_nb"):
        svg = diagram.svg_string()
        diagram.svg_string()
    assert sum("Graphviz" in record.getMessage() for record in caplog.records) == 1
    boxes = [shape_box(group) for group in ElementTree.fromstring(svg).iter() if "data-node" in group.attrib]
    assert len(boxes) == 7
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)
    bundle = diagram._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/vnd.mermaid", "text/plain"}
    assert bundle["image/svg+xml"].startswith("<svg")
    assert diagram.make_mermaid() == bundle["text/vnd.mermaid"]
    with pytest.raises(DataJointError, match="svg"):
        diagram.make_png()


def shape_box(group):
    """Left, top, right, bottom of the node drawn in an SVG group."""
    shape = next(e for e in group if e.tag.endswith(("rect", "ellipse")))
    places = ("x", "y", "width", "height", "cx", "cy", "rx", "ry")
    number = {name: float(shape.attrib[name]) for name in places if name in shape.attrib}
    if shape.tag.endswith("rect"):
        return number["x"], number["y"], number["x"] + number["width"], number["y"] + number["height"]
    return (
        number["cx"] - number["rx"],
        number["cy"] - number["ry"],
        number["cx"] + number["rx"],
        number["cy"] + number["ry"],
    )


@pytest.mark.spec("G-024")
def test_without_pydot_and_matplotlib_all_but_three_methods_work(wet, monkeypatch, tmp_path):
    for package in ("pydot", "matplotlib"):
        for name in [n for n in sys.modules if n.partition(".")[0] == package]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, package, None)
    diagram = dj.Diagram(wet.schema)
    for method, package in (("make_dot", "pydot"), ("draw", "matplotlib"), ("make_image", "matplotlib")):
        with pytest.raises(DataJointError, match=package):
            getattr(diagram, method)()
    for method in (
        "to_text",
        "to_json",
        "svg_string",
        "make_mermaid",
        "make_svg",
        "_repr_html_",
        "dot_string",
    ):
        assert getattr(diagram, method)()
    diagram.save(tmp_path / "diagram.svg")


@pytest.mark.spec("G-025")
def test_mermaid_parses(wet, dry):
    every = [wet.schema, dry.schema]
    for diagram in (
        dj.Diagram(every),
        dj.Diagram(every, context={}),
        dj.Diagram(every).collapse(),
        dj.Diagram(every).collapse() + wet.Tank,
    ):
        read_mermaid(diagram.make_mermaid())


SAVED = [
    ("a.svg", None, b"<svg"),
    ("a.png", None, b"\x89PNG"),
    ("a.mmd", None, b"flowchart"),
    ("a.mermaid", None, b"flowchart"),
    ("a.md", None, b"```mermaid\nflowchart"),
    ("a.json", None, b'"djnb-diagram/1"'),
    ("a.dot", None, b"digraph"),
    ("a.PNG", None, b"\x89PNG"),
    ("picture", "svg", b"<svg"),
    ("a.svg", "mermaid", b"flowchart"),
]


@pytest.mark.spec("G-026")
def test_files_have_the_format_of_their_name(wet, tmp_path):
    diagram = dj.Diagram(wet.schema)
    for name, given, expected in SAVED:
        for path in (tmp_path / name, str(tmp_path / name)):
            diagram.save(path, given)
            assert expected in Path(path).read_bytes(), name
    for name, given in (("a.pdf", None), ("picture", None), ("a.svg", "pdf"), (5, None)):
        with pytest.raises(DataJointError):
            diagram.save(tmp_path / name if isinstance(name, str) else name, given)
    with pytest.raises(DataJointError, match="nowhere"):
        diagram.save(tmp_path / "nowhere" / "a.svg")


def test_graphviz_draws_where_it_is_installed(wet):
    diagram = dj.Diagram(wet.schema)
    svg = diagram.svg_string()
    assert "prefers-color-scheme: dark" in svg
    assert "prefers-color-scheme" not in diagram.svg_string(theme="light")
    assert diagram._repr_svg_() == svg
    assert diagram._repr_html_().count("<svg") == 1
    assert "<?xml" not in diagram._repr_html_()
    assert isinstance(diagram.make_png(), io.BytesIO)
    with pytest.raises(DataJointError, match="sepia"):
        diagram.svg_string(theme="sepia")


# pydot asks pyparsing by names that its newer releases deprecate
@pytest.mark.filterwarnings("ignore::DeprecationWarning:pydot")
def test_pydot_and_matplotlib_get_the_same_picture(wet, monkeypatch):
    import matplotlib

    matplotlib.use("agg")
    diagram = dj.Diagram(wet.schema)
    assert len(diagram.make_dot().get_subgraphs()) == 1
    assert diagram.make_image().ndim == 3
    shown = []
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: shown.append(True))
    diagram.draw()
    assert shown == [True]
    matplotlib.pyplot.close("all")


def test_a_restricted_diagram_shows_its_counts(rows, wet):
    diagram = dj.Diagram.cascade(wet.Tank & "tank = 2")
    assert "Tank *" in repr(diagram)
    assert "2 rows" in repr(diagram)
    assert "2 rows" in to_svg(diagram._picture())
