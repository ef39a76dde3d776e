"""Syntax tree -> SQL: text and casts with a syntax of their own, and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from datajoint_nb.sql.fragments.arithmetic import ArithmeticWriter
from datajoint_nb.sql.fragments.json_path import Path, path_of_node, path_of_text
from datajoint_nb.sql.fragments.piece import Piece

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

__all__ = ["OperatorWriter"]

_CASTS = {
    "BIGINT": "signed",
    "INT": "signed",
    "SMALLINT": "signed",
    "TINYINT": "signed",
    "UBIGINT": "unsigned",
    "UINT": "unsigned",
    "CHAR": "char",
    "NCHAR": "char",
    "VARCHAR": "char",
    "NVARCHAR": "char",
    "TEXT": "char",
    "CHARACTER_SET": "char",
    "DECIMAL": "decimal",
    "DOUBLE": "double",
    "FLOAT": "double",
    "DATE": "date",
    "DATETIME": "datetime",
    "TIMESTAMP": "datetime",
    "TIMESTAMPTZ": "datetime",
    "TIME": "time",
    "BINARY": "binary",
    "VARBINARY": "binary",
    "BLOB": "binary",
    "JSON": "json",
    "JSONB": "json",
    "BOOLEAN": "boolean",
}


class OperatorWriter(ArithmeticWriter):
    """A `Writer` with all that a fragment may hold; still without a database's own ways."""

    # -- text with a syntax of its own --------------------------------------------------------

    def _write_concat(self, node: Expr) -> Piece:
        return self.call("CONCAT", [self.write(part) for part in node.expressions])

    def _write_dpipe(self, node: Expr) -> Piece:
        return self.call("CONCAT", [self.write(node.this), self.write(node.expression)])

    def _write_substring(self, node: Expr) -> Piece:
        parts = [node.this, node.args.get("start"), node.args.get("length")]
        return self.call("SUBSTRING", [self.write(part) for part in parts if part is not None])

    def _write_strposition(self, node: Expr) -> Piece:
        return self.call("LOCATE", [self.write(node.args["substr"]), self.write(node.this)])

    def _write_trim(self, node: Expr) -> Piece:
        side = str(node.args.get("position") or "BOTH").upper()
        what = node.expression
        characters = self.write(what) if what is not None else self.string(" ")
        return self.trimmed(self.text(self.write(node.this)), self.text(characters), side)

    def trimmed(self, piece: Piece, remove: Piece, side: str) -> Piece:
        """Return a text without the repetitions of `remove` at its ends."""
        return Piece(f"TRIM({side} {remove.sql} FROM {piece.sql})", "text")

    def _write_groupconcat(self, node: Expr) -> Piece:
        """Return GROUP_CONCAT([DISTINCT] x [ORDER BY …] [SEPARATOR s])."""
        self.aggregate = True
        inner, order, distinct = node.this, [], False
        if inner.key == "order":
            order = [self.ordered(item) for item in inner.expressions]
            inner = inner.this
        if inner.key == "distinct":
            distinct = True
            values = [self.write(item) for item in inner.expressions]
        else:
            values = [self.write(inner)]
        separator = node.args.get("separator")
        value = values[0] if len(values) == 1 else self.call("CONCAT", values)
        return self.listed(value, self.write(separator) if separator else self.string(","), order, distinct)

    def listed(
        self, value: Piece, separator: Piece, order: Sequence[tuple[Piece, bool]], distinct: bool
    ) -> Piece:
        """Return the values of a group as one text."""
        raise NotImplementedError

    # -- casts and JSON ---------------------------------------------------------------------

    def _write_cast(self, node: Expr) -> Piece:
        to = node.args["to"]
        name = to.this.name if hasattr(to.this, "name") else str(to.this)
        form = _CASTS.get(name.upper())
        if form is None:
            raise self.refuse(f"CAST to {name} is not portable")
        sizes = [parameter.this.name for parameter in to.expressions]
        if not all(size.isdigit() for size in sizes):
            raise self.refuse("the size of a CAST must be an integer")
        return self.cast(self.write(node.this), form, [int(size) for size in sizes])

    _write_trycast = _write_cast

    def cast(self, piece: Piece, form: str, sizes: Sequence[int]) -> Piece:
        """Return a piece cast to ``signed unsigned char decimal double date datetime time binary json``."""
        raise NotImplementedError

    def _write_jsonextract(self, node: Expr) -> Piece:
        return self.extracted(self.write(node.this), path_of_node(node.expression, self))

    def _write_jsonextractscalar(self, node: Expr) -> Piece:
        found = self.extracted(self.write(node.this), path_of_node(node.expression, self))
        return self.unquoted(found)

    def _write_jsonvalue(self, node: Expr) -> Piece:
        return self.json_value(
            self.write(node.this), path_of_node(node.args["path"], self), node.args.get("returning")
        )

    def json_value(self, document: Piece, path: Path, returning: Expr | None) -> Piece:
        """Return JSON_VALUE: the plain value at a path."""
        found = self.plain_value(document, path)
        if not returning:
            return found
        form = _CASTS.get(returning.this.name.upper())
        if form is None:
            raise self.refuse("the type after RETURNING is not portable")
        return self.cast(found, form, [int(p.this.name) for p in returning.expressions])

    def plain_value(self, document: Piece, path: Path) -> Piece:
        """Return the plain text at a path."""
        return self.unquoted(self.extracted(document, path))

    def _json_extraction(self, nodes: Sequence[Expr]) -> Piece:
        """Return JSON_EXTRACT(document, path)."""
        if len(nodes) != 2:
            raise self.refuse("JSON_EXTRACT takes a document and one path")
        return self.extracted(self.write(nodes[0]), path_of_node(nodes[1], self))

    def extracted(self, document: Piece, path: Path) -> Piece:
        """Return the JSON at a path in a document."""
        raise NotImplementedError

    def unquoted(self, piece: Piece) -> Piece:
        """Return JSON as plain text."""
        return self.text(piece)

    def path(self, piece: Piece) -> Path:
        """Return the path that a string literal spells."""
        if piece.string is None:
            raise self.refuse("a JSON path must be a string literal such as '$.name[0]'")
        return path_of_text(piece.string, self)

    special_calls: ClassVar[Mapping[str, Callable[[Any, Sequence[Expr]], Piece]]] = {
        "ADDDATE": ArithmeticWriter._date_addition,
        "DATE_ADD": ArithmeticWriter._date_addition,
        "DATE_SUB": ArithmeticWriter._date_subtraction,
        "JSON_EXTRACT": _json_extraction,
        "SUBDATE": ArithmeticWriter._date_subtraction,
        "TIMESTAMPADD": ArithmeticWriter._timestamp_addition,
        "TIMESTAMPDIFF": ArithmeticWriter._timestamp_difference,
    }
