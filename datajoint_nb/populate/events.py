"""What happens while a table is populated, as values that displays and callbacks receive."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["started", "key_started", "key_done", "key_error", "key_skipped", "progress", "finished"]


@dataclass(frozen=True)
class Event:
    """One event of a populate call.

    Attributes
    ----------
    kind : str
        ``started`` and ``finished`` once each; for every key ``key_started`` and then exactly one
        of ``key_done``, ``key_error``, ``key_skipped``, followed by ``progress``.
    table : str
        Class name of the table.
    key : dict or None
        The primary key concerned.
    time : float
        Seconds since the epoch.
    data : dict
        ``started``: total. ``key_done``: duration in seconds. ``key_error``: message, exception.
        ``key_skipped``: reason. ``progress``: total, success, error, skipped. ``finished``: result.
    """

    kind: Kind
    table: str
    key: dict[str, Any] | None = None
    time: float = field(default_factory=time.time)
    data: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]


class Displays:
    """How progress is shown: the newest registered maker that accepts decides.

    A maker gets the class name and the number of keys and gives a listener, or None where it
    cannot show anything (a widget outside a notebook).
    """

    def __init__(self) -> None:
        self._makers: list[Callable[[str, int], Listener | None]] = []

    def register(self, maker: Callable[[str, int], Listener | None]) -> None:
        """Ask `maker` before all others."""
        self._makers.append(maker)

    def unregister(self, maker: Callable[[str, int], Listener | None]) -> None:
        """Forget `maker`."""
        if maker in self._makers:
            self._makers.remove(maker)

    def make(self, table: str, total: int) -> Listener:
        """A listener that shows the progress of one populate call."""
        for maker in reversed(self._makers):
            listener = maker(table, total)
            if listener is not None:
                return listener
        return _bar(table, total)


def _bar(table: str, total: int) -> Listener:
    """A text bar."""
    from tqdm import tqdm

    bar = tqdm(total=total, desc=table)

    def listen(event: Event) -> None:
        if event.kind in ("key_done", "key_error", "key_skipped"):
            bar.update(1)
        elif event.kind == "finished":
            bar.close()

    return listen


DISPLAYS = Displays()
