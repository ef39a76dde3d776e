"""Coercions between kinds of values: MySQL converts silently, other databases must be told."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from datajoint_nb.errors import QuerySyntaxError
from datajoint_nb.sql.fragments.fragment import refusal
from datajoint_nb.sql.fragments.piece import NUMERIC, TEMPORAL, TEXTUAL, Piece, leading_number

__all__ = ["Coercion"]


class Coercion:
    """How values of one kind are written where another kind is wanted.

    Subclasses give the methods that end in a statement of the database. Each method takes and
    returns a `Piece`.
    """

    def __init__(self, text: str):
        self.fragment = text

    def refuse(self, reason: str) -> QuerySyntaxError:
        """Return the error for this fragment."""
        return refusal(self.fragment, reason)

    # -- what a database must tell --------------------------------------------------------

    def string(self, value: str) -> Piece:
        """Return a string literal."""
        if "\0" in value:
            raise self.refuse("a string in it holds the character NUL")
        return Piece("'" + value.replace("'", "''") + "'", "text", value)

    def bytes_literal(self, digits: str) -> Piece:
        """Return a literal of bytes, given in hexadecimal digits."""
        return Piece(f"x'{digits}'", "bytes", digits)

    def text(self, piece: Piece) -> Piece:
        """Return a piece as text."""
        raise NotImplementedError

    def numeric(self, piece: Piece) -> Piece:
        """Return a piece that is no literal as a number."""
        raise NotImplementedError

    def stamp(self, piece: Piece) -> Piece:
        """Return a piece as a date with a time."""
        raise NotImplementedError

    def binary(self, piece: Piece) -> Piece:
        """Return a piece as bytes."""
        raise NotImplementedError

    def condition(self, piece: Piece) -> Piece:
        """Return a piece as a condition."""
        raise NotImplementedError

    # -- the same for all -----------------------------------------------------------------

    def number(self, piece: Piece) -> Piece:
        """Return a piece as a number; text gives the number it starts with, or 0."""
        if piece.string is not None:
            digits = leading_number(piece.string)
            kind = "float" if "e" in digits.lower() else "decimal" if "." in digits else "int"
            return Piece(digits, kind, digits)
        return self.numeric(piece)

    def unify(self, pieces: Sequence[Piece]) -> tuple[list[Piece], str]:
        """Return the pieces brought to one kind, and that kind."""
        kinds = {piece.kind for piece in pieces} - {"null"}
        if not kinds:
            return list(pieces), "null"
        if kinds <= NUMERIC:
            widest = next(kind for kind in ("float", "decimal", "int", "bool") if kind in kinds)
            return [self.number(p) if p.kind == "bool" else p for p in pieces], _count(widest)
        if "unknown" in kinds:
            return [self.number(p) if p.kind == "bool" else p for p in pieces], "unknown"
        if kinds <= TEMPORAL:
            both = len(kinds) > 1
            return [self._stamp(p) if both else p for p in pieces], "datetime" if both else kinds.pop()
        if len(kinds) == 1 and not kinds & TEXTUAL:
            return list(pieces), kinds.pop()
        return [p if p.kind == "null" else self.text(p) for p in pieces], "text"

    def _stamp(self, piece: Piece) -> Piece:
        return piece if piece.kind == "null" else self.stamp(piece)

    def reconcile(self, left: Piece, right: Piece) -> tuple[Piece, Piece]:
        """Return two pieces so that they can be compared with each other."""
        a, b = left.kind, right.kind
        if "null" in (a, b) or a == b == "unknown":
            return left, right
        if "uuid" in (a, b):
            return self._uuid(left, right), self._uuid(right, left)
        if "json" in (a, b):
            return self.reconcile_json(left, right)
        if "bytes" in (a, b) and a != b and {a, b} & TEXTUAL:
            return self.binary(left), self.binary(right)
        if "unknown" in (a, b) or a == b:
            return self.reconcile_same(left, right)
        if {a, b} & NUMERIC:
            return self.number(left), self.number(right)
        if {a, b} & TEMPORAL:
            return self.stamp(left), self.stamp(right)
        return left, right

    def reconcile_same(self, left: Piece, right: Piece) -> tuple[Piece, Piece]:
        """Return two pieces of one kind, or of which one is unknown, ready to be compared."""
        return left, right

    def reconcile_json(self, left: Piece, right: Piece) -> tuple[Piece, Piece]:
        """Return two pieces, of which one is JSON, ready to be compared."""
        if left.kind == right.kind:
            return left, right
        if {left.kind, right.kind} & NUMERIC:
            return self.number(left), self.number(right)
        return self.text(left), self.text(right)

    def _uuid(self, piece: Piece, other: Piece) -> Piece:
        if piece.kind == "uuid":
            return piece if other.kind == "uuid" or other.string is not None else self.text(piece)
        if piece.string is None:
            return self.text(piece) if piece.kind not in {"unknown", "null"} else piece
        try:
            return self.uuid_literal(UUID(piece.string))
        except ValueError:
            raise self.refuse(f"{piece.string!r} is not a UUID") from None

    def uuid_literal(self, value: UUID) -> Piece:
        """Return a literal that equals a stored UUID."""
        return self.string(str(value))

    def compare(self, operator: str, left: Piece, right: Piece) -> Piece:
        """Return a comparison: ``= <> < <= > >=`` or ``<=>``, where NULL equals NULL."""
        a, b = self.reconcile(left, right)
        return Piece(f"{a.operand} {self.spelling(operator)} {b.operand}", "bool", compound=True)

    def spelling(self, operator: str) -> str:
        """Return how the database writes a comparison."""
        return operator


def _count(kind: str) -> str:
    return "int" if kind == "bool" else kind
