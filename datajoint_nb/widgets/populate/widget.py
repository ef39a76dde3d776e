"""PopulateView: keys by outcome, rate, time left and errors while tables are populated.

See ``tests/spec/09-notebook.md`` §5.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from datajoint_nb.populate.events import Event, Listener
from datajoint_nb.render import escape
from datajoint_nb.render.listing import Bar, Column, Listing

HERE = Path(__file__).parent
INTERVAL = 0.1  # seconds; more than ten messages a second only fill the queue
SHOWN_ERRORS = 50
TEXT_LIMIT = 2000


class PopulateView(anywidget.AnyWidget):
    """A progress bar for one populate call.

    Its state is small: the numbers of keys by outcome, the current key, the first errors.
    """

    _esm = HERE / "widget.js"
    _css = HERE / "widget.css"

    table = traitlets.Unicode().tag(sync=True)
    counts = traitlets.Dict().tag(sync=True)
    current = traitlets.Unicode().tag(sync=True)
    errors: traitlets.List[Any] = traitlets.List().tag(sync=True)
    seconds = traitlets.Float(0.0).tag(sync=True)
    finished = traitlets.Bool(False).tag(sync=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, with its last state as plain HTML for where no widget can be drawn."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        forms = {"text/plain": repr(self), "text/html": static_html(self)}
        return {**(data or {}), **forms}, metadata

    def __repr__(self) -> str:
        return repr(listing(self))


def listing(view: PopulateView) -> Listing:
    """The state as a table."""
    counts = view.counts
    total = counts.get("total", 0)
    names = (("done", "success"), ("errors", "error"), ("skipped", "skipped"))
    rows = tuple((label, Bar(counts.get(name, 0), total)) for label, name in names)
    state = f"finished in {view.seconds:.1f} s" if view.finished else "running"
    return Listing(f"Populate {view.table}: {state}", (Column("keys"), Column("of all")), rows)


def static_html(view: PopulateView) -> str:
    """The state without scripts: bars and folded errors."""
    folded = "".join(
        f'<details class="djnb"><summary>{escape.html(error["key"])}</summary>'
        f"<pre>{escape.html(error['message'])}</pre></details>"
        for error in view.errors
    )
    return listing(view)._repr_html_() + folded


class Display:
    """Turns the events of a populate call into states of a `PopulateView`, at most ten a second."""

    def __init__(self, table: str, total: int):
        self.begin = time.monotonic()
        self.sent = 0.0
        self.counts = {"total": total, "success": 0, "error": 0, "skipped": 0}
        self.errors: list[dict[str, str]] = []
        self.current = ""
        self.view = PopulateView(table=table, counts=dict(self.counts))
        self.handle: Any = None

    def show(self) -> Display:
        """Display the view below the running cell."""
        from IPython.display import display

        self.handle = display(self.view, display_id=True)  # type: ignore[no-untyped-call]
        return self

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if event.kind == "key_started":
            self.current = short(event.key)
        elif event.kind == "key_error" and len(self.errors) < SHOWN_ERRORS:
            message = str(event.data.get("message", ""))[:TEXT_LIMIT]
            self.errors.append({"key": short(event.key), "message": message})
        if event.kind in ("progress", "finished"):
            self.counts = {name: int(event.data.get(name, 0)) for name in self.counts}
        now = time.monotonic()
        if event.kind == "finished" or now - self.sent >= INTERVAL:
            self.send(now, event.kind == "finished")

    def send(self, now: float, finished: bool) -> None:
        """Give the view its state, in one message; at the end also its saved form."""
        self.sent = now
        with self.view.hold_sync():
            self.view.counts = dict(self.counts)
            self.view.errors = list(self.errors)
            self.view.current = "" if finished else self.current
            self.view.seconds = now - self.begin
            self.view.finished = finished
        if finished and self.handle is not None:
            self.handle.update(self.view)


def short(key: Any) -> str:
    """A key as a text of bounded length."""
    return ", ".join(f"{name}={value}" for name, value in (key or {}).items())[:TEXT_LIMIT]


def make_display(table: str, total: int) -> Listener | None:
    """A listener that shows a widget; None where no front end could draw it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is None:
        return None
    return Display(table, total).show()
