"""Deleting rows with their dependents: ``05-data-manipulation.md`` §4, §5."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError, IntegrityError, UnknownAttributeError
from tests.backends.orchard import EVERYTHING, WITHOUT_ONE_ORCHARD, counts


@pytest.mark.spec("M-054")
def test_dependents_go_in_every_schema_and_the_seed_is_counted(farm: SimpleNamespace):
    assert (farm.Orchard & "orchard = 1").delete(prompt=False) == 1
    assert counts(farm) == {"Orchard": 3, **WITHOUT_ONE_ORCHARD}


@pytest.mark.spec("M-055")
def test_no_rows_delete_nothing_and_commit_nothing(farm: SimpleNamespace):
    with farm.connection.statements() as sent:
        assert (farm.Orchard & "orchard = 99").delete(prompt=False) == 0
    assert "COMMIT" not in sent
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-069")
def test_false_selects_nothing(farm: SimpleNamespace):
    assert (farm.Orchard & False).delete(prompt=False) == 0
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-063")
@pytest.mark.parametrize(("tree", "left"), [((1, 1), {2, 3, 4}), ((1, 2), {1, 2, 3})])
def test_a_row_goes_with_either_of_two_parents(farm: SimpleNamespace, tree: tuple[int, int], left: set[int]):
    (farm.Tree & {"orchard": tree[0], "tree": tree[1]}).delete(prompt=False)
    assert set(farm.Graft.to_arrays("a_o")) == left


@pytest.mark.spec("M-064")
def test_null_references_nothing(farm: SimpleNamespace):
    (farm.Tree & "orchard = 1").delete(prompt=False)
    assert set(farm.Label.to_arrays("label")) == {2, 3, 4, 5}


@pytest.mark.spec("M-065")
def test_a_restriction_by_a_secondary_attribute_takes_only_its_dependents(farm: SimpleNamespace):
    assert (farm.Tree & "height > 41").delete(prompt=False) == 1
    assert counts(farm) == {**EVERYTHING, "Tree": 7, "Row": 14, "Leaf": 14, "Graft": 3, "Yield": 7}
    assert not farm.Tree.Row & {"orchard": 4, "tree": 2}


@pytest.mark.spec("M-066")
def test_a_seed_restricted_by_its_own_descendant(farm: SimpleNamespace):
    assert (farm.Orchard & (farm.Tree & "height > 40")).delete(prompt=False) == 1
    assert counts(farm) == {"Orchard": 3, **WITHOUT_ONE_ORCHARD}


@pytest.mark.spec("M-067")
def test_a_seed_without_its_own_descendants(farm: SimpleNamespace):
    farm.Orchard.insert1({"orchard": 9, "town": "empty"})
    assert (farm.Orchard - farm.Tree).delete(prompt=False) == 1
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-068")
def test_top_selects_exactly_its_rows(farm: SimpleNamespace):
    assert (farm.Tree & dj.Top(1, "height DESC")).delete(prompt=False) == 1
    assert set(zip(*farm.Tree.to_arrays("orchard", "tree"), strict=True)) == {
        (o, t) for o in (1, 2, 3, 4) for t in (1, 2)
    } - {(4, 2)}


@pytest.mark.spec("M-081")
@pytest.mark.parametrize(
    "expression",
    [
        lambda f: f.Orchard * f.Tree,
        lambda f: f.Orchard.aggr(f.Tree, n_trees="count(*)"),
        lambda f: f.Orchard.proj() + f.Orchard.proj(),
        lambda f: dj.U("town") & f.Orchard,
        lambda f: f.Orchard.proj(twice="2*n"),
    ],
)
@pytest.mark.parametrize("method", ["delete", "delete_quick"])
def test_only_rows_of_one_table_can_be_deleted(
    farm: SimpleNamespace, expression: Callable[[Any], Any], method: str
):
    with pytest.raises(DataJointError):
        getattr(expression(farm), method)()
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-082")
def test_a_bare_projection_deletes_and_a_renaming_one_does_not(farm: SimpleNamespace):
    with pytest.raises(DataJointError, match="renamed"):
        farm.Orchard.proj(x="orchard").delete(prompt=False)
    assert counts(farm) == EVERYTHING
    assert farm.Orchard.proj().delete(prompt=False) == 4
    assert counts(farm) == {**dict.fromkeys(EVERYTHING, 0), "Label": 1}


@pytest.mark.spec("M-083")
def test_delete_quick_takes_nothing_along(farm: SimpleNamespace):
    with pytest.raises(IntegrityError):
        farm.Orchard.delete_quick()
    assert counts(farm) == EVERYTHING
    assert (farm.Label & "label < 3").delete_quick() is None
    assert farm.Label.delete_quick(get_count=True) == 3


@pytest.mark.parametrize(
    "restriction",
    [
        lambda f: dj.Top(2, "label DESC"),
        lambda f: f.Label.proj() & "label > 3",
        lambda f: f.Tree & "orchard > 2",
    ],
)
def test_delete_quick_is_one_statement_whatever_the_restriction(
    farm: SimpleNamespace, restriction: Callable[[Any], Any]
):
    rows = farm.Label & restriction(farm)
    with farm.connection.statements() as sent:
        assert rows.delete_quick(get_count=True) == 2
    assert len(sent) == 1


@pytest.mark.spec("M-084")
def test_the_number_of_statements(farm: SimpleNamespace):
    (farm.Tree & "orchard = 1").delete(prompt=False)
    with farm.connection.statements() as sent:
        (farm.Tree & "orchard = 2").delete(prompt=False)
    assert len(sent) <= 9
    assert sum(text.startswith("DELETE") for text in sent) == 6


@pytest.mark.spec("M-079")
def test_schemas_that_were_never_activated(farm: SimpleNamespace, connection_settings: dict[str, Any]):
    with dj.Connection(**connection_settings) as fresh:
        orchard = dj.FreeTable(fresh, farm.Orchard().full_table_name)
        assert (orchard & "orchard = 1").delete(prompt=False) == 1
    assert counts(farm)["Yield"] == 6


def test_tables_declared_elsewhere_meanwhile(
    farm: SimpleNamespace, connection_settings: dict[str, Any], schema_name: Callable[[], str]
):
    (farm.Orchard & "orchard = 1").delete(prompt=False)
    with dj.Connection(**connection_settings) as elsewhere:
        orchard = dj.virtual_schema(farm.schema.database, connection=elsewhere).Orchard
        later = dj.Schema(schema_name(), connection=elsewhere, add_objects={"Orchard": orchard})

        @later
        class Fence(dj.Manual):
            definition = """
            -> Orchard
            """

        Fence.insert1({"orchard": 2})
    assert (farm.Orchard & "orchard = 2").delete(prompt=False) == 1


@pytest.mark.spec("M-080")
@pytest.mark.backends("mysql", "postgresql")
def test_a_table_that_cannot_be_seen(farm: SimpleNamespace, server: Any, connection_settings: dict[str, Any]):
    user, mine = f"u_{farm.schema.database}", farm.schema.database
    if server.backend == "mysql":
        server.execute(f"CREATE USER {user} IDENTIFIED BY 'pw'", f"GRANT ALL ON `{mine}`.* TO {user}")
        remove = [f"DROP USER {user}"]
    else:
        server.execute(
            f"CREATE USER {user} PASSWORD 'pw'",
            f'GRANT USAGE ON SCHEMA "{mine}" TO {user}',
            f'GRANT ALL ON ALL TABLES IN SCHEMA "{mine}" TO {user}',
        )
        remove = [f"DROP OWNED BY {user}", f"DROP USER {user}"]
    try:
        with dj.Connection(**{**connection_settings, "user": user, "password": "pw"}) as limited:
            tree = dj.FreeTable(limited, farm.Tree().full_table_name)
            with pytest.raises(DataJointError, match="yield"):
                (tree & "orchard = 1").delete(prompt=False)
            assert not limited.in_transaction
    finally:
        server.execute(*remove)
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-060")
def test_inside_a_transaction_it_joins(farm: SimpleNamespace):
    with pytest.raises(ZeroDivisionError), farm.connection.transaction:
        assert (farm.Orchard & "orchard = 1").delete(prompt=False) == 1
        assert counts(farm) != EVERYTHING
        1 / 0
    assert counts(farm) == EVERYTHING


def test_a_refused_delete_inside_a_transaction_leaves_the_rest(farm: SimpleNamespace):
    with farm.connection.transaction:
        farm.Label.insert1({"label": 6})
        with pytest.raises(DataJointError, match="part"):
            dj.FreeTable(farm.connection, farm.Tree.Row().full_table_name).delete(prompt=False)
        farm.Label.insert1({"label": 7})
    assert counts(farm) == {**EVERYTHING, "Label": 7}


def test_without_a_transaction(farm: SimpleNamespace):
    with farm.connection.statements() as sent:
        assert (farm.Orchard & "orchard = 1").delete(transaction=False, prompt=False) == 1
    assert not any(text.startswith(("BEGIN", "START", "COMMIT")) for text in sent)
    assert counts(farm) == {"Orchard": 3, **WITHOUT_ONE_ORCHARD}


@pytest.mark.spec("R-021")
@pytest.mark.parametrize(
    "restriction",
    [
        {"orcard": 1},
        {"xyz": 1},
        {"orchard": 1, "tre": 2},
        [{"orchard": 1, "tre": 1}, {"orchard": 2, "tre": 1}],
        dj.AndList([{"orchard": 1}, {"hight": 2}]),
    ],
)
def test_misspelt_names_delete_nothing(farm: SimpleNamespace, restriction: Any):
    for method in ("delete", "delete_quick"):
        with pytest.raises(UnknownAttributeError):
            getattr(farm.Tree & restriction, method)()
    with pytest.raises(UnknownAttributeError):
        (farm.Tree & restriction).proj().delete(prompt=False)
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("R-021")
def test_a_longer_key_deletes_the_rows_it_names(farm: SimpleNamespace):
    assert (farm.Orchard & {"orchard": 1, "leaf": 1, "label": 2}).delete(prompt=False) == 1
    assert counts(farm) == {"Orchard": 3, **WITHOUT_ONE_ORCHARD}


def test_dates_of_now_mean_one_moment(farm: SimpleNamespace):
    assert (farm.Tree & "now() > '2000-01-01'" & "orchard = 1").delete(prompt=False) == 2
    assert counts(farm) == {"Orchard": 4, **WITHOUT_ONE_ORCHARD}


def test_a_singleton(schema: dj.Schema):
    @schema
    class Setting(dj.Manual):
        definition = """
        ---
        n : int32
        """

    for restriction in (True, "n = 1", dj.Top(1), Setting.proj()):
        Setting.insert1({"n": 1})
        assert (Setting & restriction).delete(prompt=False) == 1
        Setting.insert1({"n": 1})
        assert (Setting & restriction).delete_quick(get_count=True) == 1


@pytest.mark.parametrize("count", [10, 3000, 12_000])
def test_many_keys_of_texts(schema: dj.Schema, count: int):
    @schema
    class Word(dj.Manual):
        definition = """
        word : varchar(20)
        ---
        kept : bool
        """

    @schema
    class Use(dj.Manual):
        definition = """
        -> Word
        """

    Word.insert({"word": f"w{i}", "kept": False} for i in range(count))
    Word.insert1({"word": "kept", "kept": True})
    Use.insert({"word": f"w{i}"} for i in range(count))
    keys = [{"word": f"w{i}"} for i in range(count)]
    assert (Word & (Use & "word <> 'w1'")).delete(prompt=False) == count - 1
    assert (Word & keys).delete(prompt=False) == 1
    assert list(Word.to_arrays("word")) == ["kept"] and not Use()
