"""Query expressions: what users restrict, join, project, aggregate and fetch.

An expression holds a node and a connection, and nothing is asked of the database before a
fetch, ``len``, ``bool``, iteration or preview. See ``tests/spec/03-queries.md``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Heading
from datajoint_nb.query import algebra, nodes
from datajoint_nb.query.conditions import Constant, SqlText
from datajoint_nb.query.operands import AndList, Not, Top
from datajoint_nb.query.restriction import Builder, Miss
from datajoint_nb.sql import fragments, literals
from datajoint_nb.sql import select as sql_select
from datajoint_nb.tables import fetch, preview
from datajoint_nb.tables.either import either, either_property

if TYPE_CHECKING:
    from typing_extensions import Self

    from datajoint_nb.connection import Connection


class QueryExpression(fetch.Fetching, preview.Previewing):
    """A relation: rows with unique attribute names and a primary key."""

    _node: nodes.Node | None = None
    _connection: Connection | None = None
    _restriction: tuple[Any, ...] = ()
    # names in restrictions that had no effect: harmless in a query, but not in a delete
    _missed: tuple[Miss, ...] = ()
    # the class of results of operators that no longer are the rows of one table
    derived_class: ClassVar[type[QueryExpression]]

    @property
    def node(self) -> nodes.Node:
        """The expression's node."""
        if self._node is None:
            raise DataJointError(f"{type(self).__name__} is not a complete query expression")
        return self._node

    @either_property
    def connection(self) -> Connection:
        """The connection that the expression is evaluated on."""
        return self._require_connection()

    def _require_connection(self) -> Connection:
        if self._connection is None:
            raise DataJointError(f"{type(self).__name__} is not bound to a connection")
        return self._connection

    @either_property
    def heading(self) -> Heading:
        """Attributes of the expression."""
        return self.node.heading

    @either_property
    def primary_key(self) -> list[str]:
        """Names of the key attributes, in order."""
        return list(self.node.heading.primary_key)

    @either_property
    def restriction(self) -> AndList:
        """The restrictions applied last, as given."""
        return AndList(self._restriction)

    @either_property
    def restriction_attributes(self) -> set[str]:
        """Names of the attributes that the last restrictions read."""
        node = self.node
        return set(node.condition.names) if isinstance(node, nodes.Restrict) else set()

    @either_property
    def original_heading(self) -> Heading:
        """Heading before the last projection."""
        node = self.node
        return node.arg.heading if isinstance(node, nodes.Project) else node.heading

    # -- building --------------------------------------------------------------------------

    def _translate(self, text: str, types: Any, condition: bool) -> SqlText:
        target = self._require_connection().dialect.name
        return cast(SqlText, fragments.transpile(text, target, types, condition=condition))

    def _with(self, node: nodes.Node, keep_class: bool) -> Any:
        """An expression of another node; of the same class while it stays the rows of one table."""
        if keep_class:
            result = copy.copy(self)
        else:
            result = self.derived_class.__new__(self.derived_class)
            result._connection = self._require_connection()
        result._node = node
        result._restriction = ()
        return result

    def _operand(self, other: Any) -> QueryExpression | None:
        """`other` as an expression on the same connection, None when it is no expression."""
        expression = as_expression(other)
        if expression is None:
            return None
        if expression._require_connection() is not self._require_connection():
            raise DataJointError("Expressions on different connections cannot be combined")
        return expression

    def _required(self, other: Any, action: str) -> QueryExpression:
        if is_universal(other):
            raise DataJointError(
                f"Cannot {action} a universal set; restrict it instead: dj.U(…) & expression"
            )
        expression = self._operand(other)
        if expression is None:
            raise DataJointError(f"Cannot {action} {type(other).__name__}: a query expression is needed")
        return expression

    def _builder(self, semantic_check: bool = True) -> Builder:
        return Builder(self.node.heading, self._translate, self._operand, is_universal, semantic_check)

    @either
    def restrict(self, condition: Any, semantic_check: bool = True) -> Any:
        """Rows that meet `condition`; the same as ``self & condition``.

        Parameters
        ----------
        condition : str, mapping, QueryExpression, AndList, iterable, Not, Top or bool
            An iterable means any of its members, an `AndList` all of them.
        semantic_check : bool
            Whether attributes shared with an expression must have the same origin.

        Raises
        ------
        DataJointError
            For anything that is no condition.
        UnknownAttributeError
            For SQL that names unknown attributes.

        See
        ---
        tests/spec/03-queries.md §3
        """
        if isinstance(condition, Top):
            node = algebra.limit(self.node, condition, fragments.order_items)
            return self._with(node, keep_class=True)
        if isinstance(condition, type) and issubclass(condition, Top):
            raise DataJointError("Restrict by an instance of Top, such as dj.Top(10), not by the class")
        builder = self._builder(semantic_check)
        built = builder.build(condition)
        if isinstance(built, Constant) and built.value and not builder.missed:
            return self
        result = self._with(algebra.restrict(self.node, built), keep_class=True)
        result._restriction = (*self._restriction, condition)
        result._missed = (*self._missed, *builder.missed)
        return result

    def restrict_in_place(self, condition: Any) -> Self:
        """Restrict this very object; the only operation that changes an expression."""
        result = self.restrict(condition)
        self._node, self._restriction, self._missed = result.node, result._restriction, result._missed
        return self

    def __and__(self, condition: Any) -> Any:
        return self.restrict(condition)

    def __sub__(self, condition: Any) -> Any:
        if isinstance(condition, Top):
            raise DataJointError("Top can only restrict with &; it has no complement")
        return self.restrict(Not(condition))

    def __neg__(self) -> Not:
        return Not(self)

    def __mul__(self, other: Any) -> Any:
        return self.join(other)

    def __add__(self, other: Any) -> Any:
        """Rows of either expression; see ``tests/spec/03-queries.md`` §8."""
        expression = self._required(other, "unite with")
        return self._with(algebra.union(self.node, expression.node), keep_class=False)

    def __xor__(self, other: Any) -> Any:
        raise DataJointError("The operator ^ was removed; use .restrict(other, semantic_check=False)")

    def __matmul__(self, other: Any) -> Any:
        raise DataJointError("The operator @ was removed; use .join(other, semantic_check=False)")

    def __or__(self, other: Any) -> Any:
        raise DataJointError("There is no operator |; restrict by a list for 'or', or unite with +")

    __ror__ = __or__

    @either
    def proj(self, /, *attributes: Any, **named: Any) -> Any:
        """The primary key with selected, renamed and computed attributes.

        Parameters
        ----------
        *attributes : str or ``...``
            Names to include; ``...`` for all secondary attributes; ``"-name"`` to leave one out.
        **named : str
            ``new="old"`` renames, ``new="(old)"`` duplicates, ``new="sql expression"`` computes,
            ``new="json_attribute.path:type"`` extracts.

        Raises
        ------
        UnknownAttributeError
            For names that the expression lacks.
        DataJointError
            For name clashes, and for aggregate functions.

        See
        ---
        tests/spec/03-queries.md §4
        """
        node = algebra.project(self.node, attributes, named, self._translate)
        return self._with(node, keep_class=True)

    @either
    def join(
        self, other: Any, semantic_check: bool = True, left: bool = False, allow_nullable_pk: bool = False
    ) -> Any:
        """Pairs of rows that agree on all common attributes; ``self * other``.

        Parameters
        ----------
        semantic_check : bool
            Whether common attributes must have the same origin.
        left : bool
            Keep all rows of self; needs `other` to be determined by self.
        allow_nullable_pk : bool
            Accepted with ``left=False`` only, for compatibility.

        Raises
        ------
        DataJointError
            For attributes of different origin, and undetermined left joins.

        See
        ---
        tests/spec/03-queries.md §5
        """
        expression = self._required(other, "join with")
        node = algebra.join(self.node, expression.node, semantic_check, left)
        return self._with(node, keep_class=False)

    @either
    def extend(self, other: Any, semantic_check: bool = True) -> Any:
        """All rows of self with the attributes of the row of `other` that they determine."""
        return self.join(other, semantic_check=semantic_check, left=True)

    @either
    def aggr(self, /, group: Any, *attributes: Any, exclude_nonmatching: bool = False, **named: Any) -> Any:
        """Rows of self, each with values computed from the matching rows of `group`.

        Parameters
        ----------
        group : QueryExpression
            Has all key attributes of self.
        *attributes : str or ``...``
            Secondary attributes of self to keep.
        exclude_nonmatching : bool
            Leave out rows of self without a match.
        **named : str
            ``name="count(*)"`` and other aggregate expressions.

        Raises
        ------
        DataJointError
            When `group` lacks part of the key, or attributes differ in origin.

        See
        ---
        tests/spec/03-queries.md §6
        """
        if "keep_all_rows" in named:
            exclude_nonmatching = _keep_all_rows(named.pop("keep_all_rows"))
        expression = self._required(group, "aggregate")
        node = algebra.aggregate(
            self.node, expression.node, attributes, named, self._translate, exclude_nonmatching
        )
        return self._with(node, keep_class=False)

    aggregate = aggr

    # -- asking ------------------------------------------------------------------------------

    @either
    def make_sql(self, fields: Sequence[str] | None = None) -> str:
        """The SELECT statement, with values written out, for reading and for database clients.

        Parameters
        ----------
        fields : sequence of str, optional
            Only these attributes.

        Raises
        ------
        UnknownAttributeError
            For fields that the expression lacks.
        """
        node = self.node
        names = None if fields is None else list(fields)
        if names is not None:
            missing = [name for name in names if name not in node.heading]
            if missing:
                raise algebra.unknown(missing, node.heading, "make_sql")
        dialect = self._require_connection().dialect
        return literals.written_out(sql_select.select(node, dialect, names), dialect)

    def __len__(self) -> int:
        connection = self._require_connection()
        result = connection.execute(sql_select.count(self.node, connection.dialect))
        return int(result.rows[0][0])

    def __bool__(self) -> bool:
        connection = self._require_connection()
        return bool(connection.execute(sql_select.exists(self.node, connection.dialect)).rows[0][0])

    def __contains__(self, condition: Any) -> bool:
        return bool(self.restrict(condition))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return fetch.iterate(self)


def _keep_all_rows(value: Any) -> bool:
    import warnings

    if isinstance(value, str):
        raise DataJointError("keep_all_rows is the former name of an option; choose another attribute name")
    warnings.warn(
        "keep_all_rows is deprecated; use exclude_nonmatching with the opposite value",
        DeprecationWarning,
        stacklevel=4,
    )
    return not value


def as_expression(given: Any) -> QueryExpression | None:
    """A query expression from one or from a table class, None for anything else."""
    if isinstance(given, QueryExpression):
        return given
    if isinstance(given, type) and issubclass(given, QueryExpression):
        return given()
    return None


class Universal:
    """Marks universal sets, so that expressions know them without importing them."""


def is_universal(given: Any) -> bool:
    """Whether `given` is a universal set."""
    return isinstance(given, Universal)


class DerivedExpression(QueryExpression):
    """A join, an aggregation, a union, or the distinct values of attributes."""

    def delete(self, *args: Any, **kwargs: Any) -> int:
        """Rows can only be deleted from one table.

        Raises
        ------
        DataJointError
            Always.
        """
        raise DataJointError(
            "Rows are deleted from one table, not from a join, aggregation or union: restrict the table by "
            "the expression, (Table & expression).delete()"
        )

    delete_quick = delete


QueryExpression.derived_class = DerivedExpression
