"""What the magics of one notebook remember: the shell, the active connection and schema."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from datajoint_nb.connection import Connection, conn
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import TableName, Tier, tier_of, to_camel
from datajoint_nb.tables.references import is_table_class
from datajoint_nb.tables.schema import Schema
from datajoint_nb.tables.table import Table


class Notebook:
    """The state behind the magics.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        The notebook's shell; its user namespace is where names are looked up and bound.

    Attributes
    ----------
    raw_cell : str or None
        The text of the running cell.
    magic_line : str
        What stands behind the running magic's name.
    cell_parts : list of classes
        Part tables that were declared in cells of their own.
    """

    def __init__(self, shell: Any):
        self.shell = shell
        self.raw_cell: str | None = None
        self.magic_line = ""
        self.cell_parts: list[type] = []
        self._connection: Connection | None = None
        self._schema: Schema | None = None

    @property
    def names(self) -> dict[str, Any]:
        """The user's namespace."""
        namespace: dict[str, Any] = self.shell.user_ns
        return namespace

    def show(self, value: Any) -> None:
        """Display a value below the cell."""
        data, metadata = self.shell.display_formatter.format(value)
        if data:
            self.shell.display_pub.publish(data=data, metadata=metadata)

    def bind(self, name: str, value: Any) -> None:
        """Bind a name for the user."""
        self.shell.push({name: value})

    # -- connection and schema ---------------------------------------------------------------

    @property
    def open_connection(self) -> Connection | None:
        """The active connection, None before the first use."""
        return self._connection

    @property
    def connection(self) -> Connection:
        """The active connection; by default the one of ``dj.conn()``."""
        if self._connection is None:
            self._connection = conn()
        return self._connection

    def use_connection(self, connection: Connection) -> None:
        """Make a connection the active one; a schema of another one is active no longer."""
        self._connection = connection
        if self._schema is not None and self._schema.connection is not connection:
            self._schema = None

    def use_schema(self, schema: Schema) -> None:
        """Make a schema, and its connection, the active ones."""
        self._schema = schema
        self._connection = schema.connection

    @property
    def active_schema(self) -> Schema | None:
        """The schema made active last, or else the only one that the notebook has."""
        if self._schema is not None:
            return self._schema
        found = {id(schema): schema for _, schema in self.schemas()}
        return next(iter(found.values())) if len(found) == 1 else None

    def schemas(self) -> Iterator[tuple[str, Schema]]:
        """Active schemas that the user has names for."""
        for name, value in list(self.names.items()):
            schema = schema_of(value)
            if schema is not None and schema.is_activated() and not name.startswith("_"):
                yield name, schema

    def require_schema(self, name: str | None = None) -> Schema:
        """The schema of a variable or database name; the active one for None.

        Raises
        ------
        DataJointError
            When there is none, naming those that are.
        """
        if name is None:
            if self.active_schema is None:
                raise DataJointError("No schema is active; activate one with `%dj schema NAME`")
            return self.active_schema
        known = dict(self.schemas())
        if name in known:
            return known[name]
        by_database = {schema.database: schema for schema in known.values()}
        if self._schema is not None:
            by_database.setdefault(self._schema.database, self._schema)
        if name in by_database:
            return by_database[name]
        near = get_close_matches(name, sorted({*known, *map(str, by_database)}), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"activate it with `%dj schema {name}`"
        raise DataJointError(f"`{name}` is no active schema; {hint}")

    # -- names -----------------------------------------------------------------------------

    def find(self, path: str) -> Any:
        """What a plain or dotted name stands for in the notebook; None when it is not there."""
        first, *rest = path.split(".")
        value = self.names.get(first)
        for name in rest:
            value = getattr(value, name, None)
        return value

    def require_table(self, path: str) -> Table:
        """The table of a class, of a dotted name, or of a name in the active schema.

        Raises
        ------
        DataJointError
            With the nearest names, when there is none.
        """
        found: Any = self.find(path) if path.replace(".", "").isidentifier() else None
        if is_table_class(found) and found.database is not None:
            return found()  # type: ignore[no-any-return]
        if isinstance(found, Table):
            return found
        first, _, rest = path.partition(".")
        schema = dict(self.schemas()).get(first) if rest else None
        if schema is None:
            schema, rest = self.active_schema, path
        if schema is not None and rest in schema:
            return self._with_class(schema.get_table(rest), schema)
        raise DataJointError(f"There is no table `{path}`{self._nearest(path)}")

    def _with_class(self, table: Table, schema: Schema) -> Table:
        """An instance of the table's own class where the schema has one: it knows ``make``."""
        cls = schema.classes.get(table.name.table)
        return table if cls is None else cls()

    def _nearest(self, path: str) -> str:
        names = sorted(self.table_names())
        near = get_close_matches(path, names, n=2, cutoff=0.5)
        if near:
            return f"; did you mean {' or '.join(near)}?"
        schema = self.active_schema
        if schema is None:
            return "; no schema is active: `%dj schema NAME`"
        return f"; schema `{schema.database}` has: {', '.join(names[:12]) or 'no tables yet'}"

    def table_names(self) -> set[str]:
        """Names that mean tables: classes of the notebook and tables of the active schema."""
        names = {n for n, value in list(self.names.items()) if bound(value) and not n.startswith("_")}
        if self.active_schema is not None:
            names.update(camel_names(self.active_schema))
        return names

    def class_of(self, name: TableName) -> str | None:
        """The variable that holds the class of a table."""
        for variable, value in list(self.names.items()):
            # _, __ and _12 are outputs of earlier cells
            if (
                not variable.startswith("_")
                and bound(value)
                and (value.database, value.table_name) == (name.schema, name.table)
            ):
                return variable
        return None


def bound(value: Any) -> bool:
    """Whether a value is a table class that is bound to a schema."""
    return is_table_class(value) and value.database is not None and isinstance(value.table_name, str)


def camel_names(schema: Schema) -> list[str]:
    """What classes of the schema's tables are called."""
    stored = schema.connection.catalogue.schema(str(schema.database))
    return [to_camel(name) for name in stored if tier_of(name) not in (Tier.UNKNOWN, Tier.JOBS)]


def schema_of(value: Any) -> Schema | None:
    """The schema that a value is, or that a module of tables holds."""
    if isinstance(value, Schema):
        return value
    if isinstance(value, ModuleType) and isinstance(value.__dict__.get("schema"), Schema):
        return value.__dict__["schema"]  # type: ignore[no-any-return]
    return None
