"""Fragments for MySQL and MariaDB: little to translate, as fragments are read as MySQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from datajoint_nb.sql.fragments.arithmetic import UNITS, arithmetic_kind
from datajoint_nb.sql.fragments.calls import Calls, forms
from datajoint_nb.sql.fragments.json_path import Path, path_text
from datajoint_nb.sql.fragments.operators import OperatorWriter
from datajoint_nb.sql.fragments.piece import TEXTUAL, Piece

__all__ = ["MariaDBWriter", "MySQLWriter"]

_CAST = {
    "signed": "SIGNED",
    "unsigned": "UNSIGNED",
    "char": "CHAR",
    "decimal": "DECIMAL",
    "double": "DOUBLE",
    "date": "DATE",
    "datetime": "DATETIME",
    "time": "TIME",
    "binary": "BINARY",
    "boolean": "SIGNED",
    "json": "JSON",
}
_KIND = {
    "signed": "int",
    "unsigned": "int",
    "char": "text",
    "decimal": "decimal",
    "double": "float",
    "binary": "bytes",
    "boolean": "int",
}
_SPANS = frozenset(
    [
        "SECOND_MICROSECOND",
        "MINUTE_MICROSECOND",
        "MINUTE_SECOND",
        "HOUR_MICROSECOND",
        "HOUR_SECOND",
        "HOUR_MINUTE",
        "DAY_MICROSECOND",
        "DAY_SECOND",
        "DAY_MINUTE",
        "DAY_HOUR",
        "YEAR_MONTH",
    ]
)


class MySQLWriter(OperatorWriter):
    """Writes fragments for MySQL."""

    quote = "`"
    calls: ClassVar[Calls] = {"CURRENT_DATE": forms("CURRENT_DATE"), "CURRENT_TIME": forms("CURRENT_TIME")}

    # -- coercions: the server's own, except for UUIDs, which are stored as 16 bytes -----------

    def string(self, value: str) -> Piece:
        """Return a string literal."""
        piece = super().string(value)
        return Piece(piece.sql.replace("\\", "\\\\"), "text", value)

    def text(self, piece: Piece) -> Piece:
        """Return a piece as text."""
        if piece.kind == "uuid":
            sql = f"LOWER(CONCAT_WS('-', {', '.join(_uuid_parts(piece.sql))}))"
            return Piece(sql, "text")
        return piece

    def numeric(self, piece: Piece) -> Piece:
        """Return a piece that is no literal as a number."""
        return piece

    def stamp(self, piece: Piece) -> Piece:
        """Return a piece as a date with a time."""
        return piece

    def binary(self, piece: Piece) -> Piece:
        """Return a piece as bytes."""
        return piece

    def integer(self, piece: Piece) -> Piece:
        """Return a piece as an integer, rounded."""
        return piece

    def condition(self, piece: Piece) -> Piece:
        """Return a piece as a condition."""
        return piece

    def unify(self, pieces: Sequence[Piece]) -> tuple[list[Piece], str]:
        """Return the pieces brought to one kind, and that kind."""
        return list(pieces), super().unify(pieces)[1]

    def number(self, piece: Piece) -> Piece:
        """Return a piece as a number; text gives the number it starts with, or 0."""
        return piece

    def uuid_literal(self, value: UUID) -> Piece:
        """Return a literal that equals a stored UUID."""
        return self.bytes_literal(value.hex)

    # -- operators ---------------------------------------------------------------------------

    def divided(self, left: Piece, right: Piece) -> Piece:
        """Return ``/``, whose result is never cut to an integer; NULL for a divisor of 0."""
        kind = "float" if arithmetic_kind(left, right) == "float" else "decimal"
        return Piece(f"{left.operand} / {right.operand}", kind, compound=True)

    def quotient(self, left: Piece, right: Piece) -> Piece:
        """Return DIV, cut towards 0; NULL for a divisor of 0."""
        return Piece(f"{left.operand} DIV {right.operand}", "int", compound=True)

    def remainder(self, left: Piece, right: Piece) -> Piece:
        """Return ``%``, with the sign of the dividend; NULL for a divisor of 0."""
        return Piece(f"{left.operand} % {right.operand}", arithmetic_kind(left, right), compound=True)

    def takes_unit(self, unit: str) -> bool:
        """Return whether the database takes a unit of time."""
        return unit in UNITS or unit in _SPANS

    def moved(self, base: Piece, amount: Piece, unit: str, sign: str) -> Piece:
        """Return a date moved by a number of units."""
        kind = base.kind if unit in {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"} else "datetime"
        kind = "text" if base.kind in TEXTUAL else kind
        return Piece(f"{base.operand} {sign} INTERVAL {amount.operand} {unit}", kind, compound=True)

    def elapsed(self, unit: str, start: Piece, stop: Piece) -> Piece:
        """Return the whole units between two dates."""
        return Piece(f"TIMESTAMPDIFF({unit}, {start.sql}, {stop.sql})", "int")

    def listed(
        self, value: Piece, separator: Piece, order: Sequence[tuple[Piece, bool]], distinct: bool
    ) -> Piece:
        """Return the values of a group as one text."""
        keys = ", ".join(self.sort_key(*key) for key in order)
        ordered = f" ORDER BY {keys}" if keys else ""
        what = f"{'DISTINCT ' if distinct else ''}{value.sql}{ordered}"
        if separator.string is None:
            raise self.refuse("the SEPARATOR must be a string literal")
        return Piece(f"GROUP_CONCAT({what} SEPARATOR {separator.sql})", "text")

    def together(self, pieces: Sequence[Piece]) -> str:
        """Return one value that differs whenever any of the pieces does."""
        raise NotImplementedError("MySQL counts distinct rows itself")

    def combination(self, pieces: Sequence[Piece]) -> str:
        """Return one value for several, NULL if any of them is, for COUNT(DISTINCT …)."""
        return ", ".join(piece.sql for piece in pieces)

    def cast(self, piece: Piece, form: str, sizes: Sequence[int]) -> Piece:
        """Return a piece cast to ``signed unsigned char decimal double date datetime time binary json``."""
        size = f"({', '.join(map(str, sizes))})" if sizes and form not in {"signed", "unsigned"} else ""
        text = self.text(piece) if form == "char" else piece
        return Piece(f"CAST({text.sql} AS {_CAST[form]}{size})", _KIND.get(form, form))

    # -- JSON --------------------------------------------------------------------------------

    def extracted(self, document: Piece, path: Path) -> Piece:
        """Return the JSON at a path in a document."""
        return Piece(f"JSON_EXTRACT({document.sql}, {self.string(path_text(path)).sql})", "json")

    def unquoted(self, piece: Piece) -> Piece:
        """Return JSON as plain text."""
        return Piece(f"JSON_UNQUOTE({piece.sql})", "text")

    def plain_value(self, document: Piece, path: Path) -> Piece:
        """Return the plain text at a path."""
        return Piece(f"JSON_VALUE({document.sql}, {self.string(path_text(path)).sql})", "text")


class MariaDBWriter(MySQLWriter):
    """Writes fragments for MariaDB: its JSON is text, and some functions have other names."""

    calls: ClassVar[Calls] = {
        **MySQLWriter.calls,
        "ANY_VALUE": forms("MIN({0})"),
        # with a path that leads nowhere the function gives 0 here, not NULL
        "JSON_CONTAINS": forms("JSON_CONTAINS({0}, {1})", "JSON_CONTAINS(JSON_EXTRACT({0}, {2}), {1})"),
    }

    def cast(self, piece: Piece, form: str, sizes: Sequence[int]) -> Piece:
        """Return a piece cast to ``signed unsigned char decimal double date datetime time binary json``."""
        if form == "json":
            return Piece(f"JSON_COMPACT({piece.sql})", "json")
        return super().cast(piece, form, sizes)

    def compare(self, operator: str, left: Piece, right: Piece) -> Piece:
        """Return a comparison: ``= <> < <= > >=`` or ``<=>``, where NULL equals NULL."""
        # JSON true is the text 'true' here, which as a number is 0
        pair = [
            self.string(p.sql.lower()) if p.sql in {"TRUE", "FALSE"} and other.kind == "json" else p
            for p, other in ((left, right), (right, left))
        ]
        return super().compare(operator, *pair)


def _uuid_parts(sql: str) -> list[str]:
    bounds = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return [f"SUBSTRING(HEX({sql}), {start}, {length})" for start, length in bounds]
