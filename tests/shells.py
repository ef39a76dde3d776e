"""An IPython shell of a test's own, with what its cells showed."""

from __future__ import annotations

import atexit
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


class Cells:
    """A notebook: cells are run in it one after the other."""

    def __init__(self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
        self.shell = shell
        self.capsys = capsys
        shell.display_pub = CapturingDisplayPublisher(parent=shell)

    def run(self, *cells: str) -> str:
        """Run cells that must succeed; returns what the last of them showed as text."""
        shown = ""
        for cell in cells:
            result, shown = self.attempt(cell)
            assert result.success, f"{cell}\n{shown}"
        return shown

    def fail(self, cell: str) -> tuple[BaseException, str]:
        """Run a cell that must fail; returns its error and what it showed."""
        result, shown = self.attempt(cell)
        error = result.error_in_exec or result.error_before_exec
        assert error is not None, shown
        return error, shown

    def attempt(self, cell: str) -> tuple[Any, str]:
        self.capsys.readouterr()
        publisher: Any = self.shell.display_pub
        publisher.outputs.clear()
        result = self.shell.run_cell(cell, store_history=True)
        printed = self.capsys.readouterr()
        texts = [output["data"].get("text/plain", "") for output in publisher.outputs]
        return result, "\n".join([*texts, printed.out + printed.err])

    @property
    def html(self) -> str:
        """What the last cell displayed as HTML."""
        publisher: Any = self.shell.display_pub
        return "".join(output["data"].get("text/html", "") for output in publisher.outputs)

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]


@contextlib.contextmanager
def open_shell(folder: Path, capsys: pytest.CaptureFixture[str], *, history: bool = False) -> Iterator[Cells]:
    """A shell with the extension loaded and no default connection; all of it is gone afterwards.

    With `history` its inputs are also written to the file ``history.sqlite``.
    """
    import datajoint_nb.connection

    default = sys.modules["datajoint_nb.connection.default"]._default  # type: ignore[attr-defined]
    former, default.connection = default.connection, None
    config = Config()
    config.HistoryManager.enabled = history
    config.HistoryManager.hist_file = str(folder / "history.sqlite")
    config.InteractiveShell.colors = "nocolor"
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config, ipython_dir=str(folder / "ipython"))
    try:
        cells = Cells(shell, capsys)
        cells.run("%load_ext datajoint_nb")
        yield cells
        if "datajoint_nb" in shell.extension_manager.loaded:
            cells.run("%unload_ext datajoint_nb")
    finally:
        opened = default.connection
        if isinstance(opened, datajoint_nb.connection.Connection):
            opened.close()
        default.connection = former
        close(shell)


def close(shell: InteractiveShell) -> None:
    """End the shell; its own way collects all garbage, which takes long where much is imported."""
    if shell.history_manager is not None and shell.history_manager.enabled:
        shell._atexit_once()
    else:
        atexit.unregister(shell.atexit_operations)
        shell.restore_sys_module_state()
    InteractiveShell.clear_instance()
