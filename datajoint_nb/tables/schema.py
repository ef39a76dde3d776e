"""Schemas: namespaces of tables in a database, and the decorator that declares classes.

See ``tests/spec/01-definitions.md`` §2, §7.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datajoint_nb.errors import DataJointError, MissingTableError
from datajoint_nb.model.names import (
    TableName,
    Tier,
    check_schema_name,
    tier_of,
    to_camel,
    to_snake,
)
from datajoint_nb.tables import binding, classes, source
from datajoint_nb.tables.choice import user_choice
from datajoint_nb.tables.references import Scope
from datajoint_nb.tables.table import FreeTable, UserTable

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

logger = logging.getLogger("datajoint_nb")
PREFIXES = {Tier.MANUAL: "", Tier.LOOKUP: "#", Tier.IMPORTED: "_", Tier.COMPUTED: "__"}


class Schema:
    """A schema, activated at once or later.

    As a decorator of a table class it binds the class, and declares its table unless it is in the
    database already.

    Parameters
    ----------
    schema_name : str, optional
        None defers activation: decorated classes wait for `activate`.
    context : mapping, optional
        Where definitions look names up; default: the variables of the decorated class's place.
    connection : Connection, optional
        Default: the one of ``dj.conn()``.
    create_schema : bool
        Create the schema if it is not there.
    create_tables : bool, optional
        Declare missing tables; None for the setting ``database.create_tables``.
    add_objects : mapping, optional
        More names for definitions.

    Raises
    ------
    DataJointError
        When the schema is absent and may not, or cannot, be created.
    """

    def __init__(
        self,
        schema_name: str | None = None,
        context: Mapping[str, Any] | None = None,
        *,
        connection: Connection | None = None,
        create_schema: bool = True,
        create_tables: bool | None = None,
        add_objects: Mapping[str, Any] | None = None,
    ):
        self.database: str | None = None
        self.context = context
        self._connection = connection
        self._create_schema = create_schema
        self._create_tables = create_tables
        self._objects: dict[str, Any] = dict(add_objects or {})
        self._waiting: list[tuple[type[UserTable], Scope]] = []
        self.classes: dict[str, type[UserTable]] = {}
        # of a virtual module that may not declare: a class without a table is a mistake
        self.is_virtual = False
        if schema_name is not None:
            self.activate(schema_name)

    # -- activation ------------------------------------------------------------------------

    def activate(
        self,
        schema_name: str | None = None,
        *,
        connection: Connection | None = None,
        create_schema: bool | None = None,
        create_tables: bool | None = None,
        add_objects: Mapping[str, Any] | None = None,
    ) -> None:
        """Bind the schema to the database, and declare the classes that wait for it.

        Raises
        ------
        DataJointError
            When it is active under another name, or absent and not to be created.
        """
        if self.database is not None:
            if schema_name in (None, self.database):
                return
            raise DataJointError(f"The schema is already active as `{self.database}`")
        if schema_name is None:
            raise DataJointError("activate() needs the name of the schema")
        self._connection = connection or self._connection or _default_connection()
        name = check_schema_name(schema_name, self._connection.dialect.table_limit)
        self._create_schema = self._create_schema if create_schema is None else create_schema
        self._create_tables = self._create_tables if create_tables is None else create_tables
        self._objects.update(add_objects or {})
        if not self._connection.schema_exists(name):
            if not self._create_schema:
                raise DataJointError(f"Schema `{name}` is not in the database, and create_schema=False")
            self._connection.create_schema(name)
        # another process may have changed it since it was last read
        self._connection.catalogue.invalidate(name)
        self._connection.register(self, name)
        self.database = name
        waiting, self._waiting = self._waiting, []
        for cls, scope in waiting:
            self._bind(cls, scope)

    def is_activated(self) -> bool:
        """Whether the schema is bound to a database."""
        return self.database is not None

    def _active(self) -> tuple[Connection, str]:
        if self.database is None or self._connection is None:
            raise DataJointError("The schema is not activated yet; call schema.activate(name) first")
        return self._connection, self.database

    @property
    def connection(self) -> Connection:
        """The connection of the activated schema."""
        return self._active()[0]

    @property
    def exists(self) -> bool:
        """Whether the schema is in the database."""
        connection, name = self._active()
        return connection.schema_exists(name)

    def _may_create(self) -> bool:
        connection, _ = self._active()
        if self._create_tables is None:
            return bool(connection.config["database.create_tables"])
        return self._create_tables

    # -- declaring -------------------------------------------------------------------------

    def __call__(self, cls: Any, *, context: Mapping[str, Any] | None = None) -> Any:
        """Bind a class to the schema, declare its table and those of its parts; returns the class.

        Raises
        ------
        DefinitionError
            With every fault of the definition.
        DataJointError
            For classes that are no tables, and inside a transaction.
        """
        checked = binding.check_class(cls)
        frame = sys._getframe(1)
        scope = self._scope(context, frame.f_locals, frame.f_globals)
        if self.database is None:
            self._waiting.append((checked, scope))
        else:
            self._bind(checked, scope)
        return cls

    def _scope(self, *mappings: Mapping[str, Any] | None) -> Scope:
        given, *frames = mappings
        first = given if given is not None else self.context
        return Scope(tuple(m for m in (first, *frames) if m is not None))

    def _bind(self, cls: type[UserTable], scope: Scope) -> None:
        connection, database = self._active()
        scope = Scope((*scope.mappings, self._objects), scope.own)
        for bound in binding.bind(cls, scope, connection, database, self._may_create()):
            if self.is_virtual and not connection.catalogue.knows(bound().name):
                raise DataJointError(
                    f"{bound.__name__} is not declared: its virtual module was made with create_tables=False"
                )
            self.classes[bound.table_name] = bound

    # -- looking in ------------------------------------------------------------------------

    def list_tables(self) -> list[str]:
        """Names of the tables, parents before children and parts after their masters."""
        connection, database = self._active()
        order = connection.dependencies.order([database])
        return [n.table for n in order if n.schema == database and n.tier not in (Tier.UNKNOWN, Tier.JOBS)]

    def get_table(self, name: str) -> FreeTable:
        """The table of a name in any spelling: ``BatCall``, ``bat_call``, ``#kind``, ``Deployment.Channel``.

        Raises
        ------
        MissingTableError
            When there is none.
        """
        connection, database = self._active()
        stored = connection.catalogue.schema(database)
        for candidate in spellings(name):
            if candidate in stored:
                return FreeTable(connection, TableName(database, candidate))
        raise MissingTableError(
            f"Schema `{database}` has no table {name!r}; it has: "
            + (", ".join(sorted(self._camel_names())) or "none")
        )

    def _camel_names(self) -> list[str]:
        connection, database = self._active()
        return [to_camel(n) for n in connection.catalogue.schema(database) if tier_of(n) is not Tier.UNKNOWN]

    def __getitem__(self, name: str) -> FreeTable:
        return self.get_table(name)

    def __contains__(self, name: object) -> bool:
        try:
            self.get_table(str(name))
        except MissingTableError:
            return False
        return True

    def __iter__(self) -> Iterator[FreeTable]:
        connection, database = self._active()
        return (FreeTable(connection, TableName(database, name)) for name in self.list_tables())

    def make_classes(self, into: Any = None) -> None:
        """Make a class for each table that has none yet.

        Parameters
        ----------
        into : dict, optional
            Where to put the classes; default: the schema's context or the caller's variables.

        Raises
        ------
        DataJointError
            For a part table without its master.
        """
        self._active()
        if into is None:
            into = self.context if self.context is not None else sys._getframe(1).f_locals
        classes.make_classes(self, into)

    @property
    def lineage(self) -> dict[str, str]:
        """Origins: ``schema.table.attribute`` -> where the attribute was first declared."""
        connection, database = self._active()
        return {
            f"{database}.{table}.{column.name}": column.lineage
            for table, stored in connection.catalogue.schema(database).items()
            for column in stored.columns
            if column.lineage is not None
        }

    @property
    def lineage_table_exists(self) -> bool:
        """Whether the schema has its table of origins."""
        connection, database = self._active()
        return connection.lineage_table_exists(database)

    def rebuild_lineage(self) -> None:
        """Record the origins of all attributes anew, as the foreign keys in the database tell them.

        All are computed first and exchanged in one transaction.

        Raises
        ------
        DataJointError
            When a foreign key leads to a schema without recorded origins, which has to be rebuilt
            first; nothing is changed then. Inside a transaction.
        """
        connection, database = self._active()
        connection.rebuild_lineage(database)

    @property
    def code(self) -> str:
        """Python that declares the schema's tables; see `save`."""
        self._active()
        return source.module_text(self)

    def save(self, path: str | Path | None = None) -> str:
        """Python that declares the schema's tables when it is imported, in an order that works.

        Rows, and the ``make`` methods of computed tables, are not in it.

        Parameters
        ----------
        path : str or Path, optional
            A new file to write the text to, with the ending ``.py``.

        Raises
        ------
        DataJointError
            When the file is there already or has another ending.
        """
        text = self.code
        if path is not None:
            source.write_module(text, Path(path))
        return text

    @property
    def size_on_disk(self) -> int:
        """Bytes of data and indexes of all tables."""
        return sum(table.size_on_disk for table in self)

    # -- dropping --------------------------------------------------------------------------

    def drop(self, prompt: bool | None = None) -> None:
        """Drop the schema with all its tables.

        Parameters
        ----------
        prompt : bool, optional
            Ask first; default: the setting ``safemode``.

        Raises
        ------
        IntegrityError
            When tables of other schemas reference its tables; nothing is dropped.
        AccessError
            Without the privilege.
        """
        connection, database = self._active()
        if connection.in_transaction:
            raise DataJointError("A schema cannot be dropped inside a transaction")
        if not connection.schema_exists(database):
            logger.info("Schema `%s` is not in the database; nothing to drop", database)
            return
        ask = bool(connection.config["safemode"]) if prompt is None else prompt
        question = f"Proceed to delete entire schema `{database}`?"
        if ask and user_choice(question, default="no") != "yes":
            return
        connection.drop_schema(database)

    def __repr__(self) -> str:
        return f"Schema `{self.database}`\n" if self.database else "Schema (not activated)\n"


def _default_connection() -> Connection:
    from datajoint_nb.connection import conn

    return conn()


def spellings(name: str) -> Iterator[str]:
    """Table names that `name` may mean, the exact one first."""
    if not name:
        return
    yield name
    if re.fullmatch(r"[A-Z]\w*(\.[A-Z]\w*)*", name):
        base = "__".join(to_snake(part) for part in name.split("."))
    elif name[0] in "#_~":
        return
    else:
        base = name
    for prefix in PREFIXES.values():
        yield prefix + base


def list_schemas(connection: Connection | None = None) -> list[str]:
    """Names of the schemas on the server, without its own ones."""
    return (connection or _default_connection()).list_schemas()
