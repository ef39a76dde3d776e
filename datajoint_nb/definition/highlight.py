"""The pieces of a definition text, for syntax colouring. Never raises, whatever the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from datajoint_nb.definition.attribute import check_attribute
from datajoint_nb.definition.index import INDEX_HEAD
from datajoint_nb.definition.parse import read_line
from datajoint_nb.definition.scan import LineFault
from datajoint_nb.model.definition import AttributeLine, ForeignKeyLine, IndexLine, Position

TokenKind = Literal[
    "comment",
    "separator",
    "arrow",
    "option",
    "reference",
    "name",
    "default",
    "type",
    "codec",
    "keyword",
    "error",
]


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a text: ``text == whole[start:end]``."""

    kind: TokenKind
    start: int
    end: int
    text: str


def tokens(text: str) -> list[Token]:
    """The tokens of a definition in order, without overlaps.

    Blanks, ``:`` and ``=`` belong to no token. What ``parse`` refuses is of kind ``error``.
    """
    found: list[Token] = []
    offset, in_key = 0, True
    for number, source in enumerate(text.split("\n"), 1):
        stripped = source.strip()
        if stripped.startswith("---"):
            in_key = False
        for token in _line(source, stripped, number, in_key):
            found.append(replace(token, start=token.start + offset, end=token.end + offset))
        offset += len(source) + 1
    return found


def _line(source: str, stripped: str, number: int, in_key: bool) -> Iterator[Token]:
    if not stripped:
        return
    start = source.index(stripped)
    if stripped[0] == "#":
        yield _token("comment", source, start, start + len(stripped))
        return
    if stripped.startswith("---"):
        yield _token("separator", source, start, start + len(stripped))
        return
    try:
        line = read_line(source, stripped, number, in_key)
    except LineFault as fault:
        yield from _faulty(source, stripped, fault)
        return
    if isinstance(line, AttributeLine):
        yield from _attribute(source, line)
    elif isinstance(line, ForeignKeyLine):
        yield from _foreign_key(source, line)
    else:
        yield from _index(source, line)


def _attribute(source: str, line: AttributeLine) -> Iterator[Token]:
    kind: TokenKind = "codec" if line.type.kind == "codec" else "type"
    places: list[tuple[TokenKind, Position]] = [("name", line.position), (kind, line.type_position)]
    if line.default is not None:
        places.insert(1, ("default", line.default_position))
    wrong = {fault.start for fault in check_attribute(line)}
    for kind, place in places:
        start, end = _span(place)
        yield _token("error" if start in wrong else kind, source, start, end)
    yield from _comment(source, _span(line.type_position)[1])


def _foreign_key(source: str, line: ForeignKeyLine) -> Iterator[Token]:
    start, end = _span(line.position)
    yield _token("arrow", source, start, start + 2)
    target = line.target_position.column - 1
    options = source[start + 2 : target].strip()
    if options:
        at = source.index(options, start + 2)
        yield _token("option", source, at, at + len(options))
    yield _token("reference", source, target, end)
    yield from _comment(source, end)


def _index(source: str, line: IndexLine) -> Iterator[Token]:
    start, end = _span(line.position)
    head = INDEX_HEAD.match(source)
    inner = head.end() if head else end
    yield _token("keyword", source, start, start + len(source[start : inner - 1].rstrip()))
    items = source[inner : end - 1].strip()
    at = source.index(items, inner)
    yield _token("name", source, at, at + len(items))
    yield from _comment(source, end)


def _faulty(source: str, stripped: str, fault: LineFault) -> Iterator[Token]:
    """The fault, and the comment when it stands behind; what is sound stays without colour."""
    last = source.index(stripped) + len(stripped)
    start = min(fault.start, last - 1)
    end = min(last, start + fault.length)
    yield _token("error", source, start, end)
    yield from _comment(source, end)


def _comment(source: str, at: int) -> Iterator[Token]:
    start = source.find("#", at)
    if start >= 0:
        yield _token("comment", source, start, len(source.rstrip()))


def _span(place: Position) -> tuple[int, int]:
    return place.column - 1, place.column - 1 + place.length


def _token(kind: TokenKind, source: str, start: int, end: int) -> Token:
    return Token(kind, start, end, source[start:end])
