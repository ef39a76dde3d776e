"""Inserting and updating rows: ``tests/spec/05-data-manipulation.md`` §1-§3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from datajoint_nb.errors import DataJointError, DuplicateError, MissingAttributeError, UnknownFieldError
from datajoint_nb.model.names import Tier
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.query import algebra
from datajoint_nb.query.conditions import InQuery, InRows, complement
from datajoint_nb.query.nodes import Base
from datajoint_nb.sql import insert as sql_insert
from datajoint_nb.sql import select as sql_select
from datajoint_nb.sql.statement import Statement
from datajoint_nb.storage import writelog
from datajoint_nb.tables import encode, permission, validation
from datajoint_nb.tables.deletion import Deletion
from datajoint_nb.tables.either import either
from datajoint_nb.tables.expression import as_expression
from datajoint_nb.tables.rows import rows_in
from datajoint_nb.tables.validation import ValidationResult

if TYPE_CHECKING:
    from datajoint_nb.tables.table import Table


class Writing(Deletion):
    """The methods of tables that write."""

    @either
    def insert(
        self,
        rows: Any,
        replace: bool = False,
        skip_duplicates: bool = False,
        ignore_extra_fields: bool = False,
        allow_direct_insert: bool | None = None,
        chunk_size: int | None = None,
    ) -> None:
        """Insert rows: all of them, or none.

        Parameters
        ----------
        rows : iterable, DataFrame, structured array, Path or QueryExpression
            Mappings by attribute name (or named tuples, dataclasses, sequences of all attributes);
            data frames of pandas, polars, Arrow; the path of a CSV file; an expression, which is
            copied inside the server.
        replace : bool
            Overwrite the rows whose key is stored already.
        skip_duplicates : bool
            Leave out the rows whose key is stored already.
        ignore_extra_fields : bool
            Leave out fields that are no attributes, instead of refusing them.
        allow_direct_insert : bool, optional
            Permit inserting into an auto-populated table outside ``make``.
        chunk_size : int, optional
            Read and commit so many rows at a time.

        Raises
        ------
        UnknownAttributeError
            For a field that is no attribute (the error is a KeyError too).
        MissingAttributeError
            When a required attribute has no value.
        DuplicateError, IntegrityError
            From the server; nothing was stored.
        DataJointError
            For values that an attribute cannot take, naming row, attribute, value and reason.

        See
        ---
        tests/spec/05-data-manipulation.md §1
        """
        table = cast("Table", self)
        if replace and skip_duplicates:
            raise DataJointError("replace and skip_duplicates exclude each other")
        _check_tier(table, allow_direct_insert)
        mode: sql_insert.Duplicates = "replace" if replace else "skip" if skip_duplicates else "error"
        expression = as_expression(rows)
        if expression is not None:
            if chunk_size is not None:
                raise DataJointError("chunk_size does not apply to a query: it is copied inside the server")
            _insert_query(table, expression, mode, ignore_extra_fields)
            return
        given = rows_in(rows, table.own_heading)
        for chunk in _chunks(given, chunk_size):
            _insert_rows(table, chunk, mode, ignore_extra_fields)

    @either
    def insert1(self, /, row: Any, **kwargs: Any) -> None:
        """Insert one row; options as in `insert`."""
        self.insert((row,), **kwargs)

    @either
    def insert_dataframe(self, /, df: Any, index_as_pk: bool | None = None, **kwargs: Any) -> None:
        """Insert a pandas DataFrame.

        Parameters
        ----------
        index_as_pk : bool, optional
            True: the index holds the primary key. False: the index is dropped. None: it is used
            when its names are those of the primary key.

        Raises
        ------
        DataJointError
            For anything but a DataFrame, or when the index must be but is not the key.
        """
        table = cast("Table", self)
        if not (type(df).__module__.partition(".")[0] == "pandas" and type(df).__name__ == "DataFrame"):
            raise DataJointError(f"insert_dataframe takes a pandas DataFrame, not {type(df).__name__}")
        matches = set(df.index.names) == set(table.own_heading.primary_key)
        if index_as_pk and not matches:
            raise DataJointError(
                f"The index {list(df.index.names)} is not the primary key {table.own_heading.primary_key}"
            )
        use = matches if index_as_pk is None else index_as_pk
        self.insert(df.reset_index(drop=not use), **kwargs)

    @either
    def validate(self, rows: Any, *, ignore_extra_fields: bool = False) -> ValidationResult:
        """Check rows as `insert` would, without sending anything.

        Foreign keys and uniqueness against stored rows are left to the server.
        """
        table = cast("Table", self)
        return validation.validate(rows_in(rows, table.own_heading), table.own_heading, ignore_extra_fields)

    @either
    def update1(self, row: Mapping[str, Any]) -> None:
        """Change secondary attributes of one stored row.

        Parameters
        ----------
        row : mapping
            The whole primary key and the attributes to change; None restores the default.

        Raises
        ------
        DataJointError
            Unless the key identifies one stored row and all names are attributes.
        MissingAttributeError
            For None in a required attribute.
        """
        _update(cast("Table", self), row)


def _check_tier(table: Table, allow: bool | None) -> None:
    # only classes guard their table: FreeTable is the way around
    tier = getattr(type(table), "tier", None)
    if tier in (Tier.IMPORTED, Tier.COMPUTED):
        permission.check_insert(table.name, table._require_connection(), allow)


def _chunks(rows: Iterator[Any], size: int | None) -> Iterator[list[Any]]:
    if size is None:
        everything = list(rows)
        if everything:
            yield everything
        return
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise DataJointError(f"chunk_size must be a positive integer, not {size!r}")
    while chunk := list(islice(rows, size)):
        yield chunk


def _insert_rows(
    table: Table, rows: Iterable[Any], mode: sql_insert.Duplicates, ignore_extra_fields: bool
) -> None:
    connection = table._require_connection()
    stored = table.stored
    with writelog.recording() as log:
        try:
            encoded = encode.encode(
                rows,
                stored.heading,
                table.name,
                connection,
                ignore_extra_fields,
                everything=mode == "replace",
            )
            _note(table, encoded)
            _send(table, stored, encoded, mode)
        except BaseException:
            log.remove()
            raise
        connection.after_rollback(log.remove)


def _note(table: Table, encoded: encode.Encoded) -> None:
    if permission.current() is None:
        return
    connection = table._require_connection()
    reads = [connection.dialect.reader(a.core) for a in encoded.attributes]
    rows = []
    for row in encoded.rows:
        rows.append(
            {
                a.name: v if r is None or v is None else r(v)
                for a, v, r in zip(encoded.attributes, row, reads, strict=True)
                if a.in_key and v is not sql_insert.DEFAULT
            }
        )
    permission.note_insert(table.name, connection, rows)


def _send(table: Table, stored: StoredTable, encoded: encode.Encoded, mode: sql_insert.Duplicates) -> None:
    connection = table._require_connection()
    dialect = connection.dialect
    if mode != "error" and encoded.attributes:
        encoded = _deduplicated(encoded, stored, first=mode == "skip")
        if dialect.family == "mysql" and any(stored.unique_indexes()):
            _send_apart(table, stored, encoded, mode)
            return
    key = stored.primary_key
    if stored.is_singleton:
        encoded = _with_singleton(encoded, stored)
    try:
        connection.execute_all(
            sql_insert.insert(stored.name, encoded.attributes, encoded.rows, dialect, mode, key)
        )
    except DuplicateError as error:
        if mode == "error":
            raise error.suggest(
                "To leave out rows that are stored already, insert with skip_duplicates=True"
            ) from error
        raise


def _with_singleton(encoded: encode.Encoded, stored: StoredTable) -> encode.Encoded:
    # said in so many words, because SQLite would number the rows of a single integer key
    hidden = stored.by_name["_singleton"]
    return encode.Encoded([*encoded.attributes, hidden], [(*row, sql_insert.DEFAULT) for row in encoded.rows])


def _deduplicated(encoded: encode.Encoded, stored: StoredTable, first: bool) -> encode.Encoded:
    """Each key once: PostgreSQL refuses to touch a row twice, and order must not decide."""
    names = [attribute.name for attribute in encoded.attributes]
    places = [names.index(name) for name in stored.primary_key if name in names]
    if len(places) < len(stored.heading.primary_key):
        return encoded
    chosen: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in encoded.rows:
        key = tuple([row[place] for place in places])
        if not (first and key in chosen):
            chosen[key] = row
    return encode.Encoded(encoded.attributes, list(chosen.values()))


def _send_apart(
    table: Table, stored: StoredTable, encoded: encode.Encoded, mode: sql_insert.Duplicates
) -> None:
    """MySQL cannot tell the primary key from other unique indexes: look the keys up first."""
    connection = table._require_connection()
    dialect = connection.dialect
    names = [attribute.name for attribute in encoded.attributes]
    places = [names.index(name) for name in stored.heading.primary_key]
    with connection.joined_transaction():
        present = _present(table, stored, encoded, places)
        fresh = [row for row in encoded.rows if tuple([row[p] for p in places]) not in present]
        statements: list[Statement] = []
        if mode == "replace":
            others = [i for i in range(len(names)) if i not in places]
            for row in encoded.rows:
                key = tuple([row[place] for place in places])
                if key in present and others:
                    attributes = [encoded.attributes[i] for i in others]
                    pairs = list(zip(stored.heading.primary_key, key, strict=True))
                    values = [row[i] for i in others]
                    statements.append(sql_insert.update(stored.name, attributes, values, pairs, dialect))
        statements += sql_insert.insert(stored.name, encoded.attributes, fresh, dialect) if fresh else ()
        connection.execute_all(statements)


def _present(table: Table, stored: StoredTable, encoded: encode.Encoded, places: Sequence[int]) -> set[Any]:
    heading = stored.heading
    key = [heading[name] for name in heading.primary_key]
    connection = table._require_connection()
    if not key:
        found = connection.execute(sql_select.exists(Base(stored.name, heading), connection.dialect))
        return {()} if found.rows[0][0] else set()
    reads = [connection.dialect.reader(attribute.core) for attribute in key]
    rows = [
        tuple([v if r is None else r(v) for v, r in zip([row[p] for p in places], reads, strict=True)])
        for row in encoded.rows
    ]
    condition = InRows(tuple(a.name for a in key), tuple(a.core for a in key), rows)
    node = algebra.restrict(Base(stored.name, heading), condition)
    statement = sql_select.select(node, connection.dialect, [a.name for a in key])
    return {tuple(row) for row in connection.execute(statement).rows}


def _insert_query(table: Table, query: Any, mode: sql_insert.Duplicates, ignore_extra_fields: bool) -> None:
    """Copy the rows of an expression inside the server, in one statement."""
    connection = table._require_connection()
    if query._require_connection() is not connection:
        raise DataJointError("Only expressions on the same connection can be inserted")
    stored = table.stored
    heading, source = stored.heading, query.node.heading
    extra = [name for name in source if name not in heading]
    if extra and not ignore_extra_fields:
        raise UnknownFieldError(
            f"The query has the attribute `{extra[0]}`, which the table lacks "
            "(ignore_extra_fields=True drops it)"
        )
    names = [name for name in source if name in heading]
    for name in names:
        if (heading[name].codec or source[name].codec) and heading[name].spec != source[name].spec:
            raise DataJointError(
                f"Attribute `{name}` is {source[name].spec.text} in the query and {heading[name].spec.text} "
                "in the table: stored objects cannot be copied between codecs or stores"
            )
    missing = [n for n, a in heading.items() if a.required and n not in names]
    if missing:
        raise MissingAttributeError(f"The query gives no value for the required attribute `{missing[0]}`")
    node = query.node
    if mode == "skip" and connection.dialect.family == "mysql" and any(stored.unique_indexes()):
        # MySQL cannot tell the primary key from other unique indexes: leave stored keys out first
        present = InQuery(tuple(heading.primary_key), Base(stored.name, heading), False)
        node, mode = algebra.restrict(node, complement(present)), "error"
    statement = sql_select.select(node, connection.dialect, names)
    connection.execute(sql_insert.from_query(stored, names, statement, connection.dialect, mode), write=True)


def _update(table: Table, row: Any) -> None:
    if not isinstance(row, Mapping):
        raise DataJointError(f"update1 takes a mapping, not {type(row).__name__}")
    if table._restricted():
        raise DataJointError("update1 works on an unrestricted table; the key stands in the row")
    stored = table.stored
    heading = stored.heading
    unknown = [str(name) for name in row if name not in heading]
    if unknown:
        raise algebra.unknown(unknown, heading, "update1")
    missing = [name for name in heading.primary_key if row.get(name) is None]
    if missing:
        raise DataJointError(f"update1 needs the whole primary key; missing: {', '.join(missing)}")
    connection = table._require_connection()
    with writelog.recording() as log:
        try:
            count = _send_update(table, stored, row)
        except BaseException:
            log.remove()
            raise
        if count != 1:
            log.remove()
            raise DataJointError(f"update1: no row of {table.name} has the given key")
        connection.after_rollback(log.remove)


def _send_update(table: Table, stored: StoredTable, row: Mapping[str, Any]) -> int:
    connection = table._require_connection()
    heading = stored.heading
    encoded = encode.encode_update(row, heading, table.name, connection)
    names = [attribute.name for attribute in encoded.attributes]
    values = dict(zip(names, encoded.rows[0], strict=True)) if names else {}
    key = [(name, values[name]) for name in heading.primary_key]
    changed = [heading[name] for name in names if not heading[name].in_key]
    if not changed:
        return len(table.restrict({name: row[name] for name in heading.primary_key}))
    statement = sql_insert.update(
        stored.name, changed, [values[a.name] for a in changed], key, connection.dialect
    )
    return int(connection.execute(statement, write=True).rowcount)
