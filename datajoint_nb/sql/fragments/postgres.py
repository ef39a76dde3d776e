"""Fragments for PostgreSQL, which converts nothing by itself: coercions and operators."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from datajoint_nb.sql.fragments.arithmetic import arithmetic_kind
from datajoint_nb.sql.fragments.calls import Calls
from datajoint_nb.sql.fragments.json_path import Path
from datajoint_nb.sql.fragments.operators import OperatorWriter
from datajoint_nb.sql.fragments.piece import NUMERIC, TEMPORAL, TEXTUAL, Piece
from datajoint_nb.sql.fragments.postgres_calls import POSTGRES_CALLS

__all__ = ["PostgresWriter"]

_LEADING_NUMBER = r"'^\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)'"
_LEADING_INTEGER = r"'^\s*([-+]?[0-9]+)'"
_TIME_ONLY = re.compile(r"\s*\d+:\d+(:\d+(\.\d+)?)?\s*")
_WHOLE_DAYS = frozenset(["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])
_SECONDS = {"SECOND": "1", "MINUTE": "60", "HOUR": "3600", "DAY": "86400", "WEEK": "604800"}
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


class PostgresWriter(OperatorWriter):
    """Writes fragments for PostgreSQL."""

    calls: ClassVar[Calls] = POSTGRES_CALLS

    # -- coercions ---------------------------------------------------------------------------

    def column(self, name: str) -> Piece:
        """Return the piece for an attribute."""
        piece = super().column(name)
        if piece.kind == "enum":  # compared with any text, whether or not it is a label
            return Piece(f"CAST({piece.sql} AS TEXT)", "enum", column=piece.column)
        return piece

    def value(self, piece: Piece) -> Piece:
        """MySQL's booleans are integers, and its JSON is text."""
        if piece.kind == "bool" and not piece.column:
            return Piece(f"CAST({piece.sql} AS INTEGER)", "int")
        return self.json_text(piece) if piece.kind == "json" and not piece.column else piece

    def condition(self, piece: Piece) -> Piece:
        """Return a piece as a condition."""
        if piece.kind == "bool":
            return piece
        if piece.kind == "null":
            return Piece("CAST(NULL AS BOOLEAN)", "bool")
        return Piece(f"{self.number(piece).operand} <> 0", "bool", compound=True)

    def text(self, piece: Piece) -> Piece:
        """Return a piece as text."""
        if piece.kind == "text":
            return piece
        if piece.kind == "bool":
            return Piece(f"CAST({self.numeric(piece).sql} AS TEXT)", "text")
        if piece.kind == "json":
            return Piece(f"{piece.operand} #>> '{{}}'", "text", compound=True)
        if piece.kind == "enum":
            return piece.of_kind("text")
        return Piece(f"CAST({piece.sql} AS TEXT)", "text")

    def json_text(self, piece: Piece) -> Piece:
        """Return JSON as its text, with the quotes of strings."""
        return Piece(f"CAST({piece.sql} AS TEXT)", "text")

    def numeric(self, piece: Piece) -> Piece:
        """Return a piece that is no literal as a number."""
        if piece.kind == "bool":
            return Piece(f"CAST({piece.sql} AS INTEGER)", "int")
        if piece.kind in TEXTUAL:
            return Piece(_number_of_text(piece.operand, _LEADING_NUMBER, "DOUBLE PRECISION"), "float")
        if piece.kind == "json":
            text = self.text(piece).operand
            number = _number_of_text(text, _LEADING_NUMBER, "DOUBLE PRECISION")
            return Piece(f"CASE {text} WHEN 'true' THEN 1 ELSE {number} END", "float")
        if piece.kind in TEMPORAL:
            digits = "YYYYMMDD" if piece.kind == "date" else "YYYYMMDDHH24MISS"
            return Piece(f"CAST(TO_CHAR({piece.sql}, '{digits}') AS BIGINT)", "int")
        return piece

    def integer(self, piece: Piece) -> Piece:
        """Return a piece as an integer, rounded."""
        if piece.kind == "int":
            return piece
        if piece.kind in TEXTUAL:
            return Piece(_number_of_text(piece.operand, _LEADING_INTEGER, "BIGINT"), "int")
        # a double would be rounded to even
        return Piece(f"CAST(CAST({self.number(piece).sql} AS NUMERIC) AS BIGINT)", "int")

    def exact(self, piece: Piece) -> Piece:
        """Return a piece as a NUMERIC."""
        number = self.number(piece)
        if number.kind == "decimal" and number.literal is not None:
            return number
        return Piece(f"CAST({number.sql} AS NUMERIC)", "decimal")

    def double(self, piece: Piece) -> Piece:
        """Return a piece as a DOUBLE PRECISION."""
        number = self.number(piece)
        return number if number.kind == "float" else Piece(f"CAST({number.sql} AS DOUBLE PRECISION)", "float")

    def stamp(self, piece: Piece) -> Piece:
        """Return a piece as a date with a time."""
        if piece.kind in {"datetime", "time"}:
            return piece
        if piece.string is not None and _TIME_ONLY.fullmatch(piece.string):
            return Piece(f"CAST({piece.sql} AS TIME)", "time")
        return Piece(f"CAST({piece.sql} AS TIMESTAMP)", "datetime")

    def date(self, piece: Piece) -> Piece:
        """Return a piece as a DATE."""
        return piece if piece.kind == "date" else Piece(f"CAST({piece.sql} AS DATE)", "date")

    def binary(self, piece: Piece) -> Piece:
        """Return a piece as bytes."""
        if piece.kind == "bytes":
            return piece
        return Piece(f"CONVERT_TO({self.text(piece).sql}, 'UTF8')", "bytes")

    def bytes_literal(self, digits: str) -> Piece:
        """Return a literal of bytes, given in hexadecimal digits."""
        return Piece(f"CAST('\\x{digits}' AS BYTEA)", "bytes", digits)

    def document(self, piece: Piece) -> Piece:
        """Return a piece as JSONB."""
        return piece if piece.kind == "json" else Piece(f"CAST({piece.sql} AS JSONB)", "json")

    def reconcile(self, left: Piece, right: Piece) -> tuple[Piece, Piece]:
        """Return two pieces so that they can be compared with each other."""
        a, b = left.kind, right.kind
        if "bool" in (a, b) and a != b and {a, b} <= NUMERIC:
            return self.number(left), self.number(right)
        for piece, other in ((left, right), (right, left)):
            if piece.kind in TEMPORAL and other.string is not None:
                literal = self._moment(other, piece.kind)
                return (piece, literal) if piece is left else (literal, piece)
        return super().reconcile(left, right)

    def _moment(self, literal: Piece, kind: str) -> Piece:
        # an untyped literal takes the type of the column; a date would lose the time of the literal
        timed = kind == "date" and ":" in (literal.string or "")
        return self.stamp(literal) if timed else literal

    def spelling(self, operator: str) -> str:
        """Return how the database writes a comparison."""
        return "IS NOT DISTINCT FROM" if operator == "<=>" else operator

    # -- operators ---------------------------------------------------------------------------

    def arithmetic(self, operator: str, left: Piece, right: Piece) -> Piece:
        """Return a sum, a difference or a product."""
        a, b = self.number(left), self.number(right)
        if a.kind == b.kind == "int" and (a.literal is None or b.literal is None):
            a = self.wide(a)
        return Piece(f"{a.operand} {operator} {b.operand}", arithmetic_kind(a, b), compound=True)

    def wide(self, piece: Piece) -> Piece:
        """Return an integer of 64 bits, as MySQL computes with them."""
        if piece.column == "int64" or piece.sql.endswith("AS BIGINT)"):
            return piece
        return Piece(f"CAST({piece.sql} AS BIGINT)", "int")

    def divided(self, left: Piece, right: Piece) -> Piece:
        """Return ``/``, whose result is never cut to an integer; NULL for a divisor of 0."""
        if "float" in (left.kind, right.kind) or "unknown" in (left.kind, right.kind):
            return Piece(f"{self.double(left).operand} / {_not_zero(right)}", "float", compound=True)
        return Piece(f"{self.exact(left).operand} / {_not_zero(right)}", "decimal", compound=True)

    def quotient(self, left: Piece, right: Piece) -> Piece:
        """Return DIV, cut towards 0; NULL for a divisor of 0."""
        sql = f"DIV({self.exact(left).sql}, {_not_zero(self.exact(right))})"
        return Piece(f"CAST({sql} AS BIGINT)", "int")

    def remainder(self, left: Piece, right: Piece) -> Piece:
        """Return ``%``, with the sign of the dividend; NULL for a divisor of 0."""
        if left.kind == right.kind == "int":
            return Piece(f"{left.operand} % {_not_zero(right)}", "int", compound=True)
        a, b = self.exact(left), self.exact(right)
        kind = arithmetic_kind(left, right)
        if kind == "float":
            return Piece(f"CAST({a.operand} % {_not_zero(b)} AS DOUBLE PRECISION)", kind)
        return Piece(f"{a.operand} % {_not_zero(b)}", kind, compound=True)

    def bits(self, operator: str, node: object) -> Piece:
        """Return an operation on the bits of two integers."""
        return super().bits("#" if operator == "^" else operator, node)  # type: ignore[arg-type]

    def moved(self, base: Piece, amount: Piece, unit: str, sign: str) -> Piece:
        """Return a date moved by a number of units."""
        days = base.kind == "date" or (base.string is not None and ":" not in base.string)
        start = self.date(base) if days else self.stamp(base)
        count, name = (3, "MONTH") if unit == "QUARTER" else (1, unit)
        if amount.literal is not None and count == 1:
            interval = f"INTERVAL '{amount.literal} {name}'"
        else:
            interval = f"({amount.operand} * INTERVAL '{count} {name}')"
        sql = f"{start.operand} {sign} {interval}"
        if days and unit in _WHOLE_DAYS:
            return Piece(f"CAST({sql} AS DATE)", "date")
        return Piece(sql, "datetime", compound=True)

    def elapsed(self, unit: str, start: Piece, stop: Piece) -> Piece:
        """Return the whole units between two dates."""
        a, b = self.stamp(start).operand, self.stamp(stop).operand
        if unit in _MONTHS:
            age = f"AGE({b}, {a})"
            months = f"(EXTRACT(YEAR FROM {age}) * 12 + EXTRACT(MONTH FROM {age}))"
            return Piece(f"CAST(TRUNC({months} / {_MONTHS[unit]}) AS BIGINT)", "int")
        seconds = f"EXTRACT(EPOCH FROM ({b} - {a}))"
        scaled = f"{seconds} * 1000000" if unit == "MICROSECOND" else f"{seconds} / {_SECONDS[unit]}"
        return Piece(f"CAST(TRUNC({scaled}) AS BIGINT)", "int")

    def matches(self, subject: Piece, pattern: Piece) -> Piece:
        """Return whether a text holds a match of a regular expression."""
        return Piece(f"{subject.operand} ~* {pattern.operand}", "bool", compound=True)

    def collated(self, piece: Piece, collation: str) -> Piece:
        """Return a text with a collation."""
        if not collation.lower().endswith(("_bin", "_cs", "c", "posix")):
            raise self.refuse(f"the collation {collation} is not known here; compare LOWER(…) instead")
        return Piece(f'{piece.operand} COLLATE "C"', "text", compound=True)

    def trimmed(self, piece: Piece, remove: Piece, side: str) -> Piece:
        """Return a text without the repetitions of `remove` at its ends."""
        what = remove.string
        if what is None:
            raise self.refuse("TRIM must be told what to remove by a string literal")
        if len(what) == 1:
            return Piece(f"TRIM({side} {remove.sql} FROM {piece.sql})", "text")
        escaped = "(?:" + re.sub(r"([^\w])", r"\\\1", what) + ")+"
        result = piece.sql
        for pattern, other in ((f"^{escaped}", "TRAILING"), (f"{escaped}$", "LEADING")):
            if side != other and what:
                result = f"REGEXP_REPLACE({result}, {self.string(pattern).sql}, '')"
        return Piece(result, "text")

    def listed(
        self, value: Piece, separator: Piece, order: Sequence[tuple[Piece, bool]], distinct: bool
    ) -> Piece:
        """Return the values of a group as one text."""
        keys = ", ".join(self.sort_key(*key) for key in order)
        ordered = f" ORDER BY {keys}" if keys else ""
        text = self.text(value)
        if not distinct:
            return Piece(f"STRING_AGG({text.sql}, {separator.sql}{ordered})", "text")
        if any(key.sql != value.sql for key, _ in order):
            raise self.refuse("GROUP_CONCAT(DISTINCT x) can only be ordered by x")
        plain = self.numeric(value) if value.kind == "bool" else value
        ordered = ordered if value.kind != "bool" else ""
        array = f"ARRAY_AGG(DISTINCT {plain.sql}{ordered}) FILTER (WHERE {plain.operand} IS NOT NULL)"
        return Piece(f"ARRAY_TO_STRING({array}, {separator.sql})", "text")

    def sort_key(self, key: Piece, descending: bool) -> str:
        """Return an item of ORDER BY; NULL comes first when ascending."""
        return f"{key.operand} {'DESC NULLS LAST' if descending else 'ASC NULLS FIRST'}"

    # -- casts and JSON ------------------------------------------------------------------------

    def cast(self, piece: Piece, form: str, sizes: Sequence[int]) -> Piece:
        """Return a piece cast to ``signed unsigned char decimal double date datetime time binary json``."""
        if form in {"signed", "unsigned", "boolean"}:
            return self.integer(piece)
        if form == "char":
            text = self.text(piece)
            return Piece(f"LEFT({text.sql}, {sizes[0]})", "text") if sizes else text
        if form == "decimal":
            size = ", ".join(map(str, sizes)) or "10, 0"
            return Piece(f"CAST({self.number(piece).sql} AS DECIMAL({size}))", "decimal")
        if form == "time":
            return Piece(f"CAST({self.stamp(piece).sql} AS TIME({sizes[0] if sizes else 0}))", "time")
        if form == "datetime":
            return Piece(f"CAST({piece.sql} AS TIMESTAMP({sizes[0] if sizes else 0}))", "datetime")
        forms = {"double": self.double, "date": self.date, "binary": self.binary, "json": self.document}
        return forms[form](piece)

    def extracted(self, document: Piece, path: Path) -> Piece:
        """Return the JSON at a path in a document."""
        steps = ", ".join(self.string(str(step)).sql for step in path)
        source = self.document(document)
        return Piece(f"JSONB_EXTRACT_PATH({source.sql}, {steps})", "json") if steps else source


def _number_of_text(sql: str, pattern: str, type_name: str) -> str:
    found = f"SUBSTRING({sql} FROM {pattern})"
    return f"CAST(COALESCE({found}, CASE WHEN {sql} IS NOT NULL THEN '0' END) AS {type_name})"


def _not_zero(piece: Piece) -> str:
    if piece.literal is not None and float(piece.literal):
        return piece.operand
    return f"NULLIF({piece.sql}, 0)"
