"""Copying the rows of an expression into a table, inside the server: ``05`` §1.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datajoint_nb.errors import DataJointError, MissingAttributeError, UnknownFieldError
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.query import algebra
from datajoint_nb.query.conditions import InQuery, complement
from datajoint_nb.query.nodes import Base
from datajoint_nb.sql import insert as sql_insert
from datajoint_nb.sql import select as sql_select
from datajoint_nb.tables import encode, inserting, permission

if TYPE_CHECKING:
    from datajoint_nb.tables.table import Table


def insert_query(table: Table, query: Any, mode: sql_insert.Duplicates, ignore_extra_fields: bool) -> None:
    """Copy the rows of an expression, in one statement wherever the server can.

    Raises
    ------
    UnknownFieldError, MissingAttributeError, DataJointError
        When the attributes of the expression are not those of the table.
    """
    connection = table._require_connection()
    if query._require_connection() is not connection:
        raise DataJointError("Only expressions on the same connection can be inserted")
    stored = table.stored
    names = check_attributes(stored, query, ignore_extra_fields)
    permission.note_query(table.name, connection, query)
    node = query.node
    if connection.dialect.family == "mysql" and mode != "error" and any(stored.unique_indexes()):
        # MySQL cannot tell the primary key from other unique indexes
        if mode == "replace":
            replace_from(table, stored, query, names)
            return
        present = InQuery(tuple(stored.heading.primary_key), Base(stored.name, stored.heading), False)
        node, mode = algebra.restrict(node, complement(present)), "error"
    statement = sql_select.select(node, connection.dialect, names)
    connection.execute(sql_insert.from_query(stored, names, statement, connection.dialect, mode), write=True)


def check_attributes(stored: StoredTable, query: Any, ignore_extra_fields: bool) -> list[str]:
    """Names of the attributes to copy."""
    heading, source = stored.heading, query.node.heading
    extra = [name for name in source if name not in heading]
    if extra and not ignore_extra_fields:
        raise UnknownFieldError(
            f"The query has the attribute `{extra[0]}`, which the table lacks "
            "(ignore_extra_fields=True drops it)"
        )
    names = [name for name in source if name in heading]
    for name in names:
        if (heading[name].codec or source[name].codec) and heading[name].spec != source[name].spec:
            raise DataJointError(
                f"Attribute `{name}` is {source[name].spec.text} in the query and {heading[name].spec.text} "
                "in the table: stored objects cannot be copied between codecs or stores"
            )
    missing = [n for n, a in heading.items() if a.required and n not in names]
    if missing:
        raise MissingAttributeError(f"The query gives no value for the required attribute `{missing[0]}`")
    return names


def replace_from(table: Table, stored: StoredTable, query: Any, names: list[str]) -> None:
    """Replace by way of the client: the rows as the driver gives them, other attributes as declared."""
    connection = table._require_connection()
    heading = stored.heading
    found = connection.execute(sql_select.select(query.node, connection.dialect, names))
    rows = []
    for row in found.rows:
        given = dict(zip(names, row, strict=True))
        rows.append(
            tuple([given.get(n, None if a.nullable else sql_insert.DEFAULT) for n, a in heading.items()])
        )
    inserting.send(table, stored, encode.Encoded(list(heading.values()), rows), "replace")
