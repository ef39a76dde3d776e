"""DELETE statements, the counts before them, and tables of keys."""

from __future__ import annotations

from collections.abc import Sequence

from datajoint_nb.model.names import TableName
from datajoint_nb.query.conditions import TRUE, Condition
from datajoint_nb.query.nodes import Base, Node
from datajoint_nb.sql import conditions
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.select import Compiler, count, select
from datajoint_nb.sql.statement import Statement


def delete(table: TableName, condition: Condition, dialect: Dialect) -> Statement:
    """The DELETE of the rows that meet a condition, which reads other tables only."""
    head = f"DELETE FROM {dialect.table(table)}"
    if condition is TRUE:
        return Statement(head)
    text, params = conditions.write(condition, Compiler(dialect))
    return Statement(f"{head} WHERE {text}", params)


def delete_found(table: TableName, node: Node, key: Sequence[str], dialect: Dialect) -> Statement:
    """The DELETE of the rows of `node`, which may read the table itself, and may be limited.

    MySQL refuses to read the table that it deletes from, unless it has to make a temporary one:
    a derived table of distinct rows is never merged into the statement.
    """
    compiler = Compiler(dialect)
    found = compiler.select(node)
    if found.closed:
        found = compiler.wrap(found)
    found.columns = {name: found.columns[name] for name in key}
    found.distinct = True
    text, params = compiler.text(compiler.wrap(found))
    names = dialect.names(key)
    left = names if len(key) == 1 else f"({names})"
    return Statement(f"DELETE FROM {dialect.table(table)} WHERE {left} IN ({text})", params)


def counts(nodes: Sequence[Node], dialect: Dialect) -> Statement:
    """The numbers of rows of several expressions: one row with one column for each."""
    parts = [count(node, dialect) for node in nodes]
    text = ", ".join(f"({part.sql})" for part in parts)
    return Statement(f"SELECT {text}", tuple(value for part in parts for value in part.params))


def lock(node: Node, key: Sequence[str], dialect: Dialect) -> Statement:
    """The keys of rows that nobody else may change or refer to until the transaction ends."""
    found = select(node, dialect, key)
    return Statement(f"{found.sql} FOR UPDATE", found.params)


def keep_keys(
    target: TableName, base: Base, node: Node, key: Sequence[str], dialect: Dialect
) -> list[Statement]:
    """A temporary table with the keys of `node`, which are rows of `base`.

    Made and filled in two steps, since PostgreSQL binds no values in CREATE.
    """
    full, names = dialect.table(target), dialect.names(key)
    found = select(node, dialect, key)
    empty = f"SELECT {names} FROM {dialect.table(base.table)} LIMIT 0"
    return [
        Statement(f"CREATE TEMPORARY TABLE {full} AS {empty}"),
        Statement(f"INSERT INTO {full} ({names}) {found.sql}", found.params),
    ]


def drop_keys(target: TableName, dialect: Dialect) -> Statement:
    """The end of a temporary table of keys."""
    return Statement(f"DROP TABLE {dialect.table(target)}")
