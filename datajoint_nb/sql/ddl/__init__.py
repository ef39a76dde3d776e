"""CREATE, ALTER and DROP statements of tables, schemas and lineage.

See ``tests/spec/01-definitions.md`` §3 and §8.
"""

from __future__ import annotations

from datajoint_nb.sql.ddl.alter import alter_table
from datajoint_nb.sql.ddl.columns import stored_comment
from datajoint_nb.sql.ddl.indexes import index_items, support_indexes
from datajoint_nb.sql.ddl.lineage import (
    LINEAGE,
    delete_lineage,
    insert_lineage,
    lineage_table,
    write_lineage,
)
from datajoint_nb.sql.ddl.schemas import create_schema, drop_schema
from datajoint_nb.sql.ddl.surroundings import NOTHING_KNOWN, Surroundings
from datajoint_nb.sql.ddl.tables import comments, create_table, delete_comments, drop_table, foreign_key

__all__ = [
    "LINEAGE",
    "NOTHING_KNOWN",
    "Surroundings",
    "alter_table",
    "comments",
    "create_schema",
    "create_table",
    "delete_comments",
    "delete_lineage",
    "drop_schema",
    "drop_table",
    "foreign_key",
    "index_items",
    "insert_lineage",
    "lineage_table",
    "stored_comment",
    "support_indexes",
    "write_lineage",
]
