"""The universal set ``dj.U``: ``tests/spec/03-queries.md`` §7."""

from __future__ import annotations

from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.query import algebra
from datajoint_nb.tables.expression import QueryExpression, Universal, as_expression


class U(Universal):
    """All possible tuples of some attributes; an operand that has no rows of its own.

    ``U('x') & A`` are the distinct values of ``x`` in A; ``U('x').aggr(A, n='count(*)')`` groups
    the rows of A by ``x``; ``U()`` has exactly one (empty) tuple.
    """

    def __init__(self, *names: str):
        for name in names:
            if not isinstance(name, str):
                raise DataJointError(f"U takes attribute names as texts, not {type(name).__name__}")
        self.names = names

    @property
    def primary_key(self) -> list[str]:
        """The attributes, as written."""
        return list(self.names)

    def _expression(self, other: Any) -> QueryExpression:
        expression = as_expression(other)
        if expression is None:
            raise DataJointError(
                f"A universal set combines with query expressions, not {type(other).__name__}"
            )
        return expression

    def __and__(self, other: Any) -> Any:
        expression = self._expression(other)
        return expression._with(algebra.distinct(self.names, expression.node), keep_class=False)

    restrict = __and__

    def __sub__(self, other: Any) -> Any:
        raise DataJointError("A universal set has no complement; subtract the other way round")

    def __mul__(self, other: Any) -> Any:
        raise DataJointError("A universal set cannot be joined; restrict it instead: dj.U(…) & expression")

    join = __rmul__ = __mul__

    def aggr(self, group: Any, **named: Any) -> Any:
        """Rows of `group` grouped by the attributes, with aggregate expressions.

        Raises
        ------
        DataJointError
            For ``exclude_nonmatching=False``: there is no row without a match.
        UnknownAttributeError
            When `group` lacks an attribute.
        """
        if named.pop("exclude_nonmatching", True) is False:
            raise DataJointError("A universal set has no rows of its own that could be kept without a match")
        expression = self._expression(group)
        node = algebra.universal_aggregate(self.names, expression.node, named, expression._translate)
        return expression._with(node, keep_class=False)

    aggregate = aggr

    def __repr__(self) -> str:
        return f"U({', '.join(map(repr, self.names))})"
