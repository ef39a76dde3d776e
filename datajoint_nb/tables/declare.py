"""From a definition to a table in the database.

`build` resolves a parsed definition to a `StoredTable`; `declare` sends the DDL: all of it, or
nothing stays. See ``tests/spec/01-definitions.md`` §1, §3.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.definition import (
    NULL,
    Default,
    TableDefinition,
)
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName, Tier
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.model.types import parse_type
from datajoint_nb.sql import ddl
from datajoint_nb.tables.columns import ColumnBuilder, Resolve, unwritable

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

logger = logging.getLogger("datajoint_nb")

JOB_METADATA = (
    Attribute(
        "_job_start_time", parse_type("datetime(3)"), nullable=True, default_value=NULL,
        comment="when computation began",
    ),
    Attribute(
        "_job_duration", parse_type("float32"), nullable=True, default_value=NULL,
        comment="computation duration in seconds",
    ),
    Attribute(
        "_job_version", parse_type("varchar(64)"), default_value=Default("literal", ""),
        comment="code version",
    ),
)  # fmt: skip
PROVENANCE = Attribute(
    "_prov", parse_type("json"), nullable=True, default_value=NULL,
    comment="extrinsic provenance for a row that entered from outside",
)  # fmt: skip


def build(
    definition: TableDefinition, name: TableName, connection: Connection, resolve: Resolve, tier: Tier
) -> StoredTable:
    """The table that a definition declares.

    Raises
    ------
    DefinitionError
        With every fault: unresolved references, unknown codecs, invalid defaults, limits.
    DataJointError
        When the table breaks a rule of its tier.
    """
    dialect = connection.dialect
    longest = len(name.table)
    if tier in (Tier.IMPORTED, Tier.COMPUTED):
        # the job table has a prefix of two characters instead of the tier's
        longest = max(longest, len(f"~~{name.table.lstrip('_')}"))
    if longest > dialect.table_limit:
        raise DataJointError(
            f"table name `{name.table}` is too long: "
            f"at most {dialect.table_limit} characters, job table included"
        )
    if dialect.table_comment_limit and len(definition.comment) > dialect.table_comment_limit:
        raise DataJointError(f"the comment of {name} is longer than {dialect.table_comment_limit} characters")
    wide = unwritable(definition.comment, dialect)
    if wide:
        raise DataJointError(f"The comment of {name}: {wide[0]} ({wide[1]})")
    stored = ColumnBuilder(definition, name, connection, resolve).build(_hidden(tier, connection))
    _check_tier(stored, tier, connection)
    return stored


def _hidden(tier: Tier, connection: Connection) -> tuple[Attribute, ...]:
    config = connection.config
    if tier in (Tier.IMPORTED, Tier.COMPUTED) and config["jobs.add_job_metadata"]:
        return JOB_METADATA
    if tier is Tier.MANUAL and config["provenance.capture"]:
        return (PROVENANCE,)
    return ()


def _check_tier(stored: StoredTable, tier: Tier, connection: Connection) -> None:
    if tier is Tier.PART:
        master = stored.name.master
        # a part of a part finds its master through that one
        if not any(master in (key.parent, key.parent.master) for key in stored.foreign_keys):
            raise DataJointError(
                f"Part table {stored.name} must reference its master: add the line `-> master`"
            )
    if tier not in (Tier.IMPORTED, Tier.COMPUTED):
        return
    if connection.config["jobs.allow_new_pk_fields_in_computed_tables"]:
        return
    inherited = {column for key in stored.foreign_keys for column in key.columns}
    own = [name for name in stored.primary_key if name not in inherited]
    if own:
        what = (
            "an empty primary key"
            if own == ["_singleton"]
            else f"the primary key attribute `{own[0]}` of its own"
        )
        raise DataJointError(
            f"Table {stored.name} is {tier.label} and has {what}; its key must consist of foreign keys "
            "(config['jobs.allow_new_pk_fields_in_computed_tables'] = True allows more)"
        )


def declare(stored: StoredTable, connection: Connection) -> None:
    """Create the table with its indexes, comments and lineage; nothing stays after a failure.

    Raises
    ------
    DataJointError
        Inside a transaction, which servers would commit silently.
    AccessError
        Without the privileges CREATE, and REFERENCES on the parents.
    """
    if connection.in_transaction:
        raise DataJointError("Tables cannot be declared inside a transaction; declare them before it begins")
    connection.create_table(stored)


def statements(stored: StoredTable, connection: Connection) -> list[str]:
    """The DDL of a table as texts, without sending it."""
    return [statement.sql for statement in ddl.create_table(stored, connection.dialect)]
