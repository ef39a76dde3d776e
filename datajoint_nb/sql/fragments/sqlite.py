"""Fragments for SQLite: its few types, and dates that are text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from datajoint_nb.sql.fragments.arithmetic import arithmetic_kind
from datajoint_nb.sql.fragments.calls import Calls
from datajoint_nb.sql.fragments.json_path import Path, path_text
from datajoint_nb.sql.fragments.operators import OperatorWriter
from datajoint_nb.sql.fragments.piece import NUMERIC, TEMPORAL, TEXTUAL, Piece
from datajoint_nb.sql.fragments.sqlite_calls import SQLITE_CALLS

__all__ = ["SQLiteWriter"]

_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6})\d*)?)?)?"
)
_DAYS = frozenset(["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])


class SQLiteWriter(OperatorWriter):
    """Writes fragments for SQLite; functions named ``djnb_…`` are registered by each session."""

    calls: ClassVar[Calls] = SQLITE_CALLS

    # -- coercions ---------------------------------------------------------------------------

    def text(self, piece: Piece) -> Piece:
        """Return a piece as text."""
        if piece.kind == "json":
            return Piece(f"djnb_json_unquote({piece.sql})", "text")
        if piece.kind in {"float", "decimal", "unknown"}:
            return Piece(f"djnb_text({piece.sql})", "text")
        if piece.kind in NUMERIC:
            return Piece(f"CAST({piece.sql} AS TEXT)", "text")
        return piece.of_kind("text") if piece.kind in {"enum", "uuid", *TEMPORAL} else piece

    def numeric(self, piece: Piece) -> Piece:
        """Return a piece that is no literal as a number."""
        if piece.kind in TEXTUAL:
            return Piece(f"CAST({piece.sql} AS REAL)", "float")
        if piece.kind == "json":
            return Piece(f"CAST({piece.scalar or f'djnb_json_unquote({piece.sql})'} AS REAL)", "float")
        if piece.kind in TEMPORAL:
            return Piece(f"djnb_date_number({piece.sql})", "int")
        if piece.kind == "decimal" and not piece.column and piece.literal is None:
            # decimals of many digits are stored as text, which no longer knows so in an expression
            return piece if piece.sql.endswith("AS REAL)") else Piece(f"CAST({piece.sql} AS REAL)", "decimal")
        return piece

    def integer(self, piece: Piece) -> Piece:
        """Return a piece as an integer, rounded."""
        if piece.kind in {"int", "bool"}:
            return piece.of_kind("int")
        return Piece(f"djnb_integer({piece.sql})", "int")

    def real(self, piece: Piece) -> Piece:
        """Return a number that is never an integer."""
        number = self.number(piece)
        if number.kind == "float" or (number.kind == "decimal" and number.literal):
            return number
        return Piece(f"CAST({number.sql} AS REAL)", "float")

    def stamp(self, piece: Piece) -> Piece:
        """Return a piece as a date with a time."""
        moment = _moment(piece.string) if piece.string is not None else None
        if moment:
            return self.string(moment).of_kind("datetime")
        return Piece(f"djnb_datetime({piece.sql})", "datetime")

    def binary(self, piece: Piece) -> Piece:
        """Return a piece as bytes."""
        return piece if piece.kind == "bytes" else Piece(f"CAST({self.text(piece).sql} AS BLOB)", "bytes")

    def condition(self, piece: Piece) -> Piece:
        """Return a piece as a condition."""
        return self.number(piece) if piece.kind == "json" else piece

    def value(self, piece: Piece) -> Piece:
        """Return a piece as the value of a computed attribute."""
        return self.numeric(piece) if piece.kind == "decimal" else piece

    def document(self, piece: Piece) -> Piece:
        """Return a piece for a JSON function, which else would take JSON for mere text."""
        return Piece(f"JSON({piece.sql})", "json") if piece.kind == "json" else piece

    # -- comparisons -------------------------------------------------------------------------

    def reconcile(self, left: Piece, right: Piece) -> tuple[Piece, Piece]:
        """Return two pieces so that they can be compared with each other."""
        kinds = {left.kind, right.kind}
        if kinds <= TEMPORAL and len(kinds) == 2:
            return self.stamp(left), self.stamp(right)
        for piece, other in ((left, right), (right, left)):
            if piece.kind == "date" and other.string is not None:
                return (left, right) if ":" not in other.string else (self.stamp(left), self.stamp(right))
            if piece.kind == "datetime" and other.string is not None and _moment(other.string):
                return (piece, self.stamp(other)) if piece is left else (self.stamp(other), piece)
        if kinds == {"decimal"} or ("decimal" in kinds and kinds <= NUMERIC):
            return self.numeric(left), self.numeric(right)
        return super().reconcile(left, right)

    def compare(self, operator: str, left: Piece, right: Piece) -> Piece:
        """Return a comparison: ``= <> < <= > >=`` or ``<=>``, where NULL equals NULL."""
        if left.kind == "datetime" and right.string is not None and _moment(right.string):
            return self._compare_moment(operator, left, _moment(right.string))
        if right.kind == "datetime" and left.string is not None and _moment(left.string):
            return self._compare_moment(_MIRROR[operator], right, _moment(left.string))
        return super().compare(operator, left, self._day(left, right))

    def _day(self, left: Piece, right: Piece) -> Piece:
        """Return the literal of a day with two digits for the month and the day."""
        if left.kind == "date" and right.string is not None and ":" not in right.string:
            moment = _moment(right.string)
            return self.string(moment[:10]) if moment else right
        return right

    def _compare_moment(self, operator: str, column: Piece, moment: str) -> Piece:
        """Return a comparison that holds for columns of any number of decimal places.

        The same moment is stored as ``…:30``, ``…:30.0``, … by columns of different precision;
        these texts are exactly those between the shortest and the longest.
        """
        low = self.string(moment).sql
        high = self.string(moment + ("" if "." in moment else ".") + "0" * (6 - len(moment[20:]))).sql
        subject = column.operand
        templates = {
            "=": f"{subject} BETWEEN {low} AND {high}",
            "<>": f"{subject} NOT BETWEEN {low} AND {high}",
            "<=>": f"{subject} IS NOT NULL AND {subject} BETWEEN {low} AND {high}",
            "<": f"{subject} < {low}",
            ">=": f"{subject} >= {low}",
            ">": f"{subject} > {high}",
            "<=": f"{subject} <= {high}",
        }
        return Piece(templates[operator], "bool", compound=True)

    def plain_comparison(self, left: Piece) -> bool:
        """Return whether `compare` does no more for `left` than to reconcile."""
        return left.kind not in TEMPORAL

    def spelling(self, operator: str) -> str:
        """Return how the database writes a comparison."""
        return "IS" if operator == "<=>" else operator

    # -- operators ---------------------------------------------------------------------------

    def divided(self, left: Piece, right: Piece) -> Piece:
        """Return ``/``, whose result is never cut to an integer; NULL for a divisor of 0."""
        return Piece(f"{self.real(left).operand} / {right.operand}", "float", compound=True)

    def quotient(self, left: Piece, right: Piece) -> Piece:
        """Return DIV, cut towards 0; NULL for a divisor of 0."""
        if left.kind == right.kind == "int":
            return Piece(f"{left.operand} / {right.operand}", "int", compound=True)
        return Piece(f"CAST({self.real(left).operand} / {right.operand} AS INTEGER)", "int")

    def remainder(self, left: Piece, right: Piece) -> Piece:
        """Return ``%``, with the sign of the dividend; NULL for a divisor of 0."""
        if left.kind == right.kind == "int":
            return Piece(f"{left.operand} % {right.operand}", "int", compound=True)
        return Piece(f"djnb_mod({left.sql}, {right.sql})", arithmetic_kind(left, right))

    def _write_bitwisexor(self, node: object) -> Piece:
        a, b = (self.integer(self.write(n)).operand for n in (node.this, node.expression))  # type: ignore[attr-defined]
        return Piece(f"({a} | {b}) - ({a} & {b})", "int", compound=True)

    def moved(self, base: Piece, amount: Piece, unit: str, sign: str) -> Piece:
        """Return a date moved by a number of units."""
        number = amount.operand if sign == "+" else f"-({amount.sql})"
        days = base.kind == "date" or (base.string is not None and ":" not in base.string)
        kind = "date" if days and unit in _DAYS else "unknown" if base.kind == "unknown" else "datetime"
        return Piece(f"djnb_date_add({base.sql}, {number}, '{unit}')", kind)

    def elapsed(self, unit: str, start: Piece, stop: Piece) -> Piece:
        """Return the whole units between two dates."""
        return Piece(f"djnb_timestampdiff('{unit}', {start.sql}, {stop.sql})", "int")

    def matches(self, subject: Piece, pattern: Piece) -> Piece:
        """Return whether a text holds a match of a regular expression."""
        return Piece(f"djnb_regexp({pattern.sql}, {subject.sql})", "bool")

    def escape_clause(self, escape: str) -> str:
        """Return the clause that names the escape character, unless it is the database's own."""
        return f" ESCAPE {self.string(escape).sql}"

    def collated(self, piece: Piece, collation: str) -> Piece:
        """Return a text with a collation."""
        name = collation.lower()
        if name in {"nocase", "binary", "rtrim"} or name.endswith(("_ci", "_bin", "_cs")):
            own = "NOCASE" if name.endswith("_ci") else "BINARY" if "_" in name else name.upper()
            return Piece(f"{piece.operand} COLLATE {own}", "text", compound=True)
        raise self.refuse(f"the collation {collation} is not known here; compare LOWER(…) instead")

    def trimmed(self, piece: Piece, remove: Piece, side: str) -> Piece:
        """Return a text without the repetitions of `remove` at its ends."""
        if remove.string == " " and side == "BOTH":
            return Piece(f"TRIM({piece.sql})", "text")
        return Piece(f"djnb_trim({piece.sql}, {remove.sql}, '{side}')", "text")

    def together(self, pieces: Sequence[Piece]) -> str:
        """Return one value that differs whenever any of the pieces does."""
        return " || ',' || ".join(f"QUOTE({piece.sql})" for piece in pieces)

    def listed(
        self, value: Piece, separator: Piece, order: Sequence[tuple[Piece, bool]], distinct: bool
    ) -> Piece:
        """Return the values of a group as one text."""
        text = self.text(value).sql
        if not order and not distinct:
            return Piece(f"GROUP_CONCAT({text}, {separator.sql})", "text")
        keys = "".join(f", {self._key(key).sql}, {int(descending)}" for key, descending in order)
        return Piece(f"djnb_group_concat({separator.sql}, {int(distinct)}, {text}{keys})", "text")

    def _key(self, key: Piece) -> Piece:
        return self.real(key) if key.kind == "decimal" else key

    def sort_key(self, key: Piece, descending: bool) -> str:
        """Return an item of ORDER BY; NULL comes first when ascending."""
        return super().sort_key(self._key(key), descending)

    # -- casts and JSON ------------------------------------------------------------------------

    def cast(self, piece: Piece, form: str, sizes: Sequence[int]) -> Piece:
        """Return a piece cast to ``signed unsigned char decimal double date datetime time binary json``."""
        size = sizes[0] if sizes else None
        if form in {"signed", "unsigned", "boolean"}:
            return self.integer(piece)
        if form == "char":
            text = self.text(piece)
            return text if size is None else Piece(f"SUBSTR({text.sql}, 1, {size})", "text")
        if form == "decimal":
            places = sizes[1] if len(sizes) > 1 else 0
            return Piece(f"ROUND({self.real(piece).sql}, {places})", "float")
        if form == "datetime":
            return Piece(f"djnb_datetime({piece.sql}, {size or 0})", "datetime")
        if form == "time":
            return Piece(f"djnb_time({piece.sql}, {size or 0})", "time")
        if form == "date":
            return Piece(f"djnb_date({piece.sql})", "date")
        if form == "json":
            return Piece(f"JSON({piece.sql})", "json")
        return self.binary(piece) if form == "binary" else self.real(piece)

    def extracted(self, document: Piece, path: Path) -> Piece:
        """Return the JSON at a path in a document."""
        where = self.string(path_text(path)).sql
        json = Piece(f"{document.operand} -> {where}", "json", compound=True)
        return replace(json, scalar=f"JSON_EXTRACT({document.sql}, {where})")


_MIRROR = {"=": "=", "<>": "<>", "<=>": "<=>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _moment(text: str) -> str:
    """Return a date or a date with a time as SQLite stores it, without needless zeros, or ''."""
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        return ""
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return ""
    fraction = (found.group(7) or "").rstrip("0")
    return f"{year:04}-{moment:%m-%d %H:%M:%S}" + (f".{fraction}" if fraction else "")
