"""Syntax tree -> SQL: arithmetic with numbers and with dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datajoint_nb.sql.fragments.comparisons import ComparisonWriter, bare
from datajoint_nb.sql.fragments.piece import NUMERIC, Piece

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

__all__ = ["UNITS", "ArithmeticWriter", "arithmetic_kind"]

UNITS = frozenset(["MICROSECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])


class ArithmeticWriter(ComparisonWriter):
    """A `Writer` with arithmetic."""

    # -- arithmetic ------------------------------------------------------------------------

    def _write_add(self, node: Expr) -> Piece:
        left, right = bare(node.this), bare(node.expression)
        if right.key == "interval":
            return self.shifted(self.write(left), right, "+")
        if left.key == "interval":
            return self.shifted(self.write(right), left, "+")
        return self.arithmetic("+", self.write(left), self.write(right))

    def _write_sub(self, node: Expr) -> Piece:
        if bare(node.expression).key == "interval":
            return self.shifted(self.write(node.this), bare(node.expression), "-")
        return self.arithmetic("-", self.write(node.this), self.write(node.expression))

    def _write_mul(self, node: Expr) -> Piece:
        return self.arithmetic("*", self.write(node.this), self.write(node.expression))

    def _write_div(self, node: Expr) -> Piece:
        return self.divided(self.number(self.write(node.this)), self.number(self.write(node.expression)))

    def _write_intdiv(self, node: Expr) -> Piece:
        return self.quotient(self.number(self.write(node.this)), self.number(self.write(node.expression)))

    def _write_mod(self, node: Expr) -> Piece:
        return self.remainder(self.number(self.write(node.this)), self.number(self.write(node.expression)))

    def _write_neg(self, node: Expr) -> Piece:
        piece = self.number(self.write(node.this))
        if piece.kind in NUMERIC and piece.literal is not None and not piece.literal.startswith("-"):
            return self.number_literal(f"-{piece.literal}")
        return Piece(
            f"-{piece.operand}" if piece.literal is None else f"-({piece.sql})", piece.kind, compound=True
        )

    def arithmetic(self, operator: str, left: Piece, right: Piece) -> Piece:
        """Return a sum, a difference or a product."""
        a, b = self.number(left), self.number(right)
        return Piece(f"{a.operand} {operator} {b.operand}", arithmetic_kind(a, b), compound=True)

    def divided(self, left: Piece, right: Piece) -> Piece:
        """Return ``/``, whose result is never cut to an integer; NULL for a divisor of 0."""
        raise NotImplementedError

    def quotient(self, left: Piece, right: Piece) -> Piece:
        """Return DIV, cut towards 0; NULL for a divisor of 0."""
        raise NotImplementedError

    def remainder(self, left: Piece, right: Piece) -> Piece:
        """Return ``%``, with the sign of the dividend; NULL for a divisor of 0."""
        raise NotImplementedError

    def bits(self, operator: str, node: Expr) -> Piece:
        """Return an operation on the bits of two integers."""
        a, b = (self.integer(self.write(n)) for n in (node.this, node.expression))
        return Piece(f"{a.operand} {operator} {b.operand}", "int", compound=True)

    def integer(self, piece: Piece) -> Piece:
        """Return a piece as an integer, rounded."""
        raise NotImplementedError

    def _write_bitwiseand(self, node: Expr) -> Piece:
        return self.bits("&", node)

    def _write_bitwiseor(self, node: Expr) -> Piece:
        return self.bits("|", node)

    def _write_bitwisexor(self, node: Expr) -> Piece:
        return self.bits("^", node)

    def _write_bitwiseleftshift(self, node: Expr) -> Piece:
        return self.bits("<<", node)

    def _write_bitwiserightshift(self, node: Expr) -> Piece:
        return self.bits(">>", node)

    def _write_bitwisenot(self, node: Expr) -> Piece:
        return Piece(f"~{self.integer(self.write(node.this)).operand}", "int", compound=True)

    # -- dates -----------------------------------------------------------------------------

    def shifted(self, base: Piece, interval: Expr, sign: str) -> Piece:
        """Return a date moved by the interval of a node."""
        unit = interval.args.get("unit")
        name = unit.name.upper() if unit is not None else ""
        if interval.this is None or not name:
            raise self.refuse("an INTERVAL needs a number and a unit, as in INTERVAL 1 DAY")
        amount = self.write(interval.this)
        if not self.takes_unit(name):
            raise self.refuse(
                f"{name} is not a unit of an INTERVAL here; use one of {', '.join(sorted(UNITS))}"
            )
        if name in UNITS:
            amount = self.number(amount)
        return self.moved(base, amount, name, sign)

    def takes_unit(self, unit: str) -> bool:
        """Return whether the database takes a unit of time."""
        return unit in UNITS

    def moved(self, base: Piece, amount: Piece, unit: str, sign: str) -> Piece:
        """Return a date moved by a number of units."""
        raise NotImplementedError

    def date_arithmetic(self, sign: str, nodes: Sequence[Expr]) -> Piece:
        """Return DATE_ADD, DATE_SUB, ADDDATE or SUBDATE."""
        if len(nodes) != 2:
            raise self.refuse("DATE_ADD and DATE_SUB take a date and an INTERVAL")
        if nodes[1].key == "interval":
            return self.shifted(self.write(nodes[0]), nodes[1], sign)
        return self.moved(self.write(nodes[0]), self.number(self.write(nodes[1])), "DAY", sign)

    def _date_addition(self, nodes: Sequence[Expr]) -> Piece:
        return self.date_arithmetic("+", nodes)

    def _date_subtraction(self, nodes: Sequence[Expr]) -> Piece:
        return self.date_arithmetic("-", nodes)

    def _timestamp_addition(self, nodes: Sequence[Expr]) -> Piece:
        """Return TIMESTAMPADD(unit, number, date)."""
        unit = self.unit_of(nodes, "TIMESTAMPADD(unit, number, date)")
        return self.moved(self.write(nodes[2]), self.number(self.write(nodes[1])), unit, "+")

    def _timestamp_difference(self, nodes: Sequence[Expr]) -> Piece:
        """Return TIMESTAMPDIFF(unit, from, to)."""
        unit = self.unit_of(nodes, "TIMESTAMPDIFF(unit, from, to)")
        return self.elapsed(unit, self.write(nodes[1]), self.write(nodes[2]))

    def unit_of(self, nodes: Sequence[Expr], usage: str) -> str:
        """Return the unit that a call starts with."""
        unit = nodes[0].name.upper().removeprefix("SQL_TSI_") if len(nodes) == 3 else ""
        if unit not in UNITS:
            raise self.refuse(f"write {usage}, with a unit of {', '.join(sorted(UNITS))}")
        return unit

    def elapsed(self, unit: str, start: Piece, stop: Piece) -> Piece:
        """Return the whole units between two dates."""
        raise NotImplementedError

    def _write_extract(self, node: Expr) -> Piece:
        unit = node.this.name.upper()
        if unit not in UNITS:
            raise self.refuse(f"EXTRACT({unit} FROM …) is not portable")
        return self.call(unit, [self.write(node.expression)])

    def _write_currentdate(self, node: Expr) -> Piece:
        return self.call("CURRENT_DATE", [])

    def _write_currenttime(self, node: Expr) -> Piece:
        return self.call("CURRENT_TIME", [])

    def _write_currenttimestamp(self, node: Expr) -> Piece:
        return self.call("CURRENT_TIMESTAMP", [])

    _write_localtime = _write_localtimestamp = _write_currenttimestamp


def arithmetic_kind(left: Piece, right: Piece) -> str:
    """Return the kind of a sum, a difference or a product."""
    kinds = {left.kind, right.kind}
    if "unknown" in kinds:
        return "unknown"
    return "float" if "float" in kinds else "decimal" if "decimal" in kinds else "int"
