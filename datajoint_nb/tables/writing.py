"""Inserting and updating rows: ``tests/spec/05-data-manipulation.md`` §1-§3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from datajoint_nb.errors import DataJointError
from datajoint_nb.sql import insert as sql_insert
from datajoint_nb.tables import copying, inserting, updating, validation
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
        inserting.check_tier(table, allow_direct_insert)
        mode: sql_insert.Duplicates = "replace" if replace else "skip" if skip_duplicates else "error"
        expression = as_expression(rows)
        if expression is not None:
            if chunk_size is not None:
                raise DataJointError("chunk_size does not apply to a query: it is copied inside the server")
            copying.insert_query(table, expression, mode, ignore_extra_fields)
            return
        given = rows_in(rows, table.own_heading)
        for chunk in inserting.chunks(given, chunk_size):
            inserting.insert_rows(table, chunk, mode, ignore_extra_fields)

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
        updating.update(cast("Table", self), row)
