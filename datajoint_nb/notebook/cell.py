"""The text of a ``%%dj table`` cell: the definition, the Python part, and where both stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from datajoint_nb.definition.parse import read_line
from datajoint_nb.definition.scan import LineFault

# `from : datetime` and `class : varchar(8)` are attributes: a name has to follow the word
PYTHON = re.compile(r"@|(?:async +)?def +\w|class +\w|import +\w|from +[\w.]")
CONTENTS = re.compile(r"contents\s*(?:=|\+=|:[^=]*=)")


@dataclass(frozen=True)
class Body:
    """A cell in its two parts.

    Attributes
    ----------
    definition : str
        The lines before the Python part.
    python : str
        The Python part; empty when there is none.
    python_line : int
        The line of the body, counted from 1, that the Python part begins at.
    """

    definition: str
    python: str = ""
    python_line: int = 1


def split(body: str) -> Body:
    """Tell the definition from the Python part."""
    lines = body.split("\n")
    for index, line in enumerate(lines):
        if begins_python(line):
            return Body("\n".join(lines[:index]), "\n".join(lines[index:]), index + 1)
    return Body(body)


def begins_python(line: str) -> bool:
    """Whether a line is the first of a Python part: no line of a definition begins so.

    ``contents`` may be an attribute, ``contents=1 : int8``; then the whole line reads as one.
    """
    if PYTHON.match(line):
        return True
    if not CONTENTS.match(line):
        return False
    try:
        read_line(line, line.strip(), 1, True)
    except LineFault:
        return True
    return False


@dataclass(frozen=True)
class Place:
    """Where the body of a cell stands in the cell.

    Attributes
    ----------
    text : str
        The whole cell, as the user wrote it.
    lines_before, columns_before : int
        Lines above the body, and blanks that were taken off the front of each of its lines.
    is_running : bool
        Whether the text is that of the running cell.
    """

    text: str
    lines_before: int = 1
    columns_before: int = 0
    is_running: bool = False


def locate(raw: str | None, magic_line: str, body: str) -> Place:
    """Find the body in the cell that is running.

    A cell magic may also be called from Python; then `raw` is another text, and the cell is put
    together from its parts.
    """
    if raw is not None:
        lines = raw.split("\n")
        head = next((i for i, line in enumerate(lines) if line.strip()), 0)
        blanks = len(lines[head]) - len(lines[head].lstrip())
        rest = [line[blanks:] if line[:blanks].isspace() else line for line in lines[head + 1 :]]
        if lines[head].lstrip().startswith("%%") and _same("\n".join(rest), body):
            return Place(raw, head + 1, blanks, is_running=True)
    return Place(f"%%dj {magic_line}\n{body}")


def _same(one: str, other: str) -> bool:
    return [line.rstrip() for line in one.rstrip().split("\n")] == [
        line.rstrip() for line in other.rstrip().split("\n")
    ]
