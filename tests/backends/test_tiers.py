"""Tiers, names, parts and contents of lookups on real databases: ``01-definitions.md`` §2."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError
from tests.backends.declaring import declare, refused, untouched

NAMES = {
    "BatCall": "bat_call",
    "RawEMG": "raw_e_m_g",
    "Cell2D": "cell2_d",
    "T2Star": "t2_star",
    "A": "a",
}


@pytest.mark.spec("D-064")
def test_names_of_tables(schema: dj.Schema) -> None:
    for class_name in NAMES:
        declare(schema, class_name, "a : int8")
    schema.connection.forget()
    assert set(schema.list_tables()) == set(NAMES.values())
    found: dict[str, Any] = {}
    schema.make_classes(into=found)
    assert found.keys() == NAMES.keys()


@pytest.mark.spec("D-065")
def test_prefixes(schema: dj.Schema) -> None:
    base = declare(schema, "Base", "b : int8")
    expected = []
    for tier, prefix in ((dj.Manual, ""), (dj.Lookup, "#"), (dj.Imported, "_"), (dj.Computed, "__")):
        part = type("SmallPart", (dj.Part,), {"definition": "-> master\np : int8"})
        name = f"Tier{tier.__name__}"
        schema(type(name, (tier,), {"definition": "-> Base", "SmallPart": part}), context={"Base": base})
        expected += [
            f"{prefix}tier_{tier.__name__.lower()}",
            f"{prefix}tier_{tier.__name__.lower()}__small_part",
        ]
    schema.connection.forget()
    assert set(schema.list_tables()) == {"base", *expected}
    for name in expected:
        assert schema[name].name.tier.label == ("part" if name.endswith("part") else name.rpartition("_")[2])


@pytest.mark.spec("D-067")
def test_underscores_in_class_names(schema: dj.Schema) -> None:
    class My_Site(dj.Manual):
        definition = "a : int8"

        class Left_Part(dj.Part):
            definition = "-> master"

    with pytest.warns(UserWarning, match="underscores") as caught:
        schema(My_Site)
    assert len(caught) == 2
    assert {warning.filename for warning in caught} == {__file__}
    assert schema.list_tables() == ["my_site", "my_site__left_part"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema(My_Site)


@pytest.mark.spec("D-068")
@pytest.mark.parametrize("name", ["bats", "bAts", "Bäts", "2Bats"])
def test_class_names_that_are_none(schema: dj.Schema, name: str) -> None:
    with pytest.raises(DataJointError, match="CamelCase"):
        declare(schema, name, "a : int8")
    assert schema.list_tables() == []


@pytest.mark.spec("D-069")
@pytest.mark.parametrize(
    ("tier", "prefix"), [("Manual", ""), ("Lookup", "#"), ("Imported", "~~"), ("Computed", "__")]
)
def test_long_names(schema: dj.Schema, backend: str, tier: str, prefix: str) -> None:
    limit = (64 if backend == "mysql" else 63) - len(prefix)
    base = declare(schema, "B", "a : int8")
    fits = declare(schema, "F" + "x" * (limit - 1), "-> B", getattr(dj, tier), B=base)
    fits.insert([], allow_direct_insert=True)
    schema.connection.forget()
    assert fits.is_declared
    assert fits().heading["a"].lineage == f"{schema.database}.b.a"
    with pytest.raises(DataJointError, match="too long"):
        declare(schema, "G" + "x" * limit, "-> B", getattr(dj, tier), B=base)
    assert untouched(schema, "g" + "x" * limit)


@pytest.mark.spec("D-071")
def test_decorated_part(schema: dj.Schema) -> None:
    with pytest.raises(DataJointError, match="Part"):
        declare(schema, "Refused", "a : int8", dj.Part)


@pytest.mark.spec("D-072")
@pytest.mark.parametrize("target", ["master", "Deployment", "self.master"])
def test_parts_reference_their_master(schema: dj.Schema, target: str) -> None:
    class Channel(dj.Part):
        definition = f"-> {target}\nchannel : int8"

    deployment: Any = type("Deployment", (dj.Manual,), {"definition": "d : int32", "Channel": Channel})
    schema(deployment, context={})
    assert Channel().primary_key == ["d", "channel"]
    assert Channel.master is deployment
    assert Channel().master is deployment
    assert deployment.parts() == [f"{schema.connection.dialect.full_name(Channel().name)}"]


@pytest.mark.spec("D-073")
def test_part_without_its_master(schema: dj.Schema) -> None:
    class Refused(dj.Manual):
        definition = "d : int32"

        class Channel(dj.Part):
            definition = "channel : int8"

    with pytest.raises(DataJointError, match="-> master"):
        schema(Refused)
    assert untouched(schema, "channel")


@pytest.mark.spec("D-074")
def test_parts_have_no_parts(schema: dj.Schema) -> None:
    class Refused(dj.Manual):
        definition = "d : int32"

        class Channel(dj.Part):
            definition = "-> master"

            class Sample(dj.Part):
                definition = "-> master"

    with pytest.raises(DataJointError, match="parts have no parts"):
        schema(Refused)
    assert untouched(schema, "refused")


def test_parts_with_a_small_initial(schema: dj.Schema) -> None:
    class Refused(dj.Manual):
        definition = "d : int32"

        class channel(dj.Part):
            definition = "-> master"

    with pytest.raises(DataJointError, match="capital"):
        schema(Refused)
    assert untouched(schema, "refused")


def test_inherited_parts_belong_to_the_new_master(schema: dj.Schema) -> None:
    @schema
    class First(dj.Manual):
        definition = "d : int32"

        class Channel(dj.Part):
            definition = "-> master"

    @schema
    class Second(First):
        pass

    assert (First.Channel.master, Second.Channel.master) == (First, Second)
    assert (First.Channel.table_name, Second.Channel.table_name) == ("first__channel", "second__channel")
    assert Second.Channel().stored.foreign_keys[0].parent.table == "second"


@pytest.mark.spec("D-075")
@pytest.mark.parametrize("tier", ["Computed", "Imported"])
@pytest.mark.parametrize(
    ("definition", "word"), [("-> B\nn : int8", "`n`"), ("n : int8", "`n`"), ("", "empty")]
)
def test_keys_of_computed_tables(schema: dj.Schema, tier: str, definition: str, word: str) -> None:
    base = declare(schema, "B", "a : int8")
    assert word in refused(schema, definition, getattr(dj, tier), B=base)
    schema.connection.config["jobs.allow_new_pk_fields_in_computed_tables"] = True
    table = declare(schema, "Allowed", definition, getattr(dj, tier), B=base)
    assert table.is_declared


@pytest.mark.spec("D-077")
def test_contents(schema: dj.Schema, caplog: pytest.LogCaptureFixture) -> None:
    def kind(*rows: Any) -> Any:
        return schema(
            type(
                "Kind", (dj.Lookup,), {"definition": "kind : varchar(9)\n---\nn=0 : int32", "contents": rows}
            )
        )

    assert kind(("a", 1), {"kind": "b", "n": 2}).to_dicts(order_by="kind") == [
        {"kind": "a", "n": 1},
        {"kind": "b", "n": 2},
    ]
    table = kind(("a", 1), ("c", 3))
    found = table.to_dicts(order_by="kind")
    assert found == [{"kind": k, "n": n} for k, n in (("a", 1), ("b", 2), ("c", 3))]
    assert caplog.text == ""
    assert kind(("a", 7), ("b", 2)).to_dicts(order_by="kind") == found
    assert "n of {'kind': 'a'} is 1, not 7" in caplog.text


def test_contents_in_other_spellings_are_the_same_keys(schema: dj.Schema) -> None:
    import numpy as np

    definition = "i : int32\nd : date\nx : decimal(5,2)\nf : char(4)"
    rows = [{"i": np.int64(1), "d": "2024-05-01", "x": 1.5, "f": "ab "}]
    for _ in range(2):
        with schema.connection.statements() as sent:
            table = schema(type("Kind", (dj.Lookup,), {"definition": definition, "contents": rows}))
    assert len(table) == len(sent) == 1


def test_equal_contents_are_no_difference(schema: dj.Schema, caplog: pytest.LogCaptureFixture) -> None:
    definition = """
    a : int8
    ---
    f=null : float32
    d=null : datetime
    j=null : json
    t=0 : bool
    x=7 : int32
    b=null : <blob>
    """
    row = {"a": 1, "f": 1.1, "d": "2024-05-01T10:11", "j": {"y": [1, 2.5]}, "t": 1, "x": None, "b": [1]}
    for _ in range(2):
        schema(type("Kind", (dj.Lookup,), {"definition": definition, "contents": [row]}))
    assert caplog.text == ""


def test_contents_of_another_length(schema: dj.Schema) -> None:
    with pytest.raises(DataJointError, match="2 values"):
        schema(type("Kind", (dj.Lookup,), {"definition": "a : int8", "contents": [(1, 2)]}))


def test_contents_that_are_there_send_one_query(schema: dj.Schema) -> None:
    def kind() -> Any:
        rows = [(n, n) for n in range(100)]
        return schema(
            type("Kind", (dj.Lookup,), {"definition": "kind : int32\n---\nn : int32", "contents": rows})
        )

    kind()
    with schema.connection.statements() as sent:
        kind()
    assert len(sent) == 1


@pytest.mark.spec("D-078")
def test_forms_of_contents(schema: dj.Schema) -> None:
    class Generated(dj.Lookup):
        definition = "a : int32"
        contents = ((n,) for n in range(3))

    class Asked(dj.Lookup):
        definition = "a : int32"

        @property
        def contents(self) -> Any:
            return ([n] for n in range(4))

    class Zipped(dj.Lookup):
        definition = "a : int32\nb : int32"
        contents = zip(range(2), range(2), strict=True)

    assert [len(schema(cls)) for cls in (Generated, Asked, Zipped)] == [3, 4, 2]


@pytest.mark.backends("mysql", "sqlite")
def test_contents_of_numbered_rows_are_left_out(schema: dj.Schema, backend: str) -> None:
    class Numbered(dj.Lookup):
        definition = f"n : {'integer' if backend == 'sqlite' else 'int'} auto_increment\n---\na : int32"
        contents = [(1, 1)]

    with pytest.warns(UserWarning, match="Numbered"):
        schema(Numbered)
    assert len(Numbered) == 0


@pytest.mark.spec("D-080")
def test_singleton_of_defaults(schema: dj.Schema) -> None:
    table = declare(schema, "Setting", "---\na=5 : int32\nb=null : varchar(9)")
    table.insert1({})
    assert table.fetch1() == {"a": 5, "b": None}


@pytest.mark.spec("D-081")
def test_columns_of_jobs(schema: dj.Schema) -> None:
    schema.connection.config["jobs.add_job_metadata"] = True
    base = declare(schema, "Base", "a : int8")
    lookup = declare(schema, "Look", "a : int8", dj.Lookup)
    expected = ["_job_start_time", "_job_duration", "_job_version"]
    for tier in (dj.Computed, dj.Imported):
        part = type("Piece", (dj.Part,), {"definition": "-> master"})
        table = schema(
            type(tier.__name__ + "One", (tier,), {"definition": "-> Base", "Piece": part}),
            context={"Base": base},
        )
        schema.connection.forget()
        assert list(table().heading.hidden) == expected
        assert table().heading.names == ["a"]
        assert dict(table.Piece().heading.hidden) == {}
        forms = [(a.declared_type, a.default, a.comment) for a in table().heading.hidden.values()]
        assert forms == [
            ("datetime(3)", "null", "when computation began"),
            ("float32", "null", "computation duration in seconds"),
            ("varchar(64)", '""', "code version"),
        ]
    assert dict(base().heading.hidden) == dict(lookup().heading.hidden) == {}


@pytest.mark.spec("D-082")
def test_column_of_provenance(schema: dj.Schema) -> None:
    schema.connection.config["provenance.capture"] = True
    base = declare(schema, "Base", "a : int8")
    others = [declare(schema, "Look", "a : int8", dj.Lookup)]
    others += [
        declare(schema, t.__name__ + "One", "-> Base", t, Base=base) for t in (dj.Computed, dj.Imported)
    ]
    schema.connection.forget()
    (hidden,) = base().heading.hidden.values()
    assert (hidden.name, hidden.declared_type, hidden.default) == ("_prov", "json", "null")
    assert all(not table().heading.hidden for table in others)


def test_hidden_columns_take_no_values(schema: dj.Schema) -> None:
    schema.connection.config["provenance.capture"] = True
    table = declare(schema, "Base", "a : int8\n---\nb=1 : int8")
    with pytest.raises(KeyError):
        table.insert1({"a": 1, "_prov": {}})
    table.insert1({"a": 1, "_prov": {}}, ignore_extra_fields=True)
    assert table.to_dicts() == [{"a": 1, "b": 1}]
    with pytest.raises(DataJointError):
        table.update1({"a": 1, "_prov": {}})
