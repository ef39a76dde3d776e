"""`TableDefinition` to definition text, in the one format that ``describe`` shows.

See ``tests/spec/01-definitions.md`` §5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.definition import (
    AttributeLine,
    Default,
    ForeignKeyLine,
    IndexItem,
    IndexLine,
    Line,
    TableDefinition,
)
from datajoint_nb.model.types import TypeSpec

BARE_NUMBER = re.compile(r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?")


def print_definition(definition: TableDefinition) -> str:
    """The text of a definition, each line with its line end.

    ``parse`` gives the same definition back. What the language cannot say is left out of
    comments: line breaks become blanks, and colons at the start are dropped.

    Raises
    ------
    DataJointError
        When a default, an enumeration label or an expression contains a line break.
    """
    lines = list(_lines(definition))
    for line in lines:
        if "\n" in line:
            raise DataJointError(f"a definition cannot express the line break in {line!r}")
    return "".join(f"{line}\n" for line in lines)


def _lines(definition: TableDefinition) -> Iterator[str]:
    comment = _comment(definition.comment)
    if comment:
        yield comment
    keys, others = _sections(definition.lines)
    yield from map(print_line, keys)
    if others:
        yield "---"
    yield from map(print_line, others)


def _sections(lines: tuple[Line, ...]) -> tuple[list[Line], list[Line]]:
    """Lines of the key and other lines, each in order; an index stays with the line before it."""
    sections: tuple[list[Line], list[Line]] = [], []
    secondary = False
    for line in lines:
        if not isinstance(line, IndexLine):
            secondary = not line.in_key
        sections[secondary].append(line)
    return sections


def print_line(line: Line) -> str:
    """One line of a definition, without a line end."""
    if isinstance(line, AttributeLine):
        return print_attribute(line)
    if isinstance(line, ForeignKeyLine):
        return print_foreign_key(line)
    items = ", ".join(print_index_item(item) for item in line.items)
    return f"{'UNIQUE ' if line.unique else ''}INDEX ({items})"


def print_attribute(line: AttributeLine) -> str:
    """``name=default : type # comment`` in columns of 20 and 28 characters."""
    name = line.name if line.default is None else f"{line.name}={print_default(line.type, line.default)}"
    return f"{name:<20} : {line.type.text:<28} {_comment(line.comment)}"


def print_default(spec: TypeSpec, default: Default) -> str:
    """The default as a definition writes it: numbers bare, everything else in quotes."""
    if default.kind == "null":
        return "null"
    if default.kind == "now":
        return f"CURRENT_TIMESTAMP{'' if default.precision is None else f'({default.precision})'}"
    text = default.text
    if spec.is_numeric and BARE_NUMBER.fullmatch(text):
        return text
    quote = "'" if '"' in text else '"'
    return quote + text.replace(quote, quote * 2) + quote


def print_foreign_key(line: ForeignKeyLine) -> str:
    """``-> [nullable, unique] Target.proj(new="old")``."""
    options = [name for name in ("nullable", "unique") if getattr(line, name)]
    bracket = f"[{', '.join(options)}] " if options else ""
    renames = ", ".join(f'{new}="{old}"' for new, old in line.renames)
    projection = f".proj({renames})" if renames else ""
    comment = _one_line(line.comment)
    return f"-> {bracket}{line.target}{projection}{f' # {comment}' if comment else ''}"


def print_index_item(item: IndexItem) -> str:
    """``name``, ``name.path:cast`` or ``(expression)``."""
    if item.expression is not None:
        return f"({item.expression})"
    path = f".{item.path}" if item.path else ""
    return f"{item.attribute}{path}{f':{item.cast}' if item.cast else ''}"


def _comment(comment: str) -> str:
    text = _one_line(comment).lstrip(": ")
    return f"# {text}" if text else ""


def _one_line(text: str) -> str:
    return " ".join(part.strip() for part in text.split("\n")).strip()
