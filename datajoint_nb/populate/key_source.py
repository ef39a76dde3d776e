"""The keys that a table is to be populated for: ``08-compute-diagram.md`` §2."""

from __future__ import annotations

from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.query.operands import AndList
from datajoint_nb.tables.expression import QueryExpression, as_expression
from datajoint_nb.tables.table import FreeTable, Table


def default_key_source(table: Table) -> QueryExpression:
    """The join of all parents whose foreign keys lie in the primary key, reduced to their keys.

    Raises
    ------
    DataJointError
        When no foreign key lies in the primary key.
    """
    stored = table.stored
    connection = table._require_connection()
    source: Any = None
    for key in stored.foreign_keys:
        if not set(key.columns) <= set(stored.primary_key):
            continue
        renames = {new: old for new, old in key.attr_map.items() if new != old}
        parent = FreeTable(connection, key.parent).proj(**renames)
        source = parent if source is None else source * parent
    if source is None:
        raise DataJointError(
            f"Table {table.name} must have dependencies from its primary key to be populated: "
            "add foreign keys above ---, or define key_source"
        )
    return source  # type: ignore[no-any-return]


def checked(table: Table, source: Any) -> QueryExpression:
    """The key source as an expression over attributes of the table.

    Raises
    ------
    DataJointError
        For anything but an expression, and for key attributes that the table lacks.
    """
    expression = as_expression(source)
    if expression is None:
        raise DataJointError(
            f"Invalid key_source value of {table.class_name}: {source!r} is no query expression"
        )
    foreign = [name for name in expression.heading.primary_key if name not in table.own_heading]
    if foreign:
        raise DataJointError(
            f"key_source of {table.class_name} has the key attribute `{foreign[0]}`, which the table lacks"
        )
    return expression


def keys_to_do(table: Table, source: QueryExpression, restrictions: tuple[Any, ...]) -> QueryExpression:
    """Keys of the source that meet the restrictions and have no row in the table yet."""
    unrestricted = FreeTable(table._require_connection(), table.name)
    return (source & AndList(restrictions)).proj() - unrestricted.proj()  # type: ignore[no-any-return]
