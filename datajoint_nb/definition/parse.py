"""Definition text to `TableDefinition`.

``definition = [ "#" text NL ] { line NL }`` and
``line = blank | "#" text | separator | fk | index | attribute``, each line by itself:
a fault in one does not hide those of the others.

See ``tests/spec/01-definitions.md`` §1.
"""

from __future__ import annotations

from collections.abc import Iterator

from datajoint_nb.definition.attribute import check_attribute, read_attribute
from datajoint_nb.definition.index import INDEX_HEAD, read_index
from datajoint_nb.definition.reference import read_foreign_key
from datajoint_nb.definition.scan import LineFault
from datajoint_nb.errors import DefinitionError, DefinitionProblem
from datajoint_nb.model.definition import AttributeLine, Line, TableDefinition


def parse(text: str, table: str | None = None) -> TableDefinition:
    """Read a definition.

    Parameters
    ----------
    text : str
        The definition; its lines may be indented and end with LF or CRLF.
    table : str, optional
        What the definition is for; only messages use it.

    Returns
    -------
    TableDefinition
        References, codec names and attributes of indexes are not resolved yet.

    Raises
    ------
    DefinitionError
        With every fault of the text, each with line, column, length, hint.
    """
    definition = read(text)
    if definition.problems:
        raise DefinitionError(definition.problems, table)
    return definition


def read(text: str) -> TableDefinition:
    """Read a definition as far as it can be read; its ``problems`` tell of the rest.

    Whoever resolves names can then report the faults of all kinds at once.
    """
    lines: list[Line] = []
    problems: list[DefinitionProblem] = []
    comment, in_key, first = "", True, True
    names: dict[str, int] = {}
    for number, source in enumerate(text.split("\n"), 1):
        stripped = source.strip()
        if not stripped:
            continue
        try:
            if first and stripped[0] == "#":
                comment = read_table_comment(source)
            elif stripped.startswith("---"):
                in_key = False
            elif stripped[0] != "#":
                line = read_line(source, stripped, number, in_key)
                lines.append(line)
                if isinstance(line, AttributeLine):
                    problems += [_problem(number, source, fault) for fault in _check(line, names)]
            if not source.isascii() or "\0" in source:
                check_characters(source)
        except LineFault as fault:
            problems.append(_problem(number, source, fault))
        first = False
    return TableDefinition(comment, tuple(lines), text, tuple(problems))


def read_line(source: str, stripped: str, number: int, in_key: bool) -> Line:
    """Tell foreign keys, indexes and attributes apart, and read the line.

    An index comes first because an expression of its may contain ``->``, as SQL writes JSON paths.

    Raises
    ------
    LineFault
        At the first character that does not fit.
    """
    if stripped[0] in "iIuU" and INDEX_HEAD.match(stripped):
        return read_index(source, number)
    if "->" in stripped and is_foreign_key(stripped):
        return read_foreign_key(source, number, in_key)
    if stripped[0] == "_":
        name = stripped.split(":")[0].split("=")[0].strip()
        hint = f"write {name.lstrip('_')}" if name.strip("_") else ""
        message = f"`{name}`: names that start with an underscore are reserved for the library"
        raise LineFault(source.index("_"), len(name), message, hint)
    return read_attribute(source, number, in_key)


def is_foreign_key(line: str) -> bool:
    """Whether the line has an arrow with no quote or ``#`` before it."""
    before = line.partition("->")[0]
    return not any(mark in before for mark in "'\"#")


def read_table_comment(source: str) -> str:
    """``"#" text``, the first line of a definition."""
    comment = source.strip()[1:].strip()
    if comment.startswith(":"):
        raise LineFault(
            source.index(":"), 1, "a table comment cannot start with a colon", "start it with a word"
        )
    return comment


def check_characters(source: str) -> None:
    """Raise a `LineFault` for characters that no database stores."""
    for at, char in enumerate(source):
        if char == "\0" or "\ud800" <= char <= "\udfff":
            raise LineFault(at, 1, f"the character {char!r} cannot be stored", "remove it")


def _check(line: AttributeLine, names: dict[str, int]) -> Iterator[LineFault]:
    number = line.position.line
    earlier = names.setdefault(line.name, number)
    if earlier != number:
        message = f"the attribute `{line.name}` is declared twice"
        yield LineFault(line.position.column - 1, line.position.length, message, f"first on line {earlier}")
    yield from check_attribute(line)


def _problem(number: int, source: str, fault: LineFault) -> DefinitionProblem:
    source = source.rstrip("\r\n")
    return DefinitionProblem(number, fault.start + 1, fault.length, fault.message, fault.hint, source)
