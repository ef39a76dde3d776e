"""Enumeration types of PostgreSQL: ``tests/spec/01-definitions.md`` §3.6."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from datajoint_nb.model.stored import StoredTable
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import Statement

Known = Mapping[tuple[str, str], tuple[str, ...]]


def types(table: StoredTable, dialect: Dialect, known: Known) -> tuple[list[Statement], dict[str, str]]:
    """CREATE TYPE for the enumerations that are not there yet, and each column's quoted type."""
    if dialect.name != "postgresql":
        return [], {}
    schema = table.name.schema
    present = {name: labels for (owner, name), labels in known.items() if owner == schema}
    statements: list[Statement] = []
    names: dict[str, str] = {}
    for column in table.columns:
        if column.core.name != "enum":
            continue
        labels = tuple(str(label) for label in column.core.args)
        name = type_name(labels, present)
        full = f"{dialect.quote(schema)}.{dialect.quote(name)}"
        if name not in present:
            listed = ", ".join(dialect.literal(label) for label in labels)
            statements.append(Statement(f"CREATE TYPE {full} AS ENUM ({listed})"))
            present[name] = labels
        names[column.name] = full
    return statements, names


def type_name(labels: Sequence[str], present: Mapping[str, tuple[str, ...]]) -> str:
    """The name of the type for `labels`: the reference library's, unless that has other labels.

    Its names forget the order of labels, and where one label ends.
    """
    name = f"enum_{_md5('_'.join(sorted(labels)))[:8]}"
    if present.get(name, tuple(labels)) == tuple(labels):
        return name
    return f"enum_{_md5(json.dumps(list(labels), ensure_ascii=False))[:16]}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
