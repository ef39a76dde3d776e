"""Asking before rows are deleted: ``05-data-manipulation.md`` §4.1, ``10-reliability.md`` §6."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError
from tests.backends.orchard import EVERYTHING, WITHOUT_ONE_ORCHARD, counts


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A function that sets what the user will answer, and gives the list of questions asked."""

    def prepare(*given: Any) -> list[str]:
        asked: list[str] = []
        waiting: Iterator[Any] = iter(given)

        def answer(prompt: str) -> str:
            asked.append(prompt)
            reply = next(waiting)
            if isinstance(reply, BaseException):
                raise reply
            return reply() if callable(reply) else reply

        monkeypatch.setattr("builtins.input", answer)
        return asked

    return prepare


@pytest.mark.spec("M-056")
@pytest.mark.parametrize("answer", ["no", "", "NO"])
def test_no_deletes_nothing(farm: SimpleNamespace, answers: Callable[..., list[str]], answer: str):
    asked = answers(answer)
    dj.config["safemode"] = True
    with farm.connection.statements() as sent:
        assert (farm.Orchard & "orchard = 1").delete() == 0
    assert asked == ["Commit deletes? [yes, No]: "]
    assert not [text for text in sent if not text.lstrip().upper().startswith("SELECT")]
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-057")
def test_anything_else_asks_again_and_yes_deletes(farm: SimpleNamespace, answers: Callable[..., list[str]]):
    asked = answers("maybe", "Yes")
    assert (farm.Orchard & "orchard = 1").delete(prompt=True) == 1
    assert len(asked) == 2
    assert counts(farm) == {"Orchard": 3, **WITHOUT_ONE_ORCHARD}


@pytest.mark.spec("M-058")
def test_the_preview_lists_every_affected_table(
    farm: SimpleNamespace, answers: Callable[..., list[str]], caplog: pytest.LogCaptureFixture
):
    answers("no")
    with caplog.at_level(logging.INFO, "datajoint_nb"), farm.connection.statements() as sent:
        (farm.Orchard & {"orchard": 1, "leaf": 7}).delete(prompt=True)
    shown = [line for line in caplog.messages if line.endswith("tuples)")]
    tree = farm.Tree
    expected = [(farm.Orchard, 1), (tree, 2), (tree.Row, 4), (tree.Leaf, 4), (farm.Graft, 2)]
    expected += [(farm.Label, 1), (farm.Yield, 2)]
    assert set(shown) == {f"{t().full_table_name} ({n} tuples)" for t, n in expected}
    assert shown[:2] == [f"{t().full_table_name} ({n} tuples)" for t, n in expected[:2]]
    assert any("`leaf`" in line for line in caplog.messages)
    assert sum("COUNT(*)" in text for text in sent) == 1


def test_nothing_to_delete_is_not_asked_about(
    farm: SimpleNamespace, answers: Callable[..., list[str]], caplog: pytest.LogCaptureFixture
):
    asked = answers()
    assert (farm.Orchard & "orchard = 99").delete(prompt=True) == 0
    assert not asked and "Nothing to delete." in caplog.messages


@pytest.mark.spec("M-059", "R-022")
@pytest.mark.parametrize(("interrupt", "raised"), [(EOFError(), DataJointError), (KeyboardInterrupt(), None)])
def test_interrupts_leave_nothing_open(
    farm: SimpleNamespace,
    answers: Callable[..., list[str]],
    connection_settings: dict[str, Any],
    interrupt: BaseException,
    raised: type[Exception] | None,
):
    answers(interrupt)
    with pytest.raises(raised or KeyboardInterrupt, match="prompt=False" if raised else None):
        (farm.Orchard & "orchard = 1").delete(prompt=True)
    assert not farm.connection.in_transaction
    assert counts(farm) == EVERYTHING
    # whoever holds a lock on these rows makes this wait
    with dj.Connection(**connection_settings) as other:
        assert (dj.FreeTable(other, farm.Orchard().full_table_name) & "orchard = 1").delete(prompt=False) == 1


@pytest.mark.spec("S-085")
def test_without_a_terminal_it_is_an_error(farm: SimpleNamespace):
    # the test run's standard input is none
    with pytest.raises(DataJointError, match="prompt=False"):
        (farm.Orchard & "orchard = 1").delete(prompt=True)
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("N-019")
def test_nothing_is_locked_during_the_question(
    farm: SimpleNamespace, answers: Callable[..., list[str]], connection_settings: dict[str, Any]
):
    inside: list[bool] = []

    def somebody_writes() -> str:
        inside.append(farm.connection.in_transaction)
        with dj.Connection(**connection_settings) as other:
            dj.FreeTable(other, farm.Orchard().full_table_name).update1({"orchard": 1, "n": 7})
        return "no"

    answers(somebody_writes)
    (farm.Orchard & "orchard = 1").delete(prompt=True)
    assert inside == [False]
    assert (farm.Orchard & "orchard = 1").fetch1("n") == 7


def test_other_rows_than_were_shown_are_shown_again(
    farm: SimpleNamespace, answers: Callable[..., list[str]], connection_settings: dict[str, Any]
):
    def somebody_writes() -> str:
        with dj.Connection(**connection_settings) as other:
            trees = dj.FreeTable(other, farm.Tree().full_table_name)
            trees.insert1({"orchard": 1, "tree": 3, "height": 1})
        return "yes"

    asked = answers(somebody_writes, "no")
    assert (farm.Orchard & "orchard = 1").delete(prompt=True) == 0
    assert len(asked) == 2
    assert counts(farm) == {**EVERYTHING, "Tree": 9}


@pytest.mark.spec("M-061")
@pytest.mark.parametrize("transaction", [True, False])
def test_no_question_inside_a_transaction(farm: SimpleNamespace, transaction: bool):
    with farm.connection.transaction, pytest.raises(DataJointError, match="inside a transaction"):
        farm.Orchard.delete(transaction=transaction, prompt=True)
    assert counts(farm) == EVERYTHING


@pytest.mark.spec("M-062")
def test_without_a_transaction_it_asks_first(farm: SimpleNamespace, answers: Callable[..., list[str]]):
    answers("no", "yes")
    assert farm.Orchard.delete(transaction=False, prompt=True) == 0
    assert counts(farm) == EVERYTHING
    assert farm.Orchard.delete(transaction=False, prompt=True) == 4
