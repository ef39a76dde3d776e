"""The populate widget, without a browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datajoint_nb.populate.events import Event
from datajoint_nb.widgets.populate import widget
from datajoint_nb.widgets.populate.widget import Display, PopulateView, make_display

EVIL = "<img src=x onerror=alert(1)>"


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(widget, "time", clock)
    return clock


def progress(done, error=0):
    return Event("progress", "T", data={"total": 3, "success": done, "error": error, "skipped": 0})


def test_states_are_sent_at_most_ten_times_a_second(clock):
    display = Display("T", 3)
    changes = []
    display.view.observe(lambda change: changes.append(change["new"]["success"]), "counts")
    for step in range(1, 101):
        clock.now = 0.02 * step  # two seconds in all
        display(progress(step))
    assert 15 <= len(changes) <= 20
    display(Event("finished", "T", data={"total": 100, "success": 100, "error": 0, "skipped": 0}))
    assert changes[-1] == 100 and display.view.finished


def test_errors_and_the_current_key_reach_the_view(clock):
    display = Display("T", 3)
    clock.now = 1.0
    display(Event("key_started", "T", {"a": 1, "b": "x"}))
    assert display.view.current == "a=1, b=x"
    display(Event("key_error", "T", {"a": 1}, data={"message": "ValueError: no"}))
    clock.now = 2.0
    display(progress(0, 1))
    assert display.view.errors == [{"key": "a=1", "message": "ValueError: no"}]
    assert display.view.counts == {"total": 3, "success": 0, "error": 1, "skipped": 0}


def test_the_state_stays_small(clock):
    display = Display("T", 10_000)
    for number in range(1000):
        display(Event("key_error", "T", {"a": "x" * 9000}, data={"message": "y" * 9000}))
        clock.now = number
    display(progress(1))
    assert len(display.view.errors) == widget.SHOWN_ERRORS
    assert len(json.dumps(display.view.errors)) < 250_000


def test_the_saved_form_is_complete_and_inert(clock):
    view = PopulateView(
        table=EVIL, counts={"total": 2, "success": 1, "error": 1, "skipped": 0}, finished=True, seconds=1.5,
        errors=[{"key": EVIL, "message": EVIL}],
    )  # fmt: skip
    data, _ = view._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert EVIL not in data["text/html"] and "finished in 1.5 s" in data["text/html"]
    assert (
        "1/2" in data["text/html"] and "<details" in data["text/html"] and "<script" not in data["text/html"]
    )
    assert "1/2" in data["text/plain"]


def test_the_module_is_small_and_reads_text_as_text():
    folder = Path(widget.__file__).parent
    module = (folder / "widget.js").read_text()
    assert len(module) + len((folder / "widget.css").read_text()) < 60_000
    assert "innerHTML" not in module and "http" not in module
    assert "prefers-color-scheme" not in (folder / "widget.css").read_text()


def test_outside_a_live_notebook_there_is_no_widget():
    assert make_display("T", 3) is None
