"""How the SQL of each database is written: one table of facts for each.

Everything that differs between databases and can be said as a fact stands here; a new database
begins with a new row of this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import TableName
from datajoint_nb.model.types import TypeSpec
from datajoint_nb.sql import values

Name = Literal["mysql", "mariadb", "postgresql", "sqlite"]

ALL_ROWS = 999999999999

MYSQL_CORE = {
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float32": "float",
    "float64": "double",
    "decimal": "decimal({0},{1})",
    "bool": "tinyint",
    "char": "char({0})",
    "varchar": "varchar({0})",
    "date": "date",
    "uuid": "binary(16)",
    "json": "json",
    "bytes": "longblob",
}
POSTGRES_CORE = {
    "int8": "smallint",
    "int16": "smallint",
    "int32": "integer",
    "int64": "bigint",
    "float32": "real",
    "float64": "double precision",
    "decimal": "numeric({0},{1})",
    "bool": "boolean",
    "char": "char({0})",
    "varchar": "varchar({0})",
    "date": "date",
    "uuid": "uuid",
    "json": "jsonb",
    "bytes": "bytea",
}
SQLITE_CORE = {
    "int8": "INTEGER",
    "int16": "INTEGER",
    "int32": "INTEGER",
    "int64": "INTEGER",
    "float32": "REAL",
    "float64": "REAL",
    "bool": "INTEGER",
    "char": "TEXT",
    "varchar": "TEXT",
    "enum": "TEXT",
    "date": "TEXT",
    "datetime": "TEXT",
    "uuid": "TEXT",
    "json": "TEXT",
    "bytes": "BLOB",
}
MYSQL_NATIVE = frozenset(
    "tinyint smallint mediumint int integer bigint serial decimal numeric dec fixed float double real "  # noqa: SIM905
    "tinytext text mediumtext longtext tinyblob blob mediumblob longblob time timestamp year".split()
)
POSTGRES_NATIVE = frozenset(
    "smallint int integer bigint serial decimal numeric dec float real text time timestamp "  # noqa: SIM905
    "boolean bytea timestamptz jsonb".split()
) | {"double precision"}
SQLITE_NATIVE = frozenset(["integer", "real", "text", "blob"])
# native types that servers call by another name when asked for a column's type
MYSQL_SPELLINGS = {
    "integer": "int",
    "real": "double",
    "numeric": "decimal",
    "dec": "decimal",
    "fixed": "decimal",
    "serial": "bigint unsigned auto_increment",
}
POSTGRES_SPELLINGS = {"int": "integer", "float": "double precision", "dec": "numeric", "decimal": "numeric"}


@dataclass(frozen=True)
class Dialect:
    """The facts about one database's SQL.

    Attributes
    ----------
    name : str
    quote_mark : str
        Encloses identifiers; doubled inside them.
    placeholder : str
        The driver's sign for a bound value.
    table_limit, attribute_limit : int
        Longest names, in characters.
    comment_limit, table_comment_limit : int or None
        Longest comments, None for no limit.
    max_bind : int
        Most bound values of one statement.
    savepoint_writes : bool
        Whether an error spoils the whole transaction, so that writes need a savepoint.
    alias_in_having : bool
        Whether HAVING may name a computed column.
    nulls_sort_last : bool
        Whether NULL sorts after all values unless told otherwise.
    moves_columns : bool
        Whether the order of a table's columns can be changed.
    infinity : bool
        Whether columns of floating-point numbers hold infinite ones.
    row_values : {"in", "values"}
        How a list of tuples is written on the right of IN.
    """

    name: Name
    quote_mark: str
    placeholder: str
    table_limit: int
    attribute_limit: int
    comment_limit: int | None
    table_comment_limit: int | None
    max_bind: int
    core_columns: Mapping[str, str]
    native_names: frozenset[str]
    native_spellings: Mapping[str, str]
    writer: Callable[[TypeSpec], values.Change | None]
    reader: Callable[[TypeSpec], values.Change | None]
    true: str = "TRUE"
    false: str = "FALSE"
    savepoint_writes: bool = False
    alias_in_having: bool = True
    nulls_sort_last: bool = False
    unlimited: str = str(ALL_ROWS)
    row_values: Literal["in", "values"] = "in"
    # equality in which NULL equals NULL
    null_safe_equal: str = "<=>"
    insert_defaults: str = "() VALUES ()"
    default_keyword: bool = True
    # of comments, defaults and labels, which MySQL keeps in tables of three-byte characters
    widest_letter: int = 0x10FFFF
    transactional_ddl: bool = True
    moves_columns: bool = True
    infinity: bool = True
    # names are quoted over and over: each is quoted once
    _quoted: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def family(self) -> str:
        """``mysql`` for MySQL and MariaDB alike."""
        return "mysql" if self.name == "mariadb" else self.name

    def quote(self, name: str) -> str:
        """The identifier in the dialect's quotes."""
        quoted = self._quoted.get(name)
        if quoted is None:
            if "\x00" in name or "\x1f" in name:
                raise DataJointError(f"name {name!r} holds a control character")
            mark = self.quote_mark
            quoted = mark + name.replace(mark, mark + mark) + mark
            if len(self._quoted) < 10_000:
                self._quoted[name] = quoted
        return quoted

    def quote_identifier(self, name: str) -> str:
        """The identifier in quotes, under the name that the reference library uses."""
        return self.quote(name)

    def make_full_table_name(self, database: str, table: str) -> str:
        """The quoted full name of a table, under the name that the reference library uses."""
        return self.full_name(TableName(database, table))

    def names(self, names: object) -> str:
        """Quoted names, separated by commas."""
        return ", ".join(self.quote(name) for name in names)  # type: ignore[attr-defined]

    def full_name(self, table: TableName) -> str:
        """The quoted full name that users see."""
        return f"{self.quote(table.schema)}.{self.quote(table.table)}"

    def table(self, table: TableName) -> str:
        """The quoted name that statements use; SQLite has one file, hence one namespace."""
        return self.quote(str(table)) if self.name == "sqlite" else self.full_name(table)

    def column_type(self, spec: TypeSpec) -> str:
        """SQL type of a core or native type, without enumerations of PostgreSQL and checks of SQLite."""
        if spec.kind == "native":
            return self._native_type(spec)
        if spec.name == "datetime":
            return self._datetime(spec)
        if spec.name == "decimal" and self.name == "sqlite":
            real = int(spec.args[0]) <= values.REAL_DIGITS
            return "REAL" if real else "TEXT COLLATE djnb_decimal"
        if spec.name == "enum" and self.name != "sqlite":
            return "enum(" + ", ".join(self.literal(str(label)) for label in spec.args) + ")"
        return self.core_columns[spec.name].format(*spec.args)

    def spelled(self, spec: TypeSpec) -> TypeSpec:
        """A native type as the server spells it: ``integer`` is ``int`` in MySQL."""
        if spec.kind != "native" or "zerofill" in spec.text:
            return spec
        name = self.native_spellings.get(spec.name, spec.name)
        args = tuple(int(arg) for arg in spec.args)
        if name == "decimal":
            args = (*args, *(10, 0)[len(args) :])
        elif name == "numeric" and len(args) == 1:
            args = (*args, 0)
        elif spec.is_integer and self.family == "mysql":
            args = ()
        words = spec.text.partition(")")[2] if spec.args else spec.text[len(spec.name) :]
        inner = f"({','.join(map(str, args))})" if args else ""
        return TypeSpec("native", name.partition(" unsigned")[0], f"{name}{inner}{words}", args)

    def _native_type(self, spec: TypeSpec) -> str:
        words = set(spec.text.split()) & {"unsigned", "zerofill", "auto_increment"}
        allowed = {"mysql": words, "sqlite": {"auto_increment"} if spec.name == "integer" else set()}
        if spec.name not in self.native_names or words - allowed.get(self.family, set()):
            raise DataJointError(f"{self.name} has no type `{spec.text}`")
        if self.name == "sqlite":
            return spec.name.upper()  # tables are strict, and know neither lengths nor further words
        return spec.text.replace(" auto_increment", "")

    def _datetime(self, spec: TypeSpec) -> str:
        if self.name == "sqlite":
            return "TEXT"
        digits = f"({spec.args[0]})" if spec.args else ""
        if self.name == "postgresql":
            # a bare `timestamp` keeps microseconds; the precision 0 is what `datetime` means, but
            # databases of the reference have it bare, so the client cuts the fraction instead
            return f"timestamp{digits}"
        return f"datetime{digits}"

    def literal(self, text: str) -> str:
        """A string literal; for DDL only, values of queries are bound."""
        if "\x00" in text:
            raise DataJointError("a text with a NUL character cannot be stored")
        escaped = text.replace("'", "''")
        if self.family == "mysql":
            escaped = escaped.replace("\\", "\\\\")
        return f"'{escaped}'"


MYSQL = Dialect(
    "mysql", "`", "%s", 64, 64, 1024, 2048, 1_000_000, MYSQL_CORE, MYSQL_NATIVE, MYSQL_SPELLINGS,
    values.mysql_writer, values.mysql_reader, transactional_ddl=False, widest_letter=0xFFFF, infinity=False,
)  # fmt: skip
MARIADB = Dialect(
    "mariadb", "`", "%s", 64, 64, 1024, 2048, 1_000_000, MYSQL_CORE, MYSQL_NATIVE, MYSQL_SPELLINGS,
    values.mysql_writer, values.mysql_reader, transactional_ddl=False, widest_letter=0xFFFF, infinity=False,
)  # fmt: skip
POSTGRESQL = Dialect(
    "postgresql", '"', "%s", 63, 63, None, None, 65_535, POSTGRES_CORE, POSTGRES_NATIVE, POSTGRES_SPELLINGS,
    values.postgres_writer, values.postgres_reader, savepoint_writes=True, alias_in_having=False,
    nulls_sort_last=True, unlimited="ALL", null_safe_equal="IS NOT DISTINCT FROM",
    insert_defaults="DEFAULT VALUES",
    moves_columns=False,
)  # fmt: skip
SQLITE = Dialect(
    "sqlite", '"', "?", 63, 63, None, None, 32_766, SQLITE_CORE, SQLITE_NATIVE, {},
    values.sqlite_writer, values.sqlite_reader, unlimited="-1", null_safe_equal="IS", row_values="values",
    insert_defaults="DEFAULT VALUES", default_keyword=False,
)  # fmt: skip
DIALECTS: Mapping[str, Dialect] = {d.name: d for d in (MYSQL, MARIADB, POSTGRESQL, SQLITE)}
