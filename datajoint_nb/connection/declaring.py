"""Creating and dropping tables and schemas, each as a whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from datajoint_nb.errors import AccessError, DataJointError, IntegrityError
from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.sql import ddl
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.literals import written_out
from datajoint_nb.sql.statement import Statement

if TYPE_CHECKING:
    from datajoint_nb.connection.connection import Connection

# collations that compare letter by letter, blanks at the end included
COLLATIONS = {"mysql": "utf8mb4_0900_bin", "mariadb": "utf8mb4_nopad_bin"}


@contextlib.contextmanager
def whole(connection: Connection, what: str) -> Iterator[None]:
    """One transaction where the database has transactions for DDL.

    Raises
    ------
    DataJointError
        Inside a transaction, which MySQL would commit silently.
    """
    if connection.in_transaction:
        raise _inside(what)
    if not connection.dialect.transactional_ddl:
        yield
        return
    with connection.in_block(guarded=False):
        yield


def _inside(what: str) -> DataJointError:
    return DataJointError(f"{what} inside a transaction is not possible; end the transaction first")


def send(connection: Connection, statements: Iterable[Statement]) -> None:
    """Send statements in order; PostgreSQL takes them all at once."""
    dialect = connection.dialect
    if dialect.name == "postgresql":
        text = ";\n".join(written_out(statement, dialect) for statement in statements)
        if text:
            connection.execute(Statement(text), write=True)
        return
    for statement in statements:
        connection.execute(statement, write=True)


def create_schema(connection: Connection, schema: str) -> None:
    """Create a schema with its table of origins."""
    dialect = connection.dialect
    collation = connection.config["database.collation"] or COLLATIONS.get(dialect.name)
    with whole(connection, f"Creating schema `{schema}`"):
        connection.backend.lock_schema(connection.execute, schema)
        send(connection, ddl.create_schema(schema, dialect, collation))
    connection.forget(schema)


def create_table(connection: Connection, table: StoredTable) -> list[Statement]:
    """Create a table; what a failure leaves behind is removed."""
    sent: list[Statement] = []
    try:
        with whole(connection, f"Declaring table {table.name}"):
            surroundings = connection.backend.prepare_table(connection.execute, table)
            if not surroundings.exists:
                sent += _statements(connection, table, surroundings)
                send(connection, sent)
    except DataJointError as error:
        if sent and not connection.dialect.transactional_ddl:
            _remove(connection, table.name, connection.dialect)
        if isinstance(error, AccessError):
            raise error.suggest(_needed_privileges(table)) from error
        raise
    if surroundings.exists:
        connection.forget(table.name.schema)
    else:
        connection.catalogue.put([table])
        connection.forget_dependencies()
    return sent


def _needed_privileges(table: StoredTable) -> str:
    parents = ", ".join(sorted({str(key.parent) for key in table.foreign_keys}))
    return f"Declaring {table.name} needs the privilege CREATE" + (
        f", and REFERENCES on {parents}" if parents else ""
    )


def _statements(
    connection: Connection, table: StoredTable, surroundings: ddl.Surroundings
) -> list[Statement]:
    dialect = connection.dialect
    statements = ddl.create_table(table, dialect, surroundings)
    if not surroundings.has_lineage:
        statements.insert(0, ddl.lineage_table(table.name.schema, dialect))
    return [*statements, *ddl.write_lineage(table, dialect)]


def _remove(connection: Connection, table: TableName, dialect: Dialect) -> None:
    """What MySQL has committed already of a failed declaration."""
    with contextlib.suppress(DataJointError):
        text = f"DROP TABLE IF EXISTS {dialect.table(table)}"
        connection.execute(Statement(text), write=True)
        connection.execute(ddl.delete_lineage([table], dialect), write=True)


def alteration_statements(connection: Connection, alteration: Alteration) -> list[Statement]:
    """What alters a table, without sending it."""
    surroundings = connection.backend.prepare_alteration(connection.execute, alteration)
    return ddl.alter_table(alteration, connection.dialect, surroundings)


def alter_table(connection: Connection, alteration: Alteration) -> list[Statement]:
    """Alter a table as a whole or not at all."""
    name = alteration.before.name
    what = f"Altering table {name}"
    if connection.in_transaction:
        raise _inside(what)
    try:
        with (
            connection.alone(),
            connection.backend.rebuilding(connection.execute),
            whole(connection, what),
        ):
            statements = alteration_statements(connection, alteration)
            if connection.dialect.transactional_ddl:
                _check_unchanged(connection, alteration)
            send(connection, statements)
    except AccessError as error:
        raise error.suggest(f"{what} needs the privilege ALTER, or that of its owner") from error
    finally:
        connection.forget(name.schema)
    return statements


def _check_unchanged(connection: Connection, alteration: Alteration) -> None:
    """Nobody else can change the table from now on; somebody may have until now."""
    connection.catalogue.invalidate(alteration.before.name.schema)
    found = connection.catalogue.table(alteration.before.name)
    if _without_server_types(found) != _without_server_types(alteration.before):
        raise DataJointError(
            f"Table {alteration.before.name} was changed meanwhile; nothing was done. Try again"
        )


def _without_server_types(table: StoredTable) -> StoredTable:
    """A table that was just declared does not know yet how the server spells its types."""
    return replace(table, columns=tuple(replace(column, sql_type="") for column in table.columns))


def drop_tables(connection: Connection, tables: list[TableName]) -> None:
    """Drop tables in the order given, which must have children before parents.

    Job tables (``~~…``) may be absent.
    """
    if not tables:
        return
    dialect = connection.dialect
    schemas = list(dict.fromkeys(table.schema for table in tables))
    # asked before the tables are gone
    with_origins = [s for s in schemas if _has_origins(connection, s)]
    try:
        with whole(connection, "Dropping tables"):
            send(connection, (ddl.drop_table(table, dialect) for table in tables))
            for schema in schemas:
                mine = [table for table in tables if table.schema == schema]
                if schema in with_origins:
                    connection.execute(ddl.delete_lineage(mine, dialect), write=True)
                send(connection, ddl.delete_comments(mine, dialect))
                send(connection, connection.backend.unused_types(connection.execute, schema))
    finally:
        for schema in schemas:
            connection.forget(schema)


def _has_origins(connection: Connection, schema: str) -> bool:
    return any(stored.lineage_available for stored in connection.catalogue.schema(schema).values())


def drop_schema(connection: Connection, schema: str) -> None:
    """Drop a schema, unless other schemas depend on it."""
    references = connection.catalogue.references(parents_in=schema)
    outside = sorted({str(r.child) for r in references if r.child.schema != schema})
    if outside:
        raise IntegrityError(
            f"Schema `{schema}` cannot be dropped: its tables are referenced by {', '.join(outside)}. "
            "Drop those first"
        )
    try:
        with whole(connection, f"Dropping schema `{schema}`"):
            tables = connection.backend.tables_to_drop(connection.execute, schema)
            send(connection, ddl.drop_schema(schema, tables, connection.dialect))
    finally:
        connection.forget(schema)
