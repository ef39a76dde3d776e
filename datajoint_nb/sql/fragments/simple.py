"""The fragments of every day, ``name op literal [AND …]``, without a parser.

They need no import of sqlglot, which takes longer than the query. The terms are handed to the
same writer, so the text is the same as if they had been parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datajoint_nb.sql.fragments.piece import Piece

if TYPE_CHECKING:
    from datajoint_nb.sql.fragments.writer import Writer

__all__ = ["SimpleReading", "read_simple", "write_simple"]

_TERM = re.compile(
    r"\s*([a-z][a-z0-9_]*)\s*(<=|>=|<>|!=|=|<|>)\s*"
    r"(?:(-?\d+(?:\.\d+)?)(?![\w.])|'([^'\\\x00-\x1f\x7f]*)'(?!\s*['\"]))\s*"
)
_AND = re.compile(r"and\b", re.IGNORECASE)
# Words that mean something else where a name is expected
_RESERVED_WORDS = """
alter and any as asc between binary by case charset collate connect_by_root create cross current_date
current_time current_timestamp current_user distinct distinctrow div drop else escape except exists false
fetch for force from glob grant having if ignore ilike in inner insert intersect interval into is join key
lateral like limit localtime localtimestamp mod natural not notnull null offset on or order outer
partitioned_by qualify regexp returning revoke rlike rollback row select separator straight_join
tablesample then true uncache union using values when where with xor
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())


@dataclass(frozen=True, slots=True)
class SimpleReading:
    """Terms ``name op literal`` that are joined by AND.

    Attributes
    ----------
    names : tuple of str
        The attributes, each once, in the order of the text.
    terms : tuple of (str, str, str or None, str or None)
        Name, operator, and a number or a string.
    """

    names: tuple[str, ...]
    terms: tuple[tuple[str, str, str | None, str | None], ...]


def read_simple(text: str) -> SimpleReading | None:
    """Return the terms of `text`, or None if it needs a parser."""
    terms, position = [], 0
    while True:
        found = _TERM.match(text, position)
        if found is None or found.group(1) in _RESERVED:
            return None
        name, operator, number, string = found.groups()
        terms.append((name, "<>" if operator == "!=" else operator, number, string))
        position = found.end()
        if position == len(text):
            return SimpleReading(tuple(dict.fromkeys(term[0] for term in terms)), tuple(terms))
        connective = _AND.match(text, position)
        if connective is None:
            return None
        position = connective.end()


def write_simple(reading: SimpleReading, writer: Writer) -> Piece:
    """Return the piece for terms."""
    pieces = []
    for name, operator, number, string in reading.terms:
        literal = writer.number_literal(number) if number is not None else writer.string(string or "")
        pieces.append(writer.compare(operator, writer.column(name), literal))
    return writer.joined("AND", pieces) if len(pieces) > 1 else pieces[0]
