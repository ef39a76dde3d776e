"""Completion in ``%dj`` lines and ``%%dj table`` cells.

The completer's own idea of a word ends at ``<``, ``@`` and ``.``; here the text before the cursor
is read as the language is written, and the piece to replace is named explicitly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from datajoint_nb.codecs.registry import list_codecs
from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook.cell import begins_python
from datajoint_nb.notebook.commands.catalogue import CELL, LINE
from datajoint_nb.notebook.state import Notebook, bound

CORE_TYPES = (
    "int8", "int16", "int32", "int64", "float32", "float64", "decimal(", "bool", "char(", "varchar(",
    "date", "datetime", "enum(", "uuid", "json", "bytes",
)  # fmt: skip
MAGIC_LINE = re.compile(r"(%%?)dj\s+(?:(\w+)\s+)?(.*)")
TABLE_COMMANDS = frozenset({"describe", "populate", "progress", "preview", "sql", "diagram"})
REFERENCE = re.compile(r"\s*->\s*(?:\[[^\]]*\]\s*)?([\w.]*)")
STORE = re.compile(r"[^#]*:\s*<\w*@([\w-]*)")
CODEC = re.compile(r"[^#]*:\s*<(\w*)")
TYPE = re.compile(r"[^#]*:\s*(\w*)")

Found = tuple[str, list[str]]


def complete(notebook: Notebook, text: str) -> Found | None:
    """The piece before the cursor that is being written, and what may stand there.

    Parameters
    ----------
    text : str
        The cell up to the cursor.

    Returns
    -------
    (fragment, candidates) or None
        None where this language is not written.
    """
    lines = text.split("\n")
    line = lines[-1]
    head = next((one for one in lines if one.strip()), "").strip()
    if head.startswith("%%dj table") and len(lines) > 1:
        if any(begins_python(one) for one in lines[1:]):
            return None
        return definition_line(notebook, line)
    match = MAGIC_LINE.fullmatch(line.lstrip())
    return None if match is None else magic_line(notebook, match)


def magic_line(notebook: Notebook, match: re.Match[str]) -> Found | None:
    """In a line of ``%dj``: subcommands, options, schemas, tables."""
    commands = CELL if match[1] == "%%" else LINE
    name, rest = match[2], match[3]
    if name is None:
        return _starting(rest, commands)
    if name not in commands:
        return None
    word = rest.rsplit(" ", 1)[-1]
    if word.startswith("-"):
        options = [option for action in commands[name].parser._actions for option in action.option_strings]
        return _starting(word, options)
    if name in TABLE_COMMANDS:
        return _starting(word, notebook.table_names())
    if name in ("ls", "schema"):
        return _starting(word, _schema_names(notebook))
    return _starting(word, commands) if name == "help" else None


def _schema_names(notebook: Notebook) -> set[str]:
    names = {name for name, _ in notebook.schemas()}
    if notebook.open_connection is not None:
        names.update(notebook.open_connection.list_schemas())
    return names


def definition_line(notebook: Notebook, line: str) -> Found | None:
    """In a definition: tables after ``->``, stores after ``@``, codecs after ``<``, types after ``:``."""
    rules: tuple[tuple[re.Pattern[str], Callable[[], Iterable[str]]], ...] = (
        (REFERENCE, lambda: references(notebook)),
        (STORE, lambda: stores(notebook)),
        (CODEC, list_codecs),
        (TYPE, lambda: [*CORE_TYPES, *(f"<{codec}>" for codec in list_codecs())]),
    )
    for pattern, candidates in rules:
        match = pattern.fullmatch(line)
        if match is not None:
            return _starting(match[1], candidates())
    return None


def references(notebook: Notebook) -> set[str]:
    """Tables in scope, with those of modules and the parts of masters."""
    from datajoint_nb.tables.references import Scope

    names = {name for name in Scope((notebook.names,)).table_names() if not name.startswith("_")}
    return {name for name in names if bound(notebook.find(name))}


def stores(notebook: Notebook) -> list[str]:
    """Names of the configured stores."""
    return [name for name in notebook.connection.config.stores if name != "default"]


def _starting(fragment: str, candidates: Iterable[str]) -> Found:
    return fragment, sorted(name for name in candidates if name.startswith(fragment))


def key_of(notebook: Notebook, name: str) -> str:
    """The primary key of a table, as the completion shows it beside the name."""
    found = notebook.find(name)
    if not bound(found):
        return ""
    try:
        return ", ".join(found.primary_key)
    except DataJointError:
        return ""


class Completion:
    """A matcher of a shell's completer."""

    def __init__(self, notebook: Notebook):
        from IPython.core.completer import context_matcher

        self.notebook = notebook
        self.completer = notebook.shell.Completer

        @context_matcher(identifier="datajoint_nb")  # type: ignore[untyped-decorator]
        def matcher(context: Any) -> Any:
            return self.match(context)

        self.matcher = matcher

    def install(self) -> None:
        """Let the completer ask."""
        self.completer.custom_matchers.append(self.matcher)

    def remove(self) -> None:
        """Let it ask no more."""
        if self.matcher in self.completer.custom_matchers:
            self.completer.custom_matchers.remove(self.matcher)

    def match(self, context: Any) -> Any:
        """What IPython wants to know of the text before the cursor."""
        from IPython.core.completer import SimpleCompletion

        lines = context.full_text.split("\n")[: context.cursor_line + 1]
        lines[-1] = lines[-1][: context.cursor_position]
        try:
            found = complete(self.notebook, "\n".join(lines))
        except DataJointError:  # without a database there is nothing to offer
            found = None
        if found is None:
            return {"completions": [], "suppress": False}
        fragment, names = found
        completions = [
            SimpleCompletion(name, type=key_of(self.notebook, name) or "datajoint") for name in names
        ]
        return {"completions": completions, "suppress": True, "matched_fragment": fragment}
