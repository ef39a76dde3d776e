"""What is known of the tables in the database: read schema by schema, kept until it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from types import MappingProxyType

from datajoint_nb.backends import Backend, LoadedTable, Reference, Run
from datajoint_nb.codecs.chain import chain_of
from datajoint_nb.codecs.registry import REGISTRY
from datajoint_nb.errors import DataJointError, MissingTableError
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.model.types import TypeSpec, parse_type

ResolveCodec = Callable[[TypeSpec], "TypeSpec | None"]


def registered_codec(spec: TypeSpec) -> TypeSpec | None:
    """The core type at the end of a codec's chain; None when a codec of it is not registered."""
    try:
        return parse_type(chain_of(spec.text).core)
    except DataJointError:
        return None


class Catalogue:
    """Tables by name, for one connection; may be used from any thread.

    Parameters
    ----------
    run : callable
        Sends a statement and returns its rows.
    resolve_codec : callable
        Finds the core type that a codec type is stored as.
    """

    def __init__(self, backend: Backend, run: Run, resolve_codec: ResolveCodec = registered_codec):
        self._backend = backend
        self._run = run
        self._resolve_codec = resolve_codec
        self._lock = threading.Lock()
        # counts changes, so that what was read before one is not kept after it
        self._generation = 0
        self._loaded: dict[str, dict[str, LoadedTable]] = {}
        self._complete: dict[str, tuple[int, Mapping[str, StoredTable]]] = {}

    def schema(self, schema: str) -> Mapping[str, StoredTable]:
        """The usable tables of a schema by name, system tables (``~…``) but lineage included."""
        found = self._complete.get(schema)
        # a codec that was registered meanwhile gives columns another storage
        version = REGISTRY.version
        if found is not None and found[0] == version:
            return found[1]
        generation = self._generation
        # without the lock: whoever holds the database may be waiting for it
        loaded = self._load(schema)
        tables = MappingProxyType(
            {name: self._finished(table) for name, table in loaded.items() if table.fault is None}
        )
        with self._lock:
            if self._generation == generation:
                self._complete[schema] = (version, tables)
        return tables

    def table(self, name: TableName) -> StoredTable:
        """One table; its schema is read once more if it does not have it.

        Raises
        ------
        MissingTableError
            Naming near matches.
        DataJointError
            When the table holds legacy data that cannot be read.
        """
        found = self._find(name)
        if found is None:
            self.invalidate(name.schema)
            found = self._find(name)
        if found is None:
            raise self._missing(name)
        return found

    def _find(self, name: TableName) -> StoredTable | None:
        found = self.schema(name.schema).get(name.table)
        if found is None:
            loaded = self._loaded.get(name.schema, {}).get(name.table)
            if loaded is not None and loaded.fault is not None:
                raise loaded.fault.suggest(f"(table {name})")
        return found

    def _missing(self, name: TableName) -> MissingTableError:
        known = self.schema(name.schema)
        near = get_close_matches(name.table, known, n=3)
        if near:
            hint = f"; did you mean {' or '.join(f'`{n}`' for n in near)}?"
        elif known:
            hint = f"; schema `{name.schema}` has other tables"
        else:
            hint = f"; schema `{name.schema}` has no tables, or is not there"
        return MissingTableError(f"Table {name} is not in the database{hint}")

    def exists(self, name: TableName) -> bool:
        """Whether the table is there; one that is not known is looked for in the database."""
        if name.table in self.schema(name.schema):
            return True
        self.invalidate(name.schema)
        return name.table in self.schema(name.schema)

    def knows(self, name: TableName) -> bool:
        """Whether the table is among those read so far; the database is asked only for unread schemas."""
        return name.table in self.schema(name.schema)

    def references(self, parents_in: str | None = None) -> list[Reference]:
        """Foreign keys of the whole database, or those to tables of one schema; always read anew."""
        return self._backend.references(self._run, parents_in)

    def put(self, tables: Iterable[StoredTable]) -> None:
        """Add tables that were just created, so that their schema need not be read again."""
        with self._lock:
            self._generation += 1
            for table in tables:
                found = self._complete.get(table.name.schema)
                loaded = self._loaded.get(table.name.schema)
                if found is not None and loaded is not None:
                    known = MappingProxyType({**found[1], table.name.table: table})
                    self._complete[table.name.schema] = (found[0], known)
                    loaded[table.name.table] = LoadedTable(table)

    def invalidate(self, schema: str | None = None) -> None:
        """Forget a schema, or all of them; they are read again at the next use."""
        with self._lock:
            self._generation += 1
            if schema is None:
                self._loaded.clear()
                self._complete.clear()
            else:
                self._loaded.pop(schema, None)
                self._complete.pop(schema, None)

    def _load(self, schema: str) -> dict[str, LoadedTable]:
        loaded = self._loaded.get(schema)
        if loaded is not None:
            return loaded
        generation = self._generation
        loaded = self._backend.load_schema(self._run, schema)
        with self._lock:
            if self._generation == generation:
                self._loaded[schema] = loaded
        return loaded

    def _finished(self, table: LoadedTable) -> StoredTable:
        """The table with types of foreign keys and codecs filled in."""
        unmarked = {c for key in table.stored.foreign_keys for c in key.columns} & table.unmarked
        columns = tuple(
            self._with_storage(
                self._inherited(table, column, frozenset()) if column.name in unmarked else column
            )
            for column in table.stored.columns
        )
        return replace(table.stored, columns=columns)

    def _with_storage(self, column: Attribute) -> Attribute:
        if column.spec.kind != "codec":
            return column
        return replace(column, storage=self._resolve_codec(column.spec))

    def _inherited(
        self, table: LoadedTable, column: Attribute, seen: frozenset[tuple[TableName, str]]
    ) -> Attribute:
        """The column with the type that the first ancestor declares."""
        place = (table.stored.name, column.name)
        if place in seen or column.name not in table.unmarked:
            return column
        for key in table.stored.foreign_keys:
            if column.name in key.columns:
                parent = self._load(key.parent.schema).get(key.parent.table)
                origin = parent and parent.stored.by_name.get(key.attr_map[column.name])
                if parent and origin:
                    return replace(column, spec=self._inherited(parent, origin, seen | {place}).spec)
        return column
