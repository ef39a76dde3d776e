"""Syntax tree -> SQL: comparisons, membership and patterns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from datajoint_nb.sql.fragments.piece import Piece
from datajoint_nb.sql.fragments.writer import Writer, balanced

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

__all__ = ["ComparisonWriter", "bare"]

_COLLATION = re.compile(r"[A-Za-z0-9_]+")


class ComparisonWriter(Writer):
    """A `Writer` with comparisons."""

    # -- comparisons -----------------------------------------------------------------------

    def _write_eq(self, node: Expr) -> Piece:
        return self.compare_nodes("=", node)

    def _write_neq(self, node: Expr) -> Piece:
        return self.compare_nodes("<>", node)

    def _write_lt(self, node: Expr) -> Piece:
        return self.compare_nodes("<", node)

    def _write_lte(self, node: Expr) -> Piece:
        return self.compare_nodes("<=", node)

    def _write_gt(self, node: Expr) -> Piece:
        return self.compare_nodes(">", node)

    def _write_gte(self, node: Expr) -> Piece:
        return self.compare_nodes(">=", node)

    def _write_nullsafeeq(self, node: Expr) -> Piece:
        return self.compare_nodes("<=>", node)

    def compare_nodes(self, operator: str, node: Expr) -> Piece:
        """Return the comparison of the two operands of a node; rows are compared for equality."""
        left, right = bare(node.this), bare(node.expression)
        if "tuple" not in (left.key, right.key):
            return self.compare(operator, self.write(left), self.write(right))
        if operator not in {"=", "<>"}:
            raise self.refuse("rows can only be compared by =, <> and IN")
        same = self.equal_rows(left, right)
        return same if operator == "=" else Piece(f"NOT {same.operand}", "bool", compound=True)

    def equal_rows(self, left: Expr, right: Expr) -> Piece:
        """Return the equality of two rows, such as ``(a, b) = (1, 2)``."""
        if left.key != right.key or len(left.expressions) != len(right.expressions):
            raise self.refuse("rows of different lengths are compared")
        pairs = zip(left.expressions, right.expressions, strict=True)
        terms = [self.compare("=", self.write(a), self.write(b)).operand for a, b in pairs]
        return Piece(" AND ".join(terms), "bool", compound=True)

    def _write_in(self, node: Expr) -> Piece:
        if any(node.args.get(part) for part in ("query", "unnest", "field")):
            raise self.refuse("a subquery has no place in it; restrict by a query expression, as in `A & B`")
        left = bare(node.this)
        if not node.expressions:
            raise self.refuse("IN () holds no value")
        if left.key == "tuple":
            rows = [self.equal_rows(left, bare(item)).operand for item in node.expressions]
            return Piece(balanced("OR", rows), "bool", compound=True)
        return self.member(self.write(left), [self.write(item) for item in node.expressions])

    def member(self, left: Piece, items: Sequence[Piece]) -> Piece:
        """Return whether a value is one of several."""
        pairs = [self.reconcile(left, item) for item in items]
        subjects = {subject.sql for subject, _ in pairs}
        if len(subjects) == 1 and self.plain_comparison(left):
            return Piece(
                f"{pairs[0][0].operand} IN ({', '.join(item.sql for _, item in pairs)})",
                "bool",
                compound=True,
            )
        terms = [self.compare("=", left, item).operand for item in items]
        return Piece(balanced("OR", terms), "bool", compound=True)

    def plain_comparison(self, left: Piece) -> bool:
        """Return whether `compare` does no more for `left` than to reconcile."""
        return True

    def _write_between(self, node: Expr) -> Piece:
        subject, low, high = (self.write(n) for n in (node.this, node.args["low"], node.args["high"]))
        first, last = self.reconcile(subject, low), self.reconcile(subject, high)
        if first[0].sql == last[0].sql and self.plain_comparison(subject):
            sql = f"{first[0].operand} BETWEEN {first[1].operand} AND {last[1].operand}"
            return Piece(sql, "bool", compound=True)
        terms = self.compare(">=", subject, low), self.compare("<=", subject, high)
        return Piece(f"{terms[0].operand} AND {terms[1].operand}", "bool", compound=True)

    # -- patterns --------------------------------------------------------------------------

    def _write_like(self, node: Expr, escape: str = "\\") -> Piece:
        left, pattern = self.text(self.write(node.this)), self.text(self.write(node.expression))
        verb = "NOT LIKE" if node.args.get("negate") else "LIKE"
        sql = f"{left.operand} {verb} {pattern.operand}{self.escape_clause(escape)}"
        return Piece(sql, "bool", compound=True)

    def _write_escape(self, node: Expr) -> Piece:
        if node.this.key != "like" or not node.expression.is_string:
            raise self.refuse("ESCAPE takes one character")
        return self._write_like(node.this, node.expression.name)

    def escape_clause(self, escape: str) -> str:
        """Return the clause that names the escape character, unless it is the database's own."""
        return "" if escape == "\\" else f" ESCAPE {self.string(escape).sql}"

    def _write_ilike(self, node: Expr) -> Piece:
        left, pattern = (self.call("LOWER", [self.write(n)]) for n in (node.this, node.expression))
        verb = "NOT LIKE" if node.args.get("negate") else "LIKE"
        return Piece(
            f"{left.operand} {verb} {pattern.operand}{self.escape_clause(chr(92))}", "bool", compound=True
        )

    def _write_regexplike(self, node: Expr) -> Piece:
        return self.matches(self.text(self.write(node.this)), self.text(self.write(node.expression)))

    _write_regexpilike = _write_regexplike

    def matches(self, subject: Piece, pattern: Piece) -> Piece:
        """Return whether a text holds a match of a regular expression."""
        return Piece(f"{subject.operand} REGEXP {pattern.operand}", "bool", compound=True)

    def _write_collate(self, node: Expr) -> Piece:
        name = node.expression.name
        if not _COLLATION.fullmatch(name):
            raise self.refuse(f"{name!r} is not the name of a collation")
        return self.collated(self.text(self.write(node.this)), name)

    def collated(self, piece: Piece, collation: str) -> Piece:
        """Return a text with a collation."""
        return Piece(f"{piece.operand} COLLATE {collation}", "text", compound=True)


def bare(node: Expr) -> Expr:
    """Return a node without the parentheses around it."""
    while node.key == "paren":
        node = node.this
    return node
