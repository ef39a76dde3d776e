"""Populating tables, one transaction for each key: ``08-compute-diagram.md`` §1-§6."""

from __future__ import annotations

import datetime as dt
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError


@pytest.fixture
def lab(schema: dj.Schema) -> SimpleNamespace:
    """Tanks, assays, and what is computed from them; `calls` notes each key that was made."""
    calls: list[dict[str, Any]] = []

    @schema
    class Tank(dj.Manual):
        definition = """
        tank : int32
        ---
        volume=0 : float64
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

        def make(self, key: dict[str, Any]) -> None:
            calls.append(dict(key))
            self.insert1(dict(key, mean=(Tank & key).fetch1("volume")))
            key["tank"] = -1

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

        def make(self, key: dict[str, Any], fail_at: int | None = None) -> None:
            calls.append(dict(key))
            self.insert1(dict(key, score=1.0))
            self.Drop.insert(dict(key, drop=n) for n in range(2))
            if key["tank"] == fail_at:
                raise ValueError("x")

    @schema
    class Mix(dj.Computed):
        definition = """
        -> Tank.proj(left='tank')
        -> Tank.proj(right='tank')
        """

        def make(self, key: dict[str, Any]) -> None:
            self.insert1(key)

    Tank.insert([{"tank": n, "volume": n * 10} for n in (1, 2, 3)])
    return SimpleNamespace(
        Tank=Tank, Assay=Assay, Reading=Reading, Titration=Titration, Mix=Mix, calls=calls,
        schema=schema, connection=schema.connection,
    )  # fmt: skip


@pytest.mark.spec("P-001", "P-002", "P-023", "P-024")
def test_every_key_once(lab: SimpleNamespace) -> None:
    assert lab.Reading.populate() == {"success_count": 3, "error_list": []}
    assert [key["tank"] for key in lab.calls] == [1, 2, 3]
    assert lab.Reading.to_arrays("mean", order_by="KEY").tolist() == [10, 20, 30]
    assert lab.Reading.populate() == {"success_count": 0, "error_list": []}
    assert len(lab.calls) == 3


@pytest.mark.spec("P-003")
def test_key_sources(lab: SimpleNamespace) -> None:
    assert set(lab.Titration.key_source.primary_key) == {"tank", "assay"}
    assert set(lab.Mix.key_source.primary_key) == {"left", "right"}
    assert len(lab.Mix.key_source) == 9
    assert lab.Mix.populate()["success_count"] == 9


@pytest.mark.spec("P-004", "P-005")
def test_key_sources_of_other_foreign_keys(lab: SimpleNamespace) -> None:
    schema, Tank = lab.schema, lab.Tank  # noqa: F841

    @schema
    class Pump(dj.Manual):
        definition = """
        -> Tank
        pump : int32
        """

    @schema
    class Flow(dj.Computed):
        definition = """
        -> Tank
        -> Pump
        ---
        -> [nullable] Tank.proj(other='tank')
        """

    Pump.insert([{"tank": 1, "pump": 1}, {"tank": 2, "pump": 1}])
    assert Flow.key_source.primary_key == ["tank", "pump"]
    assert len(Flow.key_source) == 2


@pytest.mark.spec("P-006", "D-075")
def test_a_computed_table_needs_a_parent_in_its_key(schema: dj.Schema) -> None:
    class Alone(dj.Computed):
        definition = "alone : int32"

    with pytest.raises(DataJointError, match="foreign keys"):
        schema(Alone)
    with schema.connection.config.override(jobs__allow_new_pk_fields_in_computed_tables=True):
        schema(Alone)
    with pytest.raises(DataJointError, match="dependencies from its primary key"):
        Alone.populate()


@pytest.mark.parametrize(
    ("source", "message"),
    [(lambda lab: 5, "Invalid key_source"), (lambda lab: lab.Assay.proj(foreign="assay"), "foreign")],
)
def test_impossible_key_sources(lab: SimpleNamespace, source: Any, message: str) -> None:
    lab.Reading.key_source = source(lab)
    with pytest.raises(DataJointError, match=message):
        lab.Reading.populate()
    assert lab.calls == []


@pytest.mark.spec("P-010")
@pytest.mark.parametrize(
    ("source", "count"),
    [
        (lambda lab: lab.Tank & "tank > 1", 2),
        (lambda lab: lab.Tank, 3),
        (lambda lab: dj.U("tank") & lab.Tank, 3),
        (lambda lab: lab.Tank & dj.Top(1, "volume DESC"), 1),
    ],
)
def test_key_sources_of_ones_own(lab: SimpleNamespace, source: Any, count: int) -> None:
    lab.Reading.key_source = source(lab)
    assert lab.Reading.populate()["success_count"] == count


@pytest.mark.spec("P-011")
def test_restrictions(lab: SimpleNamespace) -> None:
    lab.Titration.populate([{"tank": 1}, {"tank": 2}], "tank > 1", {"assay": "ph"})
    assert lab.Titration.keys() == [{"tank": 2, "assay": "ph"}]


@pytest.mark.spec("P-012")
def test_max_calls(lab: SimpleNamespace) -> None:
    assert lab.Reading.populate(max_calls=0)["success_count"] == 0
    result = lab.Reading.populate(max_calls=2)
    assert (result["success_count"], result.stopped) == (2, "max_calls")
    with pytest.raises(DataJointError, match="max_calls"):
        lab.Reading.populate(max_calls=-1)


@pytest.mark.spec("P-013")
def test_given_keys(lab: SimpleNamespace) -> None:
    lab.Reading.populate({"tank": 2})
    lab.calls.clear()
    lab.Reading.populate(keys=[{"tank": 3}, {"tank": 2}, {"tank": 1, "more": 0}, {"tank": 99}])
    assert [key["tank"] for key in lab.calls] == [3, 1]


@pytest.mark.spec("P-014", "P-019", "P-033")
def test_collected_errors(lab: SimpleNamespace) -> None:
    result = lab.Titration.populate(suppress_errors=True, make_kwargs={"fail_at": 2})
    assert result["success_count"] == 4
    assert [(key["tank"], text) for key, text in result["error_list"]] == [(2, "ValueError: x")] * 2
    assert len(lab.Titration & {"tank": 2}) == 0
    assert len(lab.Titration.Drop & {"tank": 2}) == 0
    assert len(lab.Titration.Drop) == 8
    again = lab.Titration.populate(
        suppress_errors=True, return_exception_objects=True, make_kwargs={"fail_at": 2}
    )
    assert [type(error) for _, error in again["error_list"]] == [ValueError] * 2


@pytest.mark.spec("P-015")
def test_the_first_error_propagates(lab: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match="x"):
        lab.Titration.populate(make_kwargs={"fail_at": 2})
    assert sorted({key["tank"] for key in lab.Titration.keys()}) == [1]
    assert not lab.connection.in_transaction


@pytest.mark.spec("P-016", "P-017")
@pytest.mark.parametrize("error", [KeyboardInterrupt, type("Halt", (BaseException,), {})])
def test_interruptions_always_propagate(lab: SimpleNamespace, error: type[BaseException]) -> None:
    def make(self: Any, key: dict[str, Any]) -> None:
        self.insert1(dict(key, mean=1))
        raise error

    lab.Reading.make = make
    with pytest.raises(error):
        lab.Reading.populate(suppress_errors=True)
    assert len(lab.Reading) == 0
    assert not lab.connection.in_transaction


def test_where_populate_is_refused(lab: SimpleNamespace) -> None:
    with lab.connection.transaction, pytest.raises(DataJointError, match="transaction"):
        lab.Reading.populate()
    with pytest.raises(DataJointError, match="restricted"):
        (lab.Reading & "tank=1").populate()

    def make(self: Any, key: dict[str, Any]) -> None:
        lab.Mix.populate()

    lab.Reading.make = make
    with pytest.raises(DataJointError, match="inside make"):
        lab.Reading.populate()


class Three(dj.Computed):
    """The three-part form; `log` notes what ran inside a transaction."""

    definition = """
    -> Tank
    ---
    score : float64
    """
    log: list[tuple[str, bool]]

    def note(self, phase: str) -> None:
        self.log.append((phase, self.connection.in_transaction))

    def make_fetch(self, key: dict[str, Any], **options: Any) -> Any:
        self.note("fetch")
        return (1.5, np.array([np.nan, 1]), {"a": {1, 2}})

    def make_compute(self, key: dict[str, Any], *fetched: Any) -> Any:
        self.note("compute")
        return (fetched[0] * 2,)

    def make_insert(self, key: dict[str, Any], score: float) -> None:
        self.note("insert")
        self.insert1(dict(key, score=score))


def three(lab: SimpleNamespace, **members: Any) -> Any:
    cls = type("Three", (Three,), {"log": [], **members})
    lab.schema(cls, context={"Tank": lab.Tank})
    return cls


@pytest.mark.spec("P-025", "P-027")
def test_three_parts(lab: SimpleNamespace) -> None:
    table = three(lab)
    assert table.populate(max_calls=1)["success_count"] == 1
    assert table.log == [("fetch", False), ("compute", False), ("fetch", True), ("insert", True)]
    assert table.to_arrays("score").tolist() == [3.0]


@pytest.mark.parametrize("phase", ["make_fetch", "make_compute"])
def test_nothing_is_inserted_outside_the_transaction(lab: SimpleNamespace, phase: str) -> None:
    def hasty(self: Any, key: dict[str, Any], *fetched: Any) -> Any:
        self.insert1(dict(key, score=0))
        return (0,)

    table = three(lab, **{phase: hasty})
    with pytest.raises(DataJointError, match="allow_direct_insert"):
        table.populate()
    assert len(table) == 0


def test_changed_inputs_are_noticed(lab: SimpleNamespace) -> None:
    fetched = iter(range(100))
    table = three(lab, make_fetch=lambda self, key: (next(fetched),))
    with pytest.raises(DataJointError, match="make_fetch data has changed"):
        table.populate()
    assert len(table) == 0


@pytest.mark.spec("P-028", "P-029")
def test_results_must_be_tuples(lab: SimpleNamespace) -> None:
    table = three(lab, make_compute=lambda self, key, *fetched: None)
    with pytest.raises(DataJointError, match="make_compute"):
        table.populate()
    assert "insert" not in [phase for phase, _ in table.log]
    for result in ({"a": 1}, 1.5):
        table.make_fetch = lambda self, key, result=result: result
        with pytest.raises(DataJointError, match="make_fetch"):
            table.populate()


@pytest.mark.spec("P-030")
def test_two_of_three_methods(lab: SimpleNamespace) -> None:
    @lab.schema
    class Two(dj.Computed):
        definition = f"-> {lab.Tank().full_table_name}"

        def make_fetch(self, key: dict[str, Any]) -> Any:
            return ()

        def make_insert(self, key: dict[str, Any]) -> None:
            pass

    with pytest.raises(NotImplementedError, match="not make_compute"):
        Two.populate()


@pytest.mark.spec("P-031", "P-032")
def test_generators(lab: SimpleNamespace) -> None:
    def whole(self: Any, key: dict[str, Any]) -> Any:
        volume = (lab.Tank & key).fetch1("volume")
        done = yield (volume,)
        if done is None:
            done = (volume + 1,)
            yield done
        self.insert1(dict(key, mean=done[0]))
        yield

    def unfinished(self: Any, key: dict[str, Any]) -> Any:
        done = yield (1,)
        if done is None:
            done = (2,)
            yield done
        self.insert1(dict(key, mean=done[0]))

    def bare(self: Any, key: dict[str, Any]) -> Any:
        yield
        yield

    lab.Reading.make = whole
    lab.Reading.populate({"tank": 1})
    lab.Reading.make = unfinished
    lab.Reading.populate({"tank": 2})
    assert lab.Reading.to_arrays("mean", order_by="KEY").tolist() == [11, 2]
    lab.Reading.make = bare
    with pytest.raises(DataJointError):
        lab.Reading.populate({"tank": 3})


@pytest.mark.spec("P-034")
def test_transactions_and_ddl_inside_make(lab: SimpleNamespace) -> None:
    def nested(self: Any, key: dict[str, Any]) -> None:
        with self.connection.transaction:
            pass

    def declares(self: Any, key: dict[str, Any]) -> None:
        lab.schema(type("New", (dj.Manual,), {"definition": "new : int32"}))

    for make in (nested, declares):
        lab.Reading.make = make
        with pytest.raises(DataJointError, match="transaction"):
            lab.Reading.populate()


@pytest.mark.spec("P-036", "P-037", "P-039")
def test_what_make_inserts_is_checked(lab: SimpleNamespace) -> None:
    lab.Reading.make = lambda self, key: None
    with pytest.raises(DataJointError, match="inserted no row"):
        lab.Reading.populate()
    with lab.connection.config.override(jobs__verify_make=False):
        assert lab.Reading.populate()["success_count"] == 3
    lab.Reading.make = lambda self, key: self.insert(
        [dict(key, mean=1), {"tank": key["tank"] % 3 + 1, "mean": 2}]
    )
    with pytest.raises(DataJointError, match="another key"):
        lab.Reading.populate()
    lab.Reading.make = lambda self, key: self.insert(lab.Tank.proj(mean="volume"))
    with pytest.raises(DataJointError, match="another key"):
        lab.Reading.populate()
    assert len(lab.Reading) == 0
    lab.Reading.make = lambda self, key: self.insert((lab.Tank & key).proj(mean="volume"))
    assert lab.Reading.populate({"tank": 1})["success_count"] == 1
    lab.Reading.delete_quick()
    lab.Reading.make = lambda self, key: lab.Mix.insert1({"left": 1, "right": 1})
    with pytest.raises(DataJointError, match="allow_direct_insert"):
        lab.Reading.populate()


@pytest.mark.spec("P-040", "M-039")
def test_permission_stays_with_the_thread_of_make(lab: SimpleNamespace) -> None:
    errors: list[Exception] = []

    def intrude() -> None:
        try:
            lab.Reading.insert1({"tank": 3, "mean": 0})
        except DataJointError as error:
            errors.append(error)

    def make(self: Any, key: dict[str, Any]) -> None:
        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
        self.insert1(dict(key, mean=1))

    lab.Reading.make = make
    lab.Reading.populate({"tank": 1})
    assert "allow_direct_insert" in str(errors[0])
    assert len(lab.Reading) == 1


def test_skipped_keys(lab: SimpleNamespace) -> None:
    def make(self: Any, key: dict[str, Any]) -> None:
        self.insert1(dict(key, mean=1))
        if key["tank"] == 2:
            raise dj.SkipKey("too small")

    lab.Reading.make = make
    events: list[Any] = []
    result = lab.Reading.populate(on_event=events.append)
    assert (result["success_count"], result.skipped) == (2, 1)
    assert [event.data["reason"] for event in events if event.kind == "key_skipped"] == ["too small"]
    assert len(lab.Reading) == 2


@pytest.mark.spec("P-042")
def test_a_row_made_meanwhile_is_no_error(lab: SimpleNamespace, connection_settings: dict[str, Any]) -> None:
    other = dj.Connection(**connection_settings)

    def make(self: Any, key: dict[str, Any]) -> None:
        self.insert1(dict(key, mean=1))

    events: list[Any] = []

    def rival(event: Any) -> None:
        events.append(event.kind)
        if event.kind == "key_started" and event.key["tank"] == 2:
            dj.FreeTable(other, str(lab.Reading().name)).insert1({"tank": 2, "mean": 7})

    lab.Reading.make = make
    result = lab.Reading.populate(on_event=rival)
    other.close()
    assert (result["success_count"], result.skipped) == (2, 1)
    assert (lab.Reading & {"tank": 2}).fetch1("mean") == 7


@pytest.mark.spec("D-081")
def test_hidden_metadata(lab: SimpleNamespace) -> None:
    with lab.connection.config.override(jobs__add_job_metadata=True):

        @lab.schema
        class Timed(dj.Computed):
            definition = f"-> {lab.Tank().full_table_name}"

            class Mark(dj.Part):
                definition = """
                -> master
                mark : int32
                """

            def make(self, key: dict[str, Any]) -> None:
                self.insert1(key)

    begin = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    Timed.populate()
    assert Timed.heading.names == ["tank"]
    assert sorted(Timed.heading.hidden) == ["_job_duration", "_job_start_time", "_job_version"]
    assert not Timed.Mark.heading.hidden
    soon = f"_job_start_time >= '{begin - dt.timedelta(minutes=1):%Y-%m-%d %H:%M:%S}' AND _job_duration < 60"
    assert len(Timed & soon) == 3


@pytest.mark.spec("P-047")
def test_progress(lab: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    lab.Titration.populate({"tank": 1})
    assert lab.Titration.progress() == (4, 6)
    assert lab.Titration.progress({"tank": 1}) == (0, 2)
    with caplog.at_level("INFO", logger="datajoint_nb"):
        caplog.clear()
        lab.Titration.progress(display=True)
    (record,) = caplog.records
    assert record.getMessage().startswith("Titration            Completed 2 of 6 (33.3%)")


@pytest.mark.spec("P-095")
def test_events(lab: SimpleNamespace) -> None:
    kinds: list[str] = []

    def listen(event: Any) -> None:
        kinds.append(event.kind)
        raise RuntimeError("a listener's own trouble")

    assert lab.Reading.populate(on_event=listen)["success_count"] == 3
    assert kinds == ["started", *["key_started", "key_done", "progress"] * 3, "finished"]


def test_statements_of_populate(lab: SimpleNamespace) -> None:
    lab.Reading.make = lambda self, key: self.insert1(dict(key, mean=1))
    lab.Reading.populate({"tank": 1})
    with lab.connection.statements() as sent:
        lab.Reading.populate()
    guards = [sql for sql in sent if "SAVEPOINT" in sql]
    # the keys, then for each of two keys: begin, look, insert, commit
    assert len(sent) - len(guards) == 1 + 2 * 4
    with lab.connection.statements() as sent:
        lab.Reading.populate()
    assert len(sent) == 1
