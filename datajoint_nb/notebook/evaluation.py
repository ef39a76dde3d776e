"""Python expressions that a magic was asked to evaluate."""

from __future__ import annotations

import ast
from difflib import get_close_matches

from IPython.core.error import UsageError

from datajoint_nb.notebook.state import Notebook
from datajoint_nb.tables.expression import QueryExpression, as_expression


def evaluate_query(notebook: Notebook, text: str, command: str) -> QueryExpression:
    """The query expression that `text` evaluates to, in the notebook's namespace.

    Raises
    ------
    UsageError
        When there is no text, when it is no Python, and when its value is no query expression.
    """
    magic = f"%dj {command}"
    if not text:
        raise UsageError(f"{magic} needs a query expression, such as `{magic} Station & 'station = 1'`")
    code = compile(parse_expression(text, magic), "<expression>", "eval")
    try:
        value = eval(code, notebook.shell.user_global_ns, notebook.names)
    except NameError as error:
        near = get_close_matches(error.name or "", sorted(notebook.names), n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"{magic}: {error}{hint}") from None
    expression = as_expression(value)
    if expression is None:
        raise UsageError(f"{magic}: {text!r} is no query expression but of type {type(value).__name__}")
    return expression


def parse_expression(text: str, magic: str) -> ast.Expression:
    """The syntax tree of a Python expression.

    Raises
    ------
    UsageError
        For what is none.
    """
    try:
        return ast.parse(text, "<expression>", mode="eval")
    except SyntaxError as error:
        raise UsageError(f"{magic}: {text!r} is no expression: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{magic}: {text!r} is no expression: {error}") from None
