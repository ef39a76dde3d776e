"""Turning the notebook layer on and off: ``%load_ext datajoint_nb``, ``%unload_ext datajoint_nb``."""

from __future__ import annotations

import re
from typing import Any

from datajoint_nb.notebook.completion import Completion
from datajoint_nb.notebook.formatters import Formatters
from datajoint_nb.notebook.magics import DataJointMagics
from datajoint_nb.notebook.secrecy import HistoryMask
from datajoint_nb.populate.events import DISPLAYS
from datajoint_nb.widgets.populate.widget import make_display

KEY = "DataJointMagics"
ASKED = re.compile(r"(\s*)%dj(?:\s+(\w+))?\s*\?{1,2}\s*")


class Extension:
    """Everything that was registered with one shell."""

    def __init__(self, shell: Any):
        self.shell = shell
        self.magics = DataJointMagics(shell)
        self.formatters = Formatters(shell)
        self.completion = Completion(self.magics.notebook)
        self.history = HistoryMask(shell)

    def load(self) -> None:
        """Register all of it."""
        self.shell.register_magics(self.magics)
        self.formatters.install()
        self.completion.install()
        self.history.install()
        self.shell.events.register("pre_run_cell", self.note_cell)
        self.shell.input_transformers_cleanup.append(ask_help)
        DISPLAYS.register(make_display)

    def unload(self) -> None:
        """Remove all of it."""
        manager = self.shell.magics_manager
        for kind in ("line", "cell"):
            manager.magics[kind].pop("dj", None)
        manager.registry.pop(KEY, None)
        self.formatters.remove()
        self.completion.remove()
        self.history.remove()
        self.shell.events.unregister("pre_run_cell", self.note_cell)
        self.shell.input_transformers_cleanup.remove(ask_help)
        DISPLAYS.unregister(make_display)

    def note_cell(self, info: Any) -> None:
        """Remember the text of the cell that is about to run."""
        self.magics.notebook.raw_cell = info.raw_cell


def ask_help(lines: list[str]) -> list[str]:
    """``%dj populate?`` is ``%dj help populate``."""
    match = ASKED.fullmatch("".join(lines))
    return lines if match is None else [f"{match[1]}%dj help {match[2] or ''}\n"]


def loaded(shell: Any) -> Extension | None:
    """What is registered with a shell, None when it is off."""
    magics = shell.magics_manager.registry.get(KEY)
    return getattr(magics, "extension", None)


def load(ipython: Any) -> None:
    """Register magics, formatters, completion and displays; harmless when it is done already."""
    if loaded(ipython) is not None:
        return
    extension = Extension(ipython)
    extension.magics.extension = extension
    extension.load()


def unload(ipython: Any) -> None:
    """Remove all that `load` registered."""
    extension = loaded(ipython)
    if extension is not None:
        extension.unload()
