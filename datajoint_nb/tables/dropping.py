"""Dropping tables: ``tests/spec/05-data-manipulation.md`` §6."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from datajoint_nb.errors import DataJointError, IntegrityError
from datajoint_nb.graph.graph import Graph
from datajoint_nb.model.names import TableName, Tier
from datajoint_nb.sql import delete as sql_delete
from datajoint_nb.tables.choice import user_choice

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection
    from datajoint_nb.tables.table import Table

logger = logging.getLogger("datajoint_nb")


def drop(table: Table, prompt: bool | None, enforce: bool) -> None:
    """Drop a table with its descendants, leaves first."""
    connection = _checked(table)
    if not connection.catalogue.exists(table.name):
        logger.info("Table %s is not in the database; nothing to drop", table.name)
        return
    graph = connection.dependencies.downstream(table.name)
    tables = graph.descendants(table.name)
    if enforce:
        _check_parts(graph, tables)
    ask = bool(connection.config["safemode"]) if prompt is None else prompt
    if ask and not _confirmed(connection, graph, tables):
        return
    _send(connection, tables[::-1])


def drop_quick(table: Table) -> None:
    """Drop one table that nothing references."""
    connection = _checked(table)
    if not connection.catalogue.exists(table.name):
        logger.info("Table %s is not in the database; nothing to drop", table.name)
        return
    # SQLite drops a referenced table if it is empty, and leaves the references behind
    references = connection.catalogue.references(parents_in=table.name.schema)
    children = sorted({str(r.child) for r in references if r.key.parent == table.name != r.child})
    if children:
        raise IntegrityError(
            f"Table {table.name} is referenced by {', '.join(children)}; drop() drops these as well"
        )
    _send(connection, [table.name])


def _checked(table: Table) -> Connection:
    connection = table._require_connection()
    if table._restricted():
        raise DataJointError(
            f"A table with an applied restriction or projection cannot be dropped; drop {table.name} itself"
        )
    if connection.in_transaction:
        raise DataJointError("Tables cannot be dropped inside a transaction; end it first")
    return connection


def _check_parts(graph: Graph, tables: Sequence[TableName]) -> None:
    for name in tables:
        master = graph.master(name)
        if master is not None and master not in tables:
            raise DataJointError(
                f"Part table {name} would be dropped without its master {master}: drop the master, or choose "
                "part_integrity='ignore'"
            )


def _confirmed(connection: Connection, graph: Graph, tables: Sequence[TableName]) -> bool:
    nodes = [graph.base(name) for name in tables]
    counts = connection.execute(sql_delete.counts(nodes, connection.dialect)).rows[0]
    for name, count in zip(tables, counts, strict=True):
        logger.info("%s (%d tuples)", connection.dialect.full_name(name), count)
    return user_choice("Proceed?", default="no") == "yes"


def _send(connection: Connection, tables: Sequence[TableName]) -> None:
    """Drop tables in the given order, each with its job table, which other processes may have made."""
    doomed: list[TableName] = []
    for name in tables:
        if name.tier in (Tier.IMPORTED, Tier.COMPUTED):
            doomed.append(TableName(name.schema, "~~" + name.table.lstrip("_")))
        doomed.append(name)
    connection.drop_tables(doomed)
    for name in tables:
        logger.info("Dropped table %s", connection.dialect.full_name(name))
