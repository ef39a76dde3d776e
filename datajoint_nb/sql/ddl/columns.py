"""One column of CREATE TABLE."""

from __future__ import annotations

import uuid

from datajoint_nb.definition.defaults import normal_default
from datajoint_nb.model import marker
from datajoint_nb.model.definition import Default
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.model.types import INTEGER_BITS, TypeSpec
from datajoint_nb.sql.dialect import Dialect


def column(
    attribute: Attribute,
    table: StoredTable,
    dialect: Dialect,
    enum_type: str | None = None,
    collation: tuple[str, str] | None = None,
) -> str:
    """The clause of one column: name, type, nullability, default, checks, comment."""
    spec = attribute.core
    parts = [dialect.quote(attribute.name), enum_type or dialect.column_type(spec)]
    if collation:
        parts.append(f"CHARACTER SET {collation[0]} COLLATE {collation[1]}")
    if dialect.name == "sqlite" and attribute.autoincrement and numbers_itself(table, dialect):
        return " ".join([*parts, "PRIMARY KEY AUTOINCREMENT NOT NULL"])
    if not attribute.nullable:
        parts.append("NOT NULL")
    if default := default_clause(attribute, dialect):
        parts.append(default)
    if attribute.autoincrement and dialect.family == "mysql":
        parts.append("AUTO_INCREMENT")
    if dialect.name == "sqlite":
        parts += [
            f"CONSTRAINT {dialect.quote(attribute.name)} CHECK ({c})" for c in check(attribute, dialect)
        ]
    if dialect.family == "mysql":
        parts.append(f"COMMENT {dialect.literal(stored_comment(attribute, table, dialect))}")
    return " ".join(parts)


def numbers_itself(table: StoredTable, dialect: Dialect) -> bool:
    """Whether SQLite numbers the rows, which it can only in a key of one column."""
    if dialect.name != "sqlite" or len(table.primary_key) != 1:
        return False
    return table.by_name[table.primary_key[0]].autoincrement


def default_clause(attribute: Attribute, dialect: Dialect) -> str:
    """``DEFAULT …``, or nothing where a value is required."""
    default = attribute.default_value
    if default is None:
        return "DEFAULT NULL" if attribute.nullable else ""
    if default.kind == "null":
        return "DEFAULT NULL"
    if default.kind == "now":
        return f"DEFAULT {now(attribute.core, default, dialect)}"
    return f"DEFAULT {literal(attribute.core, default, dialect)}"


def now(spec: TypeSpec, default: Default, dialect: Dialect) -> str:
    """The current time with as many digits as the column holds, which MySQL insists on."""
    is_moment = spec.name in {"datetime", "timestamp", "timestamptz"}
    normal = normal_default(spec, default) or default
    digits = int(spec.args[0]) if is_moment and spec.args else (normal.precision or 0)
    if spec.name == "date":
        return "CURRENT_DATE" if dialect.transactional_ddl else "(CURRENT_DATE)"
    if dialect.name == "sqlite":
        return _sqlite_now(digits)
    # a bare timestamp of PostgreSQL keeps microseconds, which no value given by a client has
    bare = "CURRENT_TIMESTAMP(0)" if dialect.name == "postgresql" and is_moment else "CURRENT_TIMESTAMP"
    return f"CURRENT_TIMESTAMP({digits})" if digits else bare


def _sqlite_now(digits: int) -> str:
    milliseconds = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    if digits == 0:
        return "CURRENT_TIMESTAMP"
    if digits < 3:
        return f"(substr({milliseconds}, 1, {20 + digits}))"
    return f"({milliseconds} || '{'0' * (digits - 3)}')" if digits > 3 else f"({milliseconds})"


def literal(spec: TypeSpec, default: Default, dialect: Dialect) -> str:
    """A literal default in the spelling that the server takes for the type.

    MySQL and PostgreSQL get numbers in quotes and make numbers of them.
    """
    normal = normal_default(spec, default)
    text = default.text if normal is None else normal.text
    if spec.is_bool:
        return text if dialect.name != "postgresql" else dialect.true if text == "1" else dialect.false
    if spec.is_numeric and dialect.name == "sqlite":
        return text if dialect.column_type(spec) in {"INTEGER", "REAL"} else dialect.literal(text)
    if spec.name == "uuid" and dialect.family == "mysql":
        # bytes that are no text would not be read back; an expression is
        return f"(UNHEX('{uuid.UUID(text).hex}'))"
    return dialect.literal(text)


def check(attribute: Attribute, dialect: Dialect) -> list[str]:
    """SQLite: what keeps other values out, where other servers have a type for it."""
    spec, name = attribute.core, dialect.quote(attribute.name)
    if spec.kind != "core":
        return []
    if spec.name in INTEGER_BITS and spec.name != "int64":
        bound = 2 ** (INTEGER_BITS[spec.name] - 1)
        return [f"{name} BETWEEN {-bound} AND {bound - 1}"]
    if spec.name == "bool":
        return [f"{name} IN (0, 1)"]
    if spec.name in {"char", "varchar"}:
        return [f"length({name}) <= {spec.args[0]}"]
    if spec.name == "enum":
        return [f"{name} IN ({', '.join(dialect.literal(str(label)) for label in spec.args)})"]
    # older SQLite calls NULL not valid
    return [f"{name} IS NULL OR json_valid({name})"] if spec.name == "json" else []


def stored_comment(column: Attribute, table: StoredTable, dialect: Dialect) -> str:
    """Marker and user's comment.

    A foreign key's uuid on PostgreSQL stays without marker, since the reference library cannot
    fetch it otherwise; the column's own type says enough.
    """
    referring = any(column.name in key.columns for key in table.foreign_keys)
    if dialect.name == "postgresql" and column.spec.name == "uuid" and referring:
        return column.comment
    return marker.write(column.spec, column.comment)
