"""What a diagram can be made from, and the tables that it means.

See ``tests/spec/08-compute-diagram.md`` §14.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from datajoint_nb.diagram.state import State
from datajoint_nb.errors import DataJointError, MissingTableError
from datajoint_nb.model.names import TableName
from datajoint_nb.tables.expression import QueryExpression, is_universal
from datajoint_nb.tables.references import is_table_class
from datajoint_nb.tables.schema import Schema
from datajoint_nb.tables.table import Table, UserTable

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection
    from datajoint_nb.diagram.pipeline import Pipeline

COLLECTIONS = (list, tuple, set, frozenset)
ACCEPTED = (
    "a table class, a table (restricted or not), a Schema, a module with a `schema`, a Diagram, "
    "or a list of these"
)


def table_of(source: Any) -> Table:
    """The table that a class or an instance stands for, with its restriction.

    Raises
    ------
    DataJointError
        For classes that are not decorated, for joins and aggregations, and for anything else.
    """
    if is_table_class(source) and issubclass(source, UserTable):
        source = source()
    if isinstance(source, Table):
        if isinstance(source, UserTable) and source.database is None:
            raise DataJointError(
                f"Class {type(source).__name__} is not bound to a schema, so it has no place in a diagram; "
                "decorate it with a Schema object"
            )
        return source
    if isinstance(source, QueryExpression) or is_universal(source):
        raise DataJointError(
            f"A diagram shows stored tables, and {type(source).__name__} is the result of a join or an "
            "aggregation; name the tables that it is made of instead"
        )
    raise DataJointError(f"No table is {_what(source)}; give {ACCEPTED}")


def connection_of(source: Any) -> Connection:
    """The connection that the tables of `source` are on (of a list: that of its first member)."""
    if isinstance(source, State):
        return source._pipeline.connection
    if isinstance(source, (Schema, ModuleType)):
        return _schema(source).connection
    if isinstance(source, COLLECTIONS):
        if not source:
            raise DataJointError(
                f"A diagram of nothing: the {type(source).__name__} is empty; give {ACCEPTED}"
            )
        return connection_of(next(iter(source)))
    return table_of(source)._require_connection()


def schemas_of(source: Any) -> frozenset[str]:
    """Names of the schemas that `source` has tables in."""
    if isinstance(source, State):
        return frozenset(table.schema for table in source._selection)
    if isinstance(source, (Schema, ModuleType)):
        return frozenset((schema_of(source),))
    if isinstance(source, COLLECTIONS):
        return frozenset().union(*map(schemas_of, source))
    return frozenset((table_of(source).name.schema,))


def schema_of(source: Schema | ModuleType) -> str:
    """The name of the schema whose tables a Schema or a module stands for."""
    name = _schema(source).database
    if name is None:
        raise DataJointError("The schema is not activated yet; call schema.activate(name) first")
    return name


def _schema(source: Schema | ModuleType) -> Schema:
    if isinstance(source, Schema):
        return source
    schema = getattr(source, "schema", None)
    if not isinstance(schema, Schema):
        raise DataJointError(
            f"Module {source.__name__} has no attribute `schema` that is a Schema; give {ACCEPTED}"
        )
    return schema


def is_source(source: Any) -> bool:
    """Whether `source` is of a kind that a diagram may be combined with."""
    table = is_table_class(source) or isinstance(source, QueryExpression) or is_universal(source)
    return table or isinstance(source, (Schema, ModuleType, *COLLECTIONS))


def names_of(source: Any, pipeline: Pipeline) -> frozenset[TableName]:
    """The tables that `source` means: of a schema all, else one.

    Raises
    ------
    DataJointError
        For what stands for no table, and for tables on another connection.
    MissingTableError
        For a table that is not in the database.
    """
    if isinstance(source, (Schema, ModuleType)):
        schema = schema_of(source)
        same_connection(_schema(source).connection, pipeline.connection)
        return frozenset(table for table in pipeline.tables() if table.schema == schema)
    table = table_of(source)
    same_connection(table._require_connection(), pipeline.connection)
    if table.name not in pipeline:
        raise MissingTableError(
            f"Table {table.name} is not in the database, so it has no place in a diagram; declare it first"
        )
    return frozenset((table.name,))


def same_connection(one: Connection, other: Connection) -> None:
    """Refuse tables of two connections in one diagram."""
    if one is not other:
        raise DataJointError(
            "Tables on different connections cannot be in one diagram; make a diagram for each connection"
        )


def _what(source: Any) -> str:
    return (
        f"the class {source.__name__}"
        if isinstance(source, type)
        else f"an object of type {type(source).__name__}"
    )
