"""Parts go with their masters: ``05-data-manipulation.md`` §4.3, §5.3."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError
from tests.backends.orchard import EVERYTHING, counts


def free(table: type[dj.Table]) -> dj.Table:
    return dj.FreeTable(table().connection, table().full_table_name)


@pytest.mark.spec("M-070")
def test_a_part_is_not_deleted_from_directly(farm: SimpleNamespace):
    for rows in (farm.Tree.Row, farm.Tree.Row & "orchard = 1"):
        with pytest.raises(DataJointError, match="part_integrity"):
            rows.delete(prompt=False)
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-071")
def test_nor_through_a_free_table(farm: SimpleNamespace):
    for part in (farm.Tree.Row, farm.Tree.Leaf):
        with pytest.raises(DataJointError, match="master"):
            free(part).delete(prompt=False)
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-072")
def test_ignore(farm: SimpleNamespace):
    rows = farm.Tree.Row & {"orchard": 1, "tree": 1, "row": 1}
    assert rows.delete(part_integrity="ignore", prompt=False) == 1
    assert counts(farm) == {**EVERYTHING, "Row": 15, "Leaf": 15}


@pytest.mark.spec("M-073", "M-074")
@pytest.mark.parametrize(("name", "deleted"), [("Row", 2), ("Leaf", 2)])
def test_cascade_takes_the_master_and_all_that_depends_on_it(farm: SimpleNamespace, name: str, deleted: int):
    part = getattr(farm.Tree, name) & {"orchard": 1, "tree": 1, "row": 1}
    with farm.connection.statements() as sent:
        assert part.delete(part_integrity="cascade", prompt=False) == deleted
    left = {"Tree": 7, "Row": 14, "Leaf": 14, "Graft": 3, "Label": 4, "Yield": 7}
    assert counts(farm) == {"Orchard": 4, **left}
    # six DELETEs, BEGIN, COMMIT, one look downstream and one for the master's keys
    assert len(sent) <= 10


@pytest.mark.spec("M-077")
def test_other_words(farm: SimpleNamespace):
    for table in (farm.Orchard, farm.Tree.Row, farm.Tree.Row & "row = 1"):
        with pytest.raises(ValueError, match="part_integrity"):
            table.delete(part_integrity="x", prompt=False)
    assert counts(farm) == EVERYTHING


@pytest.fixture
def network(schema: dj.Schema) -> SimpleNamespace:
    """A master two of whose rows a part row may belong to, and a part with another parent."""

    @schema
    class City(dj.Manual):
        definition = """
        city : int32
        """

        class Road(dj.Part):
            definition = """
            -> master
            -> City.proj(other='city')
            """

    @schema
    class Owner(dj.Manual):
        definition = """
        owner : int32
        """

    @schema
    class Estate(dj.Manual):
        definition = """
        -> Owner
        estate : int32
        """

        class House(dj.Part):
            definition = """
            -> master
            house : int32
            ---
            -> [nullable] Owner.proj(tenant='owner')
            """

    City.insert([{"city": n} for n in range(1, 6)])
    City.Road.insert([{"city": 1, "other": 2}, {"city": 3, "other": 4}])
    Owner.insert([{"owner": n} for n in (1, 2, 3)])
    Estate.insert([{"owner": n, "estate": 1} for n in (1, 2)])
    Estate.House.insert([{"owner": n, "estate": 1, "house": 1, "tenant": 3 - n} for n in (1, 2)])
    Estate.House.insert1({"owner": 1, "estate": 1, "house": 2, "tenant": 1})
    return SimpleNamespace(City=City, Owner=Owner, Estate=Estate)


@pytest.mark.spec("M-075")
def test_a_part_with_two_paths_lifts_both_masters(network: SimpleNamespace):
    city = network.City
    assert (city.Road & "city = 1").delete(part_integrity="cascade", prompt=False) == 1
    assert set(city.to_arrays("city")) == {3, 4, 5}
    assert len(city.Road()) == 1


def test_masters_lead_to_masters_along_their_parts(network: SimpleNamespace):
    city = network.City
    city.Road.insert1({"city": 2, "other": 3})
    assert (city.Road & "city = 1").delete(part_integrity="cascade", prompt=False) == 3
    assert set(city.to_arrays("city")) == {5}


@pytest.mark.spec("M-076")
def test_each_part_row_needs_its_own_master(network: SimpleNamespace):
    # the estate of owner 1 goes, but a house of owner 2's estate, let to owner 1, would go alone
    with pytest.raises(DataJointError, match="house"):
        (network.Owner & "owner = 1").delete(prompt=False)
    assert (len(network.Owner()), len(network.Estate()), len(network.Estate.House())) == (3, 2, 3)
    assert (network.Owner & "owner = 1").delete(part_integrity="cascade", prompt=False) == 1
    assert (len(network.Owner()), len(network.Estate()), len(network.Estate.House())) == (2, 0, 0)


def test_part_rows_whose_masters_go_too_are_no_violation(network: SimpleNamespace):
    (network.Estate.House & "owner = 2").delete(part_integrity="ignore", prompt=False)
    assert (network.Owner & "owner = 1").delete(prompt=False) == 1
    assert len(network.Estate()) == 1


def test_one_lifted_master_leads_to_the_next(schema: dj.Schema):
    @schema
    class A(dj.Manual):
        definition = """
        a : int32
        """

    @schema
    class M(dj.Manual):
        definition = """
        m : int32
        """

        class P(dj.Part):
            definition = """
            -> master
            p : int32
            ---
            -> A
            """

    @schema
    class N(dj.Manual):
        definition = """
        n : int32
        """

        class Q(dj.Part):
            definition = """
            -> master
            q : int32
            ---
            -> M
            """

    A.insert([{"a": n} for n in (1, 2)])
    M.insert([{"m": n} for n in (1, 2)])
    M.P.insert([{"m": n, "p": 1, "a": n} for n in (1, 2)])
    N.insert([{"n": n} for n in (1, 2, 3)])
    N.Q.insert([{"n": n, "q": 1, "m": 1} for n in (1, 2)] + [{"n": 3, "q": 1, "m": 2}])
    assert (A & "a = 1").delete(part_integrity="cascade", prompt=False) == 1
    assert set(M.to_arrays("m")) == {2}
    assert set(N.to_arrays("n")) == {3}


def test_the_worked_example(schema: dj.Schema):
    @schema
    class Batch(dj.Manual):
        definition = """
        batch : int32
        """

        class Vial(dj.Part):
            definition = """
            -> master
            vial : int32
            """

        class Swab(dj.Part):
            definition = """
            -> Batch.Vial.proj(src_batch='batch', src_vial='vial')
            swab : int32
            """

    @schema
    class Assay(dj.Manual):
        definition = """
        -> Batch
        """

    Batch.insert([{"batch": n} for n in (7, 8)])
    Batch.Vial.insert([{"batch": b, "vial": v} for b in (7, 8) for v in (1, 2)])
    Batch.Swab.insert([{"src_batch": b, "src_vial": v, "swab": 2} for b in (7, 8) for v in (1, 2)])
    Assay.insert([{"batch": n} for n in (7, 8)])
    tables = (Batch.Swab, Batch.Vial, Batch)
    seed = Batch.Swab & {"src_batch": 7, "src_vial": 1, "swab": 2}
    with schema.connection.statements() as sent:
        assert seed.delete(part_integrity="cascade", prompt=False) == 2
    deletes = [text.partition(" WHERE ")[0] for text in sent if text.startswith("DELETE")]
    order = [deletes.index(f"DELETE FROM {schema.connection.dialect.table(t().name)}") for t in tables]
    assert len(deletes) == 4
    assert order == sorted(order)
    assert [len(t()) for t in (Batch, Batch.Vial, Batch.Swab, Assay)] == [1, 2, 2, 1]


@pytest.mark.spec("M-078")
def test_a_schema_name_with_a_dash(connection: dj.Connection, schema_name: Callable[[], str]):
    schema = dj.Schema(f"{schema_name()}-{uuid.uuid4().hex[:4]}", connection=connection)

    @schema
    class Box(dj.Manual):
        definition = """
        box : int32
        """

        class Item(dj.Part):
            definition = """
            -> master
            item : int32
            """

    Box.insert1({"box": 1})
    Box.Item.insert1({"box": 1, "item": 1})
    with pytest.raises(DataJointError, match="master"):
        free(Box.Item).delete(prompt=False)
    assert len(Box.Item()) == 1
    assert Box.delete(prompt=False) == 1
    assert len(Box.Item()) == 0
