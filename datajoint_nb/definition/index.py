"""Index lines: ``[unique] index(item, …) [# comment]``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datajoint_nb.definition.scan import LineFault
from datajoint_nb.model.definition import IndexItem, IndexLine, Position
from datajoint_nb.model.names import ATTRIBUTE_PATTERN

INDEX_HEAD = re.compile(r"\s*(unique\s+)?index\s*\(", re.IGNORECASE)
PIECE = re.compile(r"""[^'"`(),]+|'[^']*'|"[^"]*"|`[^`]*`|[(),]""")
JSON_PATH = re.compile(r"([a-z][a-z0-9_]*)\s*\.\s*([\w$]+(?:\[\d+\])*(?:\.[\w$]+(?:\[\d+\])*)*)\s*(?::(.*))?")
CAST = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?: [A-Za-z][A-Za-z0-9_]*)*(?:\(\d+(?:,\d+)?\))?")


def read_index(source: str, number: int) -> IndexLine:
    """``index = [ "unique" ] "index" "(" item { "," item } ")" [ "#" text ]``.

    Raises
    ------
    LineFault
        At the first character that does not fit.
    """
    head = INDEX_HEAD.match(source)
    if head is None:
        raise LineFault(0, len(source), f"`{source.strip()}` is no index", "write index(a, b)")
    start = len(source) - len(source.lstrip())
    close, spans = _split(source, head.end())
    rest = source[close + 1 :].strip()
    if rest and rest[0] != "#":
        at = source.index(rest, close)
        raise LineFault(at, len(rest), f"unexpected `{rest}` after the index", "a comment starts with `#`")
    if len(spans) == 1 and not source[slice(*spans[0])].strip():
        raise LineFault(start, close + 1 - start, "the index has no attribute", "write index(a, b)")
    return IndexLine(
        tuple(_items(source, spans)), bool(head[1]), Position(number, start + 1, close + 1 - start)
    )


def _split(source: str, at: int) -> tuple[int, list[tuple[int, int]]]:
    """The place of the closing parenthesis, and start and end of each item."""
    depth, spans, begin = 1, [], at
    while piece := PIECE.match(source, at):
        if piece[0] == "(":
            depth += 1
        elif piece[0] == ")":
            depth -= 1
        if depth == 0 or (depth == 1 and piece[0] == ","):
            spans.append((begin, at))
            begin = piece.end()
        if depth == 0:
            return at, spans
        at = piece.end()
    if at < len(source):
        raise LineFault(at, len(source) - at, f"the quote {source[at]} is not closed")
    raise LineFault(len(source.rstrip()), 1, "the index is not closed with `)`")


def _items(source: str, spans: list[tuple[int, int]]) -> Iterator[IndexItem]:
    seen = set()
    for start, end in spans:
        text = source[start:end].strip()
        at = source.index(text, start) if text else start
        item = _item(text, at)
        if item in seen:
            raise LineFault(at, len(text), f"`{text}` is twice in the index")
        seen.add(item)
        yield item


def _item(text: str, at: int) -> IndexItem:
    """``item = name | name "." json_path [ ":" sqltype ] | "(" sql_expression ")"``."""
    if ATTRIBUTE_PATTERN.fullmatch(text):
        return IndexItem(attribute=text)
    path = JSON_PATH.fullmatch(text)
    if path:
        return IndexItem(attribute=path[1], path=path[2], cast=_cast(path[3], at + len(text)))
    if text.startswith("(") and _closes_at_end(text):
        expression = text[1:-1].strip()
        if not expression:
            raise LineFault(at, len(text), "the expression is empty", "write index((year(born)))")
        return IndexItem(expression=expression)
    if not text:
        raise LineFault(at, 1, "an item of the index is empty", "write index(a, b)")
    hint = f"an expression goes in parentheses: index(({text}))" if "(" in text else "write index(a, b)"
    if re.fullmatch(r"[a-z][a-z0-9_]*\s+(?:asc|desc)", text, re.IGNORECASE):
        hint = "indexes have no direction"
    raise LineFault(at, len(text), f"`{text}` is no attribute name", hint)


def _cast(text: str | None, end: int) -> str | None:
    """``sqltype``, with single blanks between words and none in the parentheses."""
    if text is None:
        return None
    cast = re.sub(r"\s*([(),])\s*", r"\1", " ".join(text.split()))
    if not CAST.fullmatch(cast):
        raise LineFault(
            end - len(text), len(text), f"`{text.strip()}` is no SQL type", "such as decimal(5,2)"
        )
    return cast


def _closes_at_end(text: str) -> bool:
    """Whether the first parenthesis is closed by the last character."""
    depth = 0
    for piece in PIECE.finditer(text):
        depth += (piece[0] == "(") - (piece[0] == ")")
        if depth == 0:
            return piece.end() == len(text)
    return False
