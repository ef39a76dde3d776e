"""How errors of users are shown: one clear message, without the library's own traceback."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from datajoint_nb.errors import DataJointError, DefinitionError, DefinitionProblem
from datajoint_nb.notebook.cell import Place
from datajoint_nb.render import escape

PACKAGE = str(Path(__file__).resolve().parent.parent)


def show_as(error: BaseException, render: Callable[[], list[str]]) -> None:
    """Make IPython show `render()` in place of a traceback; the exception stays what it is."""
    error._render_traceback_ = render  # type: ignore[attr-defined]


def show_plainly(error: BaseException) -> None:
    """Show the class and the message of an error, nothing else."""
    text = escape.terminal(f"{type(error).__name__}: {error}", keep="\n\t")
    show_as(error, lambda: [text])


def show_syntax_error(error: DataJointError, faults: Sequence[SyntaxError], shell: Any) -> None:
    """Show faults of a cell as IPython shows a `SyntaxError`: line, caret, message."""

    def render() -> list[str]:
        return [
            line for fault in faults for line in shell.SyntaxTB.structured_traceback(type(fault), fault, [])
        ]

    show_as(error, render)


class CellSyntaxError(DataJointError):
    """The Python part of a cell has a syntax error; its ``__cause__`` is the `SyntaxError`."""


def syntax_error(error: SyntaxError, shell: Any) -> CellSyntaxError:
    """An error that is shown as the syntax error of the cell."""
    raised = CellSyntaxError(str(error))
    raised.__cause__ = error
    show_syntax_error(raised, [error], shell)
    return raised


def in_cell(
    error: DefinitionError, place: Place, first_line: int = 1, first_column: int = 0
) -> DefinitionError:
    """The same error with lines and columns of the cell.

    Parameters
    ----------
    first_line : int
        Line of the body at which the definition begins.
    first_column : int
        Columns before the first line of the definition, as where it stands in quotes.
    """
    lines = place.text.split("\n")
    down = place.lines_before + first_line - 1

    def moved(problem: DefinitionProblem) -> DefinitionProblem:
        line = problem.line + down
        shift = place.columns_before + (first_column if problem.line == 1 else 0)
        source = lines[line - 1] if line <= len(lines) else problem.source
        return replace(problem, line=line, column=problem.column + shift, source=source)

    return DefinitionError([moved(problem) for problem in error.problems], error.table)


def definition_error(error: DefinitionError, filename: str, shell: Any) -> DefinitionError:
    """Show all faults of a definition, each at its line of the cell `filename`."""
    # a SyntaxError by another name, which IPython prints before the message
    kind = type("DefinitionError", (SyntaxError,), {})
    faults = []
    for problem in error.problems:
        message = escape.terminal(problem.message + (f" — {problem.hint}" if problem.hint else ""), keep="\n")
        faults.append(kind(message, (filename, problem.line, problem.column, problem.source)))
    show_syntax_error(error, faults, shell)
    return error


def user_code(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback from where the library calls code of the user, such as ``make``.

    None when the library is all that it passes.
    """
    ours = False
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if name.startswith(PACKAGE):
            ours = True
        elif ours and not is_installed(name):
            return traceback
        traceback = traceback.tb_next
    return None


def is_installed(filename: str) -> bool:
    """Whether a file belongs to Python or to an installed package."""
    if filename.startswith("<") and not filename.startswith("<ipython"):
        return True
    roots = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return any(filename.startswith(root) for root in roots)
