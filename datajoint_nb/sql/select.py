"""From expression nodes to one SELECT statement.

Each node becomes a `Select`, a query under construction. An operator extends the operand's query
where that means the same, and otherwise wraps it as a derived table: correctness beats
flattening (``tests/spec/03-queries.md`` §12).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from datajoint_nb.query.conditions import TRUE, Condition, InQuery, JsonPath, complement
from datajoint_nb.query.nodes import (
    Aggregate,
    Base,
    Distinct,
    Join,
    Limit,
    Node,
    Project,
    Restrict,
    Union,
)
from datajoint_nb.sql import conditions, json_paths
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import Statement

Params = tuple[Any, ...]


@dataclass
class Select:
    """A query under construction.

    Attributes
    ----------
    source : str
        What follows FROM.
    columns : dict
        Output name -> SQL expression.
    scope : frozenset of str
        Every column name that `source` offers, selected or not.
    closed : bool
        Whether rows are already grouped, made distinct or limited, so that a condition or a join
        has to go around the query.
    """

    source: str
    columns: dict[str, str]
    scope: frozenset[str]
    from_params: Params = ()
    where: list[str] = field(default_factory=list)
    where_params: Params = ()
    tables: int = 1
    closed: bool = False
    distinct: bool = False
    group: str = ""
    order: tuple[tuple[str, bool], ...] = ()
    nulls: frozenset[str] = frozenset()
    limit: int | None = None
    offset: int = 0
    limited: bool = False
    # one row made by aggregate functions alone: without them the query would not be one row
    single: bool = False


class Compiler:
    """Writes the nodes of one statement; derived tables are numbered within it."""

    def __init__(self, dialect: Dialect):
        self.dialect = dialect
        self.quote = dialect.quote
        self.derived = 0
        self.writers = {
            Base: self.base,
            Restrict: self.restrict,
            Project: self.project,
            Join: self.join,
            Aggregate: self.aggregate,
            Distinct: self.distinct,
            Union: self.union,
            Limit: self.limit,
        }

    def select(self, node: Node) -> Select:
        """The query of a node."""
        write = cast("Callable[[Node], Select]", self.writers[type(node)])
        return write(node)

    def text(self, select: Select) -> tuple[str, Params]:
        """The query as SQL with its values."""
        quote = self.quote
        columns = ", ".join(
            [
                expression if expression == quote(name) else f"{expression} AS {quote(name)}"
                for name, expression in select.columns.items()
            ]
        )
        parts = ["SELECT DISTINCT " if select.distinct else "SELECT ", columns or f"1 AS {quote('_one')}"]
        parts += [" FROM ", select.source]
        if select.where:
            parts += [" WHERE ", " AND ".join(select.where)]
        parts.append(select.group)
        if select.order:
            parts += [" ORDER BY ", self.order_items(select.order, select.nulls)]
        parts.append(self.limits(select))
        return "".join(parts), select.from_params + select.where_params

    def order_items(self, order: Sequence[tuple[str, bool]], nullable: frozenset[str]) -> str:
        """NULL sorts first ascending and last descending, on every server.

        It is said only where there can be NULL: PostgreSQL could not use the index of a key otherwise.
        """
        nulls = nullable if self.dialect.nulls_sort_last else ()
        return ", ".join(
            self.quote(name)
            + (" DESC" if descending else "")
            + ((" NULLS LAST" if descending else " NULLS FIRST") if name in nulls else "")
            for name, descending in order
        )

    def limits(self, select: Select) -> str:
        """``LIMIT`` and ``OFFSET``; servers want a limit wherever there is an offset."""
        if select.limit is None and not select.offset:
            return ""
        limit = self.dialect.unlimited if select.limit is None else str(select.limit)
        return f" LIMIT {limit}" + (f" OFFSET {select.offset}" if select.offset else "")

    def wrap(self, select: Select) -> Select:
        """The query as a derived table, so that its columns are plain names."""
        text, params = self.text(select)
        self.derived += 1
        quote = self.quote
        names = select.columns
        return Select(f"({text}) AS s{self.derived}", {n: quote(n) for n in names}, frozenset(names), params)

    def is_plain(self, select: Select, names: frozenset[str]) -> bool:
        """Whether all `names` can be written as they are inside the query."""
        columns, quote = select.columns, self.quote
        return all(
            columns[name] == quote(name) if name in columns else name in select.scope for name in names
        )

    def base(self, node: Base) -> Select:
        """A stored table."""
        quote = self.quote
        columns = {name: quote(name) for name in node.heading}
        scope = node.heading.name_set
        hidden = node.heading.hidden
        return Select(self.dialect.table(node.table), columns, scope.union(hidden) if hidden else scope)

    def restrict(self, node: Restrict) -> Select:
        """Rows that meet a condition."""
        select = self.select(node.arg)
        if select.closed or not self.is_plain(select, node.condition.names):
            select = self.wrap(select)
        return self.filtered(select, node.condition)

    def filtered(self, select: Select, condition: Condition) -> Select:
        """`select` with one more condition in WHERE."""
        if condition is not TRUE:
            text, params = conditions.write(condition, self)
            select.where.append(text)
            select.where_params += params
        return select

    def project(self, node: Project) -> Select:
        """Attributes selected, renamed, computed."""
        select = self.select(node.arg)
        moves = [n for n, s in node.sources.items() if s != n]
        if select.closed:
            if moves or select.distinct or select.single or not self.order_survives(select, node.sources):
                select = self.wrap(select)
        elif any(
            not (isinstance(s, str) or self.is_plain(select, names_of(s))) for s in node.sources.values()
        ):
            select = self.wrap(select)
        columns: dict[str, str] = {}
        for name, source in node.sources.items():
            if isinstance(source, str):
                columns[name] = select.columns[source]
            elif isinstance(source, JsonPath):
                columns[name] = json_paths.extract(source, self.dialect)
            else:
                columns[name] = source.sql
        select.columns = columns
        return select

    def order_survives(self, select: Select, kept: dict[str, Any]) -> bool:
        """Whether the order can still be written when only some columns are selected."""
        return all(
            name in kept or (not select.group and select.columns.get(name) == self.quote(name))
            for name, _ in select.order
        )

    def operand(self, node: Node, right: bool, outer: bool) -> Select:
        """The query of a join's operand, wrapped unless its parts can be merged."""
        select = self.select(node)
        plain = all(expression == self.quote(name) for name, expression in select.columns.items())
        if select.closed or not plain or (right and (select.tables > 1 or (outer and select.where))):
            select = self.wrap(select)
        return select

    def join(self, node: Join) -> Select:
        """Rows that agree on the common attributes."""
        left = self.operand(node.left, right=False, outer=node.outer)
        right = self.operand(node.right, right=True, outer=node.outer)
        on = frozenset(node.on)
        if (left.scope & right.scope) - on:
            right = self.wrap(right) if right.scope != frozenset(right.columns) else right
        if (left.scope & right.scope) - on:
            left = self.wrap(left)
        kind = " LEFT JOIN " if node.outer else " JOIN "
        match = f" USING ({self.dialect.names(node.on)})" if node.on else f" ON {self.dialect.true}"
        return Select(
            left.source + kind + right.source + match,
            {name: self.quote(name) for name in node.heading},
            left.scope | right.scope,
            left.from_params + right.from_params,
            left.where + right.where,
            left.where_params + right.where_params,
            left.tables + right.tables,
        )

    def aggregate(self, node: Aggregate) -> Select:
        """Groups of rows."""
        select = self.select(node.arg)
        names = frozenset(node.kept) | frozenset(node.by) | frozenset(node.constant)
        names = names.union(*(e.names for e in node.computed.values()))
        if select.closed or not self.is_plain(select, names):
            select = self.wrap(select)
        # a group is one row of the left side, so its other attributes may join the grouping key
        grouping = dict.fromkeys((*node.by, *node.kept, *node.constant))
        if not grouping and not any(e.aggregate for e in node.computed.values()):
            # only constants: one row all the same
            select.columns = {"_one": "COUNT(*)"}
            select = self.wrap(select)
        select.columns = {name: self.quote(name) for name in node.kept}
        select.columns.update({name: e.sql for name, e in node.computed.items()})
        if grouping:
            select.group = f" GROUP BY {self.dialect.names(grouping)}"
        elif node.nonempty:
            select.group = " HAVING COUNT(*) > 0"
        select.closed, select.single = True, not grouping
        return select

    def distinct(self, node: Distinct) -> Select:
        """Distinct tuples."""
        select = self.select(node.arg)
        if select.closed:
            select = self.wrap(select)
        select.columns = {name: select.columns[name] for name in node.heading}
        select.distinct = select.closed = True
        return select

    def union(self, node: Union) -> Select:
        """Keys of both sides, each once."""
        key = tuple(node.left.heading.primary_key)
        left_extra = node.left.heading.secondary_attributes
        right_extra = node.right.heading.secondary_attributes
        if any(side.heading[name].nullable for side in (node.left, node.right) for name in key):
            return self.null_safe_union(node, key)
        first: Node = node.left
        if right_extra:
            first = Join(node.left, node.right, key, True, node.heading)
        first_text, first_params = self.arm(first, list(node.heading))
        alone = complement(InQuery(key, node.left, False))
        second = self.select(Restrict(node.right, alone))
        second.columns = {n: second.columns.get(n, "NULL") for n in (*key, *left_extra, *right_extra)}
        second_text, second_params = self.text(second)
        self.derived += 1
        names = {name: self.quote(name) for name in node.heading}
        source = f"({first_text} UNION ALL {second_text}) AS s{self.derived}"
        return Select(source, names, frozenset(names), first_params + second_params)

    def null_safe_union(self, node: Union, key: Sequence[str]) -> Select:
        """The union of expressions whose keys can be NULL, as those of universal sets can."""
        sides = (node.left, node.right)
        left, right, left_again, right_again = (
            self.arm(side, list(side.heading)) for side in (*sides, *sides)
        )
        numbers = range(self.derived + 1, self.derived + 6)
        one, other, other_again, one_again, whole = (f"s{n}" for n in numbers)
        self.derived += 5
        quote, equal = self.quote, self.dialect.null_safe_equal

        def same(a: str, b: str) -> str:
            pairs = [f"{a}.{quote(name)} {equal} {b}.{quote(name)}" for name in key]
            return " AND ".join(pairs) or self.dialect.true

        in_left, in_right = node.left.heading, node.right.heading
        paired = ", ".join(f"{one if n in in_left else other}.{quote(n)}" for n in node.heading)
        alone = ", ".join(
            f"{other_again}.{quote(n)}" if n in in_right else f"NULL AS {quote(n)}" for n in node.heading
        )
        source = (
            f"(SELECT {paired} FROM ({left[0]}) AS {one} LEFT JOIN ({right[0]}) AS {other} "
            f"ON {same(one, other)} UNION ALL SELECT {alone} FROM ({right_again[0]}) AS {other_again} "
            f"WHERE NOT EXISTS (SELECT 1 FROM ({left_again[0]}) AS {one_again} "
            f"WHERE {same(one_again, other_again)})) AS {whole}"
        )
        names = {name: quote(name) for name in node.heading}
        return Select(source, names, frozenset(names), left[1] + right[1] + right_again[1] + left_again[1])

    def arm(self, node: Node, names: Sequence[str]) -> tuple[str, Params]:
        """One arm of a union, with its columns in the given order."""
        select = self.select(node)
        if select.closed:
            select = self.wrap(select)
        select.columns = {name: select.columns[name] for name in names}
        return self.text(select)

    def limit(self, node: Limit) -> Select:
        """The first rows in an order."""
        select = self.select(node.arg)
        hidden = [n for n, _ in node.order if n not in select.columns]
        if select.limited or (select.closed and hidden):
            select = self.wrap(select)
        select.order, select.limit, select.offset = node.order, node.limit, node.offset
        heading = node.heading
        select.nulls = frozenset(n for n, _ in node.order if n not in heading or heading[n].nullable)
        select.closed = select.limited = True
        return select

    def subquery(self, node: Node, names: Sequence[str]) -> tuple[str, Params]:
        """A query for the right side of IN; MySQL refuses a limit directly inside it."""
        kept = frozenset(names)
        select = self.select(node)
        if select.limited or select.distinct:
            select = self.wrap(select)
        select.columns = {n: select.columns[n] for n in names} if kept else select.columns
        return self.text(select)


def names_of(source: Any) -> frozenset[str]:
    """Attributes that a computed attribute reads."""
    return frozenset((source.name,)) if isinstance(source, JsonPath) else source.names


def select(node: Node, dialect: Dialect, names: Sequence[str] | None = None) -> Statement:
    """The SELECT of `node`, or of some of its attributes."""
    compiler = Compiler(dialect)
    query = compiler.select(node)
    if names is not None:
        query = narrowed(compiler, query, names)
    return Statement(*compiler.text(query))


def first_rows(node: Node, dialect: Dialect, names: Sequence[str], size: int) -> Statement:
    """The SELECT of some attributes of at most `size` rows, in no order of its own."""
    compiler = Compiler(dialect)
    query = narrowed(compiler, compiler.select(node), names)
    if query.limit is None or query.limit > size:
        query.limit = size
    return Statement(*compiler.text(query))


def preview(
    node: Node, dialect: Dialect, plain: Sequence[str], peeked: dict[str, bool], size: int
) -> Statement:
    """Some attributes whole, then of each of `peeked` its first `size` bytes and its length.

    The values of `peeked` say whether the attribute is JSON, which is cut as text.
    """
    compiler = Compiler(dialect)
    query = compiler.select(node)
    if query.distinct or query.single or not compiler.order_survives(query, dict.fromkeys(plain)):
        query = compiler.wrap(query)
    columns = {name: query.columns[name] for name in plain}
    for name, is_json in peeked.items():
        prefix, length = _peek(query.columns[name], is_json, dialect, size)
        columns[f"{name}:prefix"], columns[f"{name}:length"] = prefix, length
    query.columns = columns
    return Statement(*compiler.text(query))


def _peek(column: str, is_json: bool, dialect: Dialect, size: int) -> tuple[str, str]:
    if is_json and dialect.name == "postgresql":
        column = f"CAST({column} AS TEXT)"
    elif is_json and dialect.name == "mysql":
        column = f"CAST({column} AS CHAR)"
    length = "octet_length" if dialect.name == "postgresql" else "length"
    return f"substr({column}, 1, {size})", f"{length}({column})"


def narrowed(compiler: Compiler, query: Select, names: Sequence[str]) -> Select:
    """`query` with only the columns `names`, in that order."""
    if query.distinct or query.single or not compiler.order_survives(query, dict.fromkeys(names)):
        query = compiler.wrap(query)
    query.columns = {name: query.columns[name] for name in names}
    return query


def count(node: Node, dialect: Dialect, cap: int | None = None) -> Statement:
    """The number of rows that a fetch returns; counting stops beyond `cap`."""
    compiler = Compiler(dialect)
    query = compiler.select(node)
    if not query.closed and cap is None:
        query.columns = {}
        text, params = compiler.text(query)
        return Statement(text.replace(f"1 AS {compiler.quote('_one')}", "COUNT(*)", 1), params)
    if not query.closed:
        query.columns = {}
    if cap is not None and not query.limited:
        query.limit = cap + 1
    text, params = compiler.text(query)
    return Statement(f"SELECT COUNT(*) FROM ({text}) AS s{compiler.derived + 1}", params)


def exists(node: Node, dialect: Dialect) -> Statement:
    """Whether there is any row: one row, one column, 0 or 1."""
    compiler = Compiler(dialect)
    query = compiler.select(node)
    if not query.closed:
        query.columns = {}
    text, params = compiler.text(query)
    return Statement(f"SELECT EXISTS ({text})", params)
