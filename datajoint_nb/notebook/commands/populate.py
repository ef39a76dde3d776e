"""``%dj populate``: fill tables, with a progress display."""

from __future__ import annotations

import ast
from argparse import Namespace
from typing import Any

from IPython.core.error import UsageError

from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook.command import argument, declares, unquoted
from datajoint_nb.notebook.state import Notebook
from datajoint_nb.populate.auto import AutoPopulate


@declares("dj populate")
@argument("tables", nargs="+", metavar="TABLE", help="tables, then a restriction of their keys")
@argument("-n", "--max", dest="max_calls", type=int, metavar="MAX", help="make at most so many keys")
@argument("--suppress", action="store_true", help="collect errors and go on")
def populate(notebook: Notebook, arguments: Namespace, text: str) -> Any:
    """Call `make` for the keys of each table that have no row yet.

    The restriction is an SQL condition in quotes, a dict, or the name of a variable. To go on with
    the result, call the table's method ``populate``.
    """
    tables, rest = split_tables(notebook, arguments.tables)
    restrictions = [] if not rest else [read_restriction(notebook, rest)]
    options = {
        "suppress_errors": arguments.suppress,
        "max_calls": arguments.max_calls,
        "display_progress": True,
    }
    results = [table.populate(*restrictions, **options) for table in tables]
    # the display has told of keys that were made; errors, and that there was nothing to do, are left
    untold = [r for r in results if r["error_list"] or not r["success_count"]]
    return untold[0] if len(untold) == 1 else untold or None


def split_tables(notebook: Notebook, words: list[str]) -> tuple[list[Any], str]:
    """The tables that the first words name, and the rest of the words.

    Raises
    ------
    DataJointError
        When the first word names no table, or a named table has no ``make``.
    """
    tables: list[Any] = []
    for index, word in enumerate(words):
        try:
            table = notebook.require_table(unquoted(word))
        except DataJointError:
            if not tables:
                raise
            return tables, " ".join(words[index:])
        if not isinstance(table, AutoPopulate):
            raise DataJointError(f"{word} cannot be populated: no class with make fills it")
        tables.append(table)
    return tables, ""


def read_restriction(notebook: Notebook, text: str) -> Any:
    """A literal, the value of a variable, or an SQL condition in quotes; nothing is evaluated.

    Raises
    ------
    UsageError
        For anything else, since a misspelt table would look like a condition.
    """
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        pass
    if text.isidentifier() and text in notebook.names:
        return notebook.names[text]
    raise UsageError(
        f"%dj populate: {text!r} is neither a table nor a restriction; "
        "write a condition in quotes, a dict, or the name of a variable"
    )
