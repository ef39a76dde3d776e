"""``%dj`` and ``%%dj``: find the subcommand, run it, and show errors as one message."""

from __future__ import annotations

import re
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook import faults
from datajoint_nb.notebook.command import Command, expand
from datajoint_nb.notebook.commands.catalogue import CELL, LINE, unknown
from datajoint_nb.notebook.state import Notebook

EXPAND = re.compile(r"\s--expand\b")


@magics_class
class DataJointMagics(Magics):
    """The magics of one shell."""

    def __init__(self, shell: Any):
        super().__init__(shell=shell)
        self.notebook = Notebook(shell)
        self.extension: Any = None  # what is registered beside the magics, for unloading

    @no_var_expand
    @line_cell_magic
    def dj(self, line: str, cell: str | None = None) -> Any:
        """DataJoint pipelines: `%dj help` shows what there is, `%%dj table NAME` declares a table."""
        __tracebackhide__ = True  # IPython leaves this frame out of what it shows
        try:
            return self.run(line, cell)
        except Exception as error:
            path = faults.user_code(error.__traceback__)
            if path is not None:  # out of the user's own code, such as `make`: shown from there on
                raise error.with_traceback(path)  # noqa: B904 - the same error, its cause unchanged
            if isinstance(error, DataJointError) and not hasattr(error, "_render_traceback_"):
                faults.show_plainly(error)
            raise

    def run(self, line: str, cell: str | None) -> Any:
        """Run a line magic, or a cell magic when there is a cell."""
        name, rest = [*line.split(None, 1), "", ""][:2]
        notebook = self.notebook
        if cell is None:
            return find(name or "help", LINE, CELL).run(notebook, expand(rest, notebook.names))
        command = find(name, CELL, LINE)
        notebook.magic_line = line
        if EXPAND.search(f" {rest}"):
            cell = expand(cell, notebook.names)
        return command.run(notebook, rest, cell)


def find(name: str, commands: dict[str, Command], others: dict[str, Command]) -> Command:
    """The subcommand of a name.

    Raises
    ------
    UsageError
        With the nearest one, or the other form of the magic.
    """
    if name in commands:
        return commands[name]
    if name in others:
        raise UsageError(f"write `{others[name].magic}`: `{name}` is {_form(others[name])}")
    raise unknown(name, commands)


def _form(command: Command) -> str:
    return "a cell magic, with its text below the first line" if command.is_cell else "a line magic"
