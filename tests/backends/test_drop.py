"""Dropping tables: ``05-data-manipulation.md`` §6."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError, IntegrityError
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from tests.backends.orchard import EVERYTHING, counts


@pytest.mark.spec("M-091")
def test_what_cannot_be_dropped(farm: SimpleNamespace):
    with pytest.raises(DataJointError, match="restriction"):
        (farm.Orchard & "orchard = 1").drop(prompt=False)
    with pytest.raises(DataJointError, match="master"):
        farm.Tree.Row.drop()
    with pytest.raises(DataJointError, match="master"):
        dj.FreeTable(farm.connection, farm.Tree.Row().full_table_name).drop(prompt=False)
    with pytest.raises(ValueError, match="part_integrity"):
        farm.Tree.drop(part_integrity="cascade", prompt=False)
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-092")
def test_drop_takes_descendants_in_all_schemas_along(
    farm: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    asked: list[str] = []
    answers = iter(["no", "yes"])
    monkeypatch.setattr("builtins.input", lambda prompt: asked.append(prompt) or next(answers))
    with caplog.at_level(logging.INFO, "datajoint_nb"):
        farm.Tree.drop(prompt=True)
    assert asked == ["Proceed? [yes, No]: "]
    assert counts(farm) == EVERYTHING
    assert f"{farm.Yield().full_table_name} (8 tuples)" in caplog.messages
    farm.Tree.drop(prompt=True)
    assert farm.schema.list_tables() == ["orchard"]
    assert farm.other.list_tables() == []
    assert not farm.Yield.is_declared


def test_a_part_can_be_dropped_alone(farm: SimpleNamespace):
    farm.Tree.Row.drop(part_integrity="ignore", prompt=False)
    assert not farm.Tree.Row.is_declared and not farm.Tree.Leaf.is_declared
    assert farm.Tree.is_declared


@pytest.mark.spec("M-093")
@pytest.mark.parametrize("empty", [False, True])
def test_drop_quick_of_a_referenced_table(farm: SimpleNamespace, empty: bool):
    if empty:
        farm.Orchard.delete(prompt=False)
    with pytest.raises(IntegrityError, match="tree"):
        farm.Orchard.drop_quick()
    assert farm.Orchard.is_declared


def test_drop_quick_of_what_is_not_there(farm: SimpleNamespace, caplog: pytest.LogCaptureFixture):
    farm.Graft.drop_quick()
    with caplog.at_level(logging.INFO, "datajoint_nb"):
        farm.Graft.drop_quick()
    assert "nothing to drop" in caplog.text
    assert f"{farm.schema.database}.graft.a_o" not in farm.schema.lineage


def test_not_inside_a_transaction(farm: SimpleNamespace):
    for method in ("drop", "drop_quick"):
        with farm.connection.transaction, pytest.raises(DataJointError, match="transaction"):
            getattr(farm.Graft, method)()
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-094")
def test_a_table_declared_anew_is_the_new_one(schema: dj.Schema):
    def declare(line: str) -> type[dj.Manual]:
        @schema
        class Thing(dj.Manual):
            definition = f"""
            thing : int32
            ---
            {line}
            """

        return Thing

    declare("old : int32").drop(prompt=False)
    thing = declare("new : varchar(10)")
    thing.insert1({"thing": 1, "new": "x"})
    assert thing.to_dicts() == [{"thing": 1, "new": "x"}]
    assert list(thing.heading) == ["thing", "new"]


def test_the_number_of_statements(farm: SimpleNamespace):
    with farm.connection.statements() as sent:
        farm.Tree.drop(prompt=False)
    assert len(sent) <= 2 * 6 + 2


def test_the_job_table_goes_along(farm: SimpleNamespace):
    attribute = farm.Yield().stored.columns[0]
    jobs = TableName(farm.other.database, "~~yield")
    farm.connection.create_table(StoredTable(jobs, (attribute,)))
    farm.connection.forget()
    farm.Yield.drop(prompt=False)
    assert not farm.connection.catalogue.exists(jobs)
    farm.Graft.drop(prompt=False)
