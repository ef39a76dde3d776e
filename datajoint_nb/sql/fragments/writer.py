"""Syntax tree -> SQL: what is the same for all databases.

A `Writer` walks the tree of one fragment. Each kind of node has a method ``_write_<key>``; a node
without a method is refused, so nothing reaches a database that is not written here. What a
database does differently is in its subclass: coercions between kinds, and a table of calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from datajoint_nb.sql.fragments.calls import AGGREGATES, Calls, expand, result_kind
from datajoint_nb.sql.fragments.coercion import Coercion
from datajoint_nb.sql.fragments.piece import Piece, kind_of_type

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

__all__ = ["Writer", "balanced"]

_FUNCTION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_SUBQUERY = "a subquery has no place in it; restrict by a query expression instead, as in `A & B`"
_FLAT = 50


def balanced(connective: str, terms: Sequence[str]) -> str:
    """Return the terms joined by `connective`; long lists become a balanced tree.

    SQLite refuses expressions that are more than 1000 operators deep.
    """
    if len(terms) <= _FLAT:
        return f" {connective} ".join(terms)
    middle = len(terms) // 2
    halves = balanced(connective, terms[:middle]), balanced(connective, terms[middle:])
    return f"({halves[0]}) {connective} ({halves[1]})"


class Writer(Coercion):
    """Writes the tree of one fragment.

    Parameters
    ----------
    text : str
        The fragment, for messages.
    types : mapping of str to str
        The type of each attribute that the fragment mentions.
    """

    quote: ClassVar[str] = '"'
    calls: ClassVar[Calls] = {}
    special_calls: ClassVar[Mapping[str, Callable[[Any, Sequence[Expr]], Piece]]] = {}

    def __init__(self, text: str, types: Mapping[str, str]):
        super().__init__(text)
        self.types = types
        self.aggregate = False

    # -- entry ---------------------------------------------------------------------------

    def write(self, node: Expr) -> Piece:
        """Return the piece for a node, or refuse the fragment."""
        method: Callable[[Any], Piece] | None = getattr(self, f"_write_{node.key}", None)
        if method is None:
            raise self.refuse(f"{node.key.upper()!r} has no place in it")
        return method(node)

    def result(self, piece: Piece, condition: bool) -> str:
        """Return the text of the whole fragment."""
        return (self.condition(piece) if condition else self.value(piece)).sql

    def value(self, piece: Piece) -> Piece:
        """Return a piece as the value of a computed attribute."""
        return piece

    # -- leaves --------------------------------------------------------------------------

    def column(self, name: str) -> Piece:
        """Return the piece for an attribute."""
        type_name = self.types[name]
        quoted = name.replace(self.quote, self.quote * 2)
        return Piece(f"{self.quote}{quoted}{self.quote}", kind_of_type(type_name), column=type_name)

    def number_literal(self, digits: str) -> Piece:
        """Return the piece for a number as it is written in the fragment."""
        if not _NUMBER.fullmatch(digits.lstrip("-")):
            raise self.refuse(f"{digits!r} is not a number")
        if digits.endswith("."):
            digits = digits[:-1]
        if "e" in digits.lower():
            return Piece(digits, "float", digits)
        return Piece(digits, "decimal" if "." in digits else "int", digits)

    def _write_column(self, node: Expr) -> Piece:
        if node.this.key != "identifier":
            raise self.refuse("`*` stands for attributes only in COUNT(*)")
        return self.column(node.name)

    def _write_literal(self, node: Expr) -> Piece:
        return self.string(node.name) if node.is_string else self.number_literal(node.name)

    def _write_national(self, node: Expr) -> Piece:
        return self.string(node.name)

    def _write_rawstring(self, node: Expr) -> Piece:
        return self.string(node.name)

    def _write_introducer(self, node: Expr) -> Piece:
        return self.write(node.expression)

    def _write_hexstring(self, node: Expr) -> Piece:
        digits = node.name
        if len(digits) % 2 or not re.fullmatch(r"[0-9A-Fa-f]*", digits):
            raise self.refuse(f"{digits!r} is no even number of hexadecimal digits")
        return self.bytes_literal(digits)

    def _write_bitstring(self, node: Expr) -> Piece:
        return self.number_literal(str(int(node.name, 2)))

    def _write_boolean(self, node: Expr) -> Piece:
        return Piece("TRUE" if node.this else "FALSE", "bool")

    def _write_null(self, node: Expr) -> Piece:
        return Piece("NULL", "null")

    def _write_paren(self, node: Expr) -> Piece:
        return self.write(node.this)

    # -- refused with advice ---------------------------------------------------------------

    def _write_select(self, node: Expr) -> Piece:
        raise self.refuse(_SUBQUERY)

    _write_subquery = _write_exists = _write_union = _write_except = _write_intersect = _write_all = (
        _write_any
    ) = _write_select

    def _write_star(self, node: Expr) -> Piece:
        raise self.refuse("`*` stands for attributes only in COUNT(*)")

    def _write_interval(self, node: Expr) -> Piece:
        raise self.refuse("an INTERVAL can only be added to a date or subtracted from one")

    def _write_tuple(self, node: Expr) -> Piece:
        raise self.refuse("a list in parentheses can only be compared, or follow IN")

    # -- logic ---------------------------------------------------------------------------

    def _write_and(self, node: Expr) -> Piece:
        return self.connect(node, "AND")

    def _write_or(self, node: Expr) -> Piece:
        return self.connect(node, "OR")

    def connect(self, node: Expr, connective: str) -> Piece:
        """Return a chain of AND or OR, however long."""
        key, terms = node.key, []
        while node.key == key:
            terms.append(node.expression)
            node = node.this
        terms.append(node)
        return self.joined(connective, [self.write(term) for term in reversed(terms)])

    def joined(self, connective: str, terms: Sequence[Piece]) -> Piece:
        """Return conditions joined by AND or OR."""
        return Piece(balanced(connective, [self.condition(t).operand for t in terms]), "bool", compound=True)

    def _write_xor(self, node: Expr) -> Piece:
        left, right = (self.condition(self.write(term)).operand for term in (node.this, node.expression))
        return Piece(f"(NOT {left}) <> (NOT {right})", "bool", compound=True)

    def _write_not(self, node: Expr) -> Piece:
        if node.this.key == "is":
            return self._write_is(node.this, "IS NOT")
        return Piece(f"NOT {self.condition(self.write(node.this)).operand}", "bool", compound=True)

    def _write_is(self, node: Expr, verb: str = "IS") -> Piece:
        left, right = self.write(node.this), node.expression
        if right.key == "null":
            return Piece(f"{left.operand} {verb} NULL", "bool", compound=True)
        if right.key == "boolean":
            sql = f"{self.condition(left).operand} {verb} {'TRUE' if right.this else 'FALSE'}"
            return Piece(sql, "bool", compound=True)
        same = self.compare("<=>", left, self.write(right))
        return same if verb == "IS" else Piece(f"NOT {same.operand}", "bool", compound=True)

    # -- choice --------------------------------------------------------------------------

    def _write_if(self, node: Expr) -> Piece:
        default = node.args.get("false")
        return self.choose(
            [(self.condition(self.write(node.this)), self.write(node.args["true"]))],
            self.write(default) if default is not None else None,
        )

    def _write_case(self, node: Expr) -> Piece:
        subject = self.write(node.this) if node.this is not None else None
        branches = []
        for branch in node.args["ifs"]:
            test = self.write(branch.this)
            tested = self.condition(test) if subject is None else self.compare("=", subject, test)
            branches.append((tested, self.write(branch.args["true"])))
        default = node.args.get("default")
        return self.choose(branches, self.write(default) if default is not None else None)

    def choose(self, branches: Sequence[tuple[Piece, Piece]], default: Piece | None) -> Piece:
        """Return a CASE whose results are brought to one kind."""
        results = [result for _, result in branches] + ([] if default is None else [default])
        results, kind = self.unify(results)
        whens = [f"WHEN {test.sql} THEN {r.sql}" for (test, _), r in zip(branches, results, strict=False)]
        otherwise = "" if default is None else f" ELSE {results[-1].sql}"
        return Piece(f"CASE {' '.join(whens)}{otherwise} END", kind)

    # -- calls ---------------------------------------------------------------------------

    def _write_anonymous(self, node: Expr) -> Piece:
        name = node.this if isinstance(node.this, str) else node.name
        if not _FUNCTION_NAME.fullmatch(name):
            raise self.refuse(f"{name!r} is not the name of a function")
        if name.upper() == "COUNT":
            return self._write_count(node)
        if name.upper() in self.special_calls:
            return self.special_calls[name.upper()](self, node.expressions)
        distinct, arguments = self.arguments(node.expressions)
        return self.call(name, arguments, distinct)

    def arguments(self, nodes: Sequence[Expr]) -> tuple[bool, list[Piece]]:
        """Return whether the arguments start with DISTINCT, and the arguments."""
        if len(nodes) == 1 and nodes[0].key == "distinct":
            return True, [self.write(node) for node in nodes[0].expressions]
        return False, [self.write(node) for node in nodes]

    def call(self, name: str, arguments: Sequence[Piece], distinct: bool = False) -> Piece:
        """Return a call of the function that MySQL calls `name`; an unknown one is passed on."""
        upper = name.upper()
        self.aggregate = self.aggregate or upper in AGGREGATES
        kind = result_kind(upper, arguments, self)
        form = self.calls.get(upper)
        if callable(form):
            built = form(self, arguments)
            piece = built if isinstance(built, Piece) else Piece(built, kind, compound=True)
        elif form is not None and len(arguments) in form:
            sql = expand(form[len(arguments)], self, arguments)
            piece = Piece(sql, kind, compound=not re.fullmatch(r"\w+\((.*)\)", sql))
        else:
            piece = Piece(f"{name}({', '.join(argument.sql for argument in arguments)})", kind)
        return self.distinctly(piece, upper, distinct)

    def distinctly(self, piece: Piece, name: str, distinct: bool) -> Piece:
        """Return an aggregate over distinct values."""
        if not distinct:
            return piece
        head, bracket, tail = piece.sql.partition("(")
        if name not in AGGREGATES or not (head.upper() in AGGREGATES or head.startswith("djnb_")):
            raise self.refuse(f"DISTINCT has no place in {name}()")
        return Piece(f"{head}{bracket}DISTINCT {tail}", piece.kind, compound=piece.compound)

    def _write_count(self, node: Expr) -> Piece:
        """Return COUNT; the only function that takes ``*`` and several distinct values."""
        self.aggregate = True
        nodes = node.expressions
        if len(nodes) == 1 and nodes[0].key == "star":
            return Piece("COUNT(*)", "int")
        distinct, arguments = self.arguments(nodes)
        if not arguments or (len(arguments) > 1 and not distinct):
            raise self.refuse("COUNT takes `*`, one expression, or DISTINCT and a list of expressions")
        if len(arguments) > 1:
            return Piece(f"COUNT(DISTINCT {self.combination(arguments)})", "int")
        return Piece(f"COUNT({'DISTINCT ' if distinct else ''}{arguments[0].sql})", "int")

    def combination(self, pieces: Sequence[Piece]) -> str:
        """Return one value for several, NULL if any of them is, for COUNT(DISTINCT …)."""
        present = " AND ".join(f"{piece.operand} IS NOT NULL" for piece in pieces)
        return f"CASE WHEN {present} THEN {self.together(pieces)} END"

    def together(self, pieces: Sequence[Piece]) -> str:
        """Return one value that differs whenever any of the pieces does."""
        return f"({', '.join(piece.sql for piece in pieces)})"

    def _write_window(self, node: Expr) -> Piece:
        """Return a function over a window, without a frame."""
        if node.args.get("spec") or node.args.get("alias") or node.args.get("first") is not None:
            raise self.refuse("the frame of a window has no place in it")
        before = self.aggregate
        function = self.write(node.this)
        self.aggregate = before
        parts = []
        if node.args.get("partition_by"):
            parts.append(f"PARTITION BY {', '.join(self.write(n).sql for n in node.args['partition_by'])}")
        if node.args.get("order"):
            keys = [self.sort_key(*self.ordered(n)) for n in node.args["order"].expressions]
            parts.append(f"ORDER BY {', '.join(keys)}")
        return Piece(f"{function.sql} OVER ({' '.join(parts)})", function.kind)

    def ordered(self, node: Expr) -> tuple[Piece, bool]:
        """Return the key of an ORDER BY inside a call, and whether it descends."""
        if node.key != "ordered":
            return self.write(node), False
        return self.write(node.this), bool(node.args.get("desc"))

    def sort_key(self, key: Piece, descending: bool) -> str:
        """Return an item of ORDER BY; NULL comes first when ascending."""
        return f"{key.operand}{' DESC' if descending else ''}"
