"""A connection that has tables but no database: whatever asks a server fails."""

from __future__ import annotations

from typing import Any

from datajoint_nb.definition.parse import parse
from datajoint_nb.errors import MissingTableError
from datajoint_nb.model.names import TableName, Tier
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.settings import new_config
from datajoint_nb.sql.dialect import DIALECTS
from datajoint_nb.tables import declare
from datajoint_nb.tables.table import FreeTable


class Catalogue:
    def __init__(self) -> None:
        self.tables: dict[TableName, StoredTable] = {}

    def exists(self, name: TableName) -> bool:
        return name in self.tables

    def table(self, name: TableName) -> StoredTable:
        if name not in self.tables:
            raise MissingTableError(f"Table {name} is not in the database")
        return self.tables[name]

    def schema(self, schema: str) -> dict[str, StoredTable]:
        return {name.table: stored for name, stored in self.tables.items() if name.schema == schema}


class OfflineConnection:
    """Enough of a connection to declare, combine and compile."""

    in_transaction = False

    def __init__(self, dialect: str = "sqlite"):
        self.dialect = DIALECTS[dialect]
        self.config = new_config()
        self.catalogue = Catalogue()

    def declare(self, name: str, definition: str, tier: Tier = Tier.MANUAL) -> Any:
        """Build a table from its definition and keep it; references are names of kept tables."""
        full = TableName("lab", name)
        stored = build(self, full, definition, tier)
        self.catalogue.tables[full] = stored
        return FreeTable(self, full)  # type: ignore[arg-type]


def build(
    connection: OfflineConnection, name: TableName, definition: str, tier: Tier = Tier.MANUAL
) -> StoredTable:
    def resolve(target: str) -> TableName:
        return TableName("lab", target)

    return declare.build(parse(definition), name, connection, resolve, tier)  # type: ignore[arg-type]
