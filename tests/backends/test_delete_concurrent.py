"""Deletes while others write, and deletes of many rows: ``10-reliability.md`` §6."""

from __future__ import annotations

import threading
import tracemalloc
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError, IntegrityError

MEGABYTE = 1_000_000


@pytest.mark.spec("R-035")
def test_deletes_against_inserts_into_children(schema: dj.Schema, connection_settings: dict[str, Any]):
    @schema
    class Parent(dj.Manual):
        definition = """
        parent : int32
        ---
        kind : int32
        """

    @schema
    class Child(dj.Manual):
        definition = """
        -> Parent
        child : int32
        """

    @schema
    class Grandchild(dj.Manual):
        definition = """
        -> Child
        """

    names = {t: t().full_table_name for t in (Child, Grandchild)}
    ready, faults, inserted = threading.Barrier(2), [], []

    def insert_until_the_parents_go(kind: int) -> None:
        with dj.Connection(**connection_settings) as other:
            child, grandchild = (dj.FreeTable(other, name) for name in names.values())
            ready.wait()
            for number in range(100_000):
                row = {"parent": kind, "child": number}
                try:
                    child.insert1(row)
                    grandchild.insert1(row)
                except IntegrityError:
                    inserted.append(number)
                    return
                except DataJointError as error:
                    if not getattr(error, "retriable", False):
                        faults.append(error)
                        return

    for kind in range(20):
        Parent.insert1({"parent": kind, "kind": kind})
        thread = threading.Thread(target=insert_until_the_parents_go, args=(kind,))
        thread.start()
        ready.wait()
        try:
            while not Child & {"parent": kind}:
                pass
            assert (Parent & f"kind = {kind}").delete(prompt=False) == 1
        finally:
            if Parent & {"parent": kind}:
                (Parent & {"parent": kind}).delete(prompt=False)
            thread.join()
    assert not faults
    assert len(inserted) == 20 and sum(inserted) > 20
    assert not Child() and not Grandchild()


@pytest.fixture
def crowd(schema: dj.Schema) -> tuple[type[dj.Manual], type[dj.Manual]]:
    """50 000 parents with 7 children each."""

    @schema
    class Digit(dj.Manual):
        definition = """
        digit : int32
        """

    @schema
    class Parent(dj.Manual):
        definition = """
        parent : int32
        ---
        kind : int32
        """

    @schema
    class Child(dj.Manual):
        definition = """
        -> Parent
        child : int32
        """

    Digit.insert({"digit": n} for n in range(10))
    places = [Digit.proj(**{f"d{n}": "digit"}) for n in range(5)]
    numbers = places[0] * places[1] * places[2] * places[3] * (places[4] & "d4 < 5")
    Parent.insert(
        dj.U("parent", "kind") & numbers.proj(parent="d0+10*d1+100*d2+1000*d3+10000*d4", kind="d0+0")
    )
    Child.insert(Parent.proj() * Digit.proj(child="digit") & "child < 7")
    return Parent, Child


@pytest.mark.spec("R-034")
def test_many_rows(crowd: tuple[type[dj.Manual], type[dj.Manual]]):
    parent, child = crowd
    assert (len(parent()), len(child())) == (50_000, 350_000)
    tracemalloc.start()
    try:
        with parent().connection.statements() as sent:
            assert (parent & [{"parent": n} for n in range(5000)]).delete(prompt=False) == 5000
        assert len(sent) <= 5
        assert len(child()) == 7 * 45_000
        with parent().connection.statements() as sent:
            assert (parent & "kind >= 0").delete(prompt=False) == 45_000
        assert len(sent) <= 5
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not child()
    assert peak < 50 * MEGABYTE
