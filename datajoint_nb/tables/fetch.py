"""Fetching: rows of an expression as dicts, arrays and data frames.

See ``tests/spec/04-fetch.md``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Attribute, Heading
from datajoint_nb.query import algebra, nodes
from datajoint_nb.query.operands import Top
from datajoint_nb.sql import fragments
from datajoint_nb.sql import select as sql_select
from datajoint_nb.tables import arrays, decode, frames
from datajoint_nb.tables.either import either

if TYPE_CHECKING:
    from datajoint_nb.tables.expression import QueryExpression

CHUNK = 1000
Order = "str | Sequence[str] | None"


def ordered(expression: QueryExpression, order_by: Any, limit: int | None, offset: int | None) -> nodes.Node:
    """The node of `expression` with an order and a limit applied."""
    if order_by is None and limit is None and offset is None:
        return expression.node
    if isinstance(order_by, Sequence) and not isinstance(order_by, str) and not order_by:
        if limit is None and offset is None:
            return expression.node
        order_by = None
    top = Top(limit, order_by, offset)
    return algebra.limit(expression.node, top, fragments.order_items)


def rows_of(
    expression: QueryExpression,
    node: nodes.Node,
    names: Sequence[str] | None = None,
    squeeze: bool = False,
) -> tuple[list[Attribute], list[tuple[Any, ...]]]:
    """Attributes and decoded rows of `node`, or of some of its attributes."""
    connection = expression._require_connection()
    heading = node.heading
    attributes = list(heading.values()) if names is None else [heading[name] for name in names]
    result = connection.execute(sql_select.select(node, connection.dialect, names))
    if not attributes:
        return attributes, [() for _ in result.rows]
    read = decode.reader(attributes, connection, table_of(node), squeeze)
    return attributes, result.rows if read is None else read(result.rows)


def table_of(node: nodes.Node) -> Any:
    """The one table whose rows these are, None for other expressions."""
    base = nodes.base_of(node)
    return None if base is None else base.table


def iterate(expression: QueryExpression) -> Iterator[dict[str, Any]]:
    """Rows as dicts, read in chunks: memory is bounded by a chunk."""
    connection = expression._require_connection()
    node = expression.node
    names = list(node.heading)
    attributes = list(node.heading.values())
    read = decode.reader(attributes, connection, table_of(node))
    for chunk in connection.stream(sql_select.select(node, connection.dialect), CHUNK):
        for row in chunk if read is None else read(chunk):
            yield dict(zip(names, row, strict=False))


class Fetching:
    """The methods of expressions that bring rows."""

    @either
    def to_dicts(
        self,
        order_by: str | Sequence[str] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        squeeze: bool = False,
    ) -> list[dict[str, Any]]:
        """Rows as dicts, keys in the order of the heading.

        Parameters
        ----------
        order_by : str or sequence of str, optional
            Items ``name [ASC|DESC]``; ``KEY`` for the primary key. Without it, and without a
            limit, the order is the server's.
        limit, offset : int, optional
            Rows to take, after so many to skip; in key order unless told otherwise.
        squeeze : bool
            Remove axes of length 1 from decoded arrays.

        Raises
        ------
        UnknownAttributeError
            For an order by unknown attributes.
        TypeError
            When limit, offset or order_by have another type.
        """
        expression = cast("QueryExpression", self)
        attributes, rows = rows_of(expression, ordered(expression, order_by, limit, offset), None, squeeze)
        names = [attribute.name for attribute in attributes]
        return [dict(zip(names, row)) for row in rows]  # noqa: B905 - rows are as long as names

    @either
    def keys(
        self,
        order_by: str | Sequence[str] | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> list[dict[str, Any]]:
        """Primary keys of the rows, as dicts; arguments as in `to_dicts`."""
        expression = cast("QueryExpression", self)
        node = ordered(expression, order_by, limit, offset)
        names = node.heading.primary_key
        _, rows = rows_of(expression, node, names)
        return [dict(zip(names, row)) for row in rows]  # noqa: B905

    @either
    def to_arrays(
        self,
        *attrs: str,
        include_key: bool = False,
        order_by: str | Sequence[str] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        squeeze: bool = False,
    ) -> Any:
        """Rows as one structured array, or columns as arrays.

        Returns
        -------
        ndarray or tuple
            Without `attrs` a structured array, one field for each attribute. With one name its
            array, with several a tuple of arrays, each 1-D of length = number of rows. With
            `include_key` a tuple that begins with the list of key dicts.

        Raises
        ------
        UnknownAttributeError
            For names that the expression lacks.
        """
        expression = cast("QueryExpression", self)
        node = ordered(expression, order_by, limit, offset)
        if not attrs:
            _, rows = rows_of(expression, node, None, squeeze)
            return arrays.structured(node.heading, rows)
        check_names(attrs, node.heading)
        key = node.heading.primary_key if include_key else []
        names = list(dict.fromkeys((*key, *attrs)))
        attributes, rows = rows_of(expression, node, names, squeeze)
        columns = dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
        by_name = {attribute.name: attribute for attribute in attributes}
        found = tuple(arrays.column(by_name[name], columns[name]) for name in attrs)
        if include_key:
            return ([dict(zip(key, row)) for row in rows], *found)  # noqa: B905
        return found[0] if len(found) == 1 else found

    @either
    def to_pandas(
        self,
        order_by: str | Sequence[str] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        squeeze: bool = False,
    ) -> Any:
        """Rows as a ``pandas.DataFrame`` indexed by the primary key; arguments as in `to_dicts`."""
        expression = cast("QueryExpression", self)
        attributes, rows = rows_of(expression, ordered(expression, order_by, limit, offset), None, squeeze)
        return frames.to_pandas(attributes, rows)

    @either
    def to_polars(
        self,
        order_by: str | Sequence[str] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        squeeze: bool = False,
    ) -> Any:
        """Rows as a ``polars.DataFrame``; needs the extra ``polars``; arguments as in `to_dicts`."""
        expression = cast("QueryExpression", self)
        attributes, rows = rows_of(expression, ordered(expression, order_by, limit, offset), None, squeeze)
        return frames.to_polars(attributes, rows)

    @either
    def to_arrow(
        self,
        order_by: str | Sequence[str] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        squeeze: bool = False,
    ) -> Any:
        """Rows as a ``pyarrow.Table``; needs the extra ``arrow``; arguments as in `to_dicts`."""
        expression = cast("QueryExpression", self)
        attributes, rows = rows_of(expression, ordered(expression, order_by, limit, offset), None, squeeze)
        return frames.to_arrow(attributes, rows)

    @either
    def fetch1(self, *attrs: str, squeeze: bool = False) -> Any:
        """The only row.

        Returns
        -------
        dict, value or tuple
            Without `attrs` a dict; with one name its value; with several a tuple in their order.
            ``"KEY"`` stands for the dict of the primary key.

        Raises
        ------
        DataJointError
            Unless there is exactly one row. At most two rows are read.
        UnknownAttributeError
            For names that the expression lacks.
        """
        expression = cast("QueryExpression", self)
        node = expression.node
        heading = node.heading
        check_names([name for name in attrs if name != "KEY"], heading)
        key = heading.primary_key if "KEY" in attrs else []
        names = list(dict.fromkeys((*key, *(a for a in attrs if a != "KEY")))) if attrs else list(heading)
        row = only_row(expression, node, names, squeeze)
        values = dict(zip(names, row, strict=True))
        if not attrs:
            return values
        found = tuple({k: values[k] for k in key} if a == "KEY" else values[a] for a in attrs)
        return found[0] if len(found) == 1 else found

    @either
    def head(self, limit: int = 25) -> list[dict[str, Any]]:
        """The first rows by primary key, as dicts."""
        return self.to_dicts(order_by="KEY", limit=limit)

    @either
    def tail(self, limit: int = 25) -> list[dict[str, Any]]:
        """The last rows by primary key, as dicts in ascending order of the key."""
        rows: list[dict[str, Any]] = self.to_dicts(order_by="KEY DESC", limit=limit)
        return rows[::-1]

    @either
    def cursor(self, as_dict: bool = False) -> Any:
        """The driver's rows, undecoded: iterate, ``fetchone``, ``fetchall``."""
        expression = cast("QueryExpression", self)
        connection = expression._require_connection()
        result = connection.execute(sql_select.select(expression.node, connection.dialect))
        return result.as_dicts() if as_dict else result

    @either
    def fetch(
        self,
        *attrs: str,
        offset: int | None = None,
        limit: int | None = None,
        order_by: str | Sequence[str] | None = None,
        format: str | None = None,
        as_dict: bool | None = None,
        squeeze: bool = False,
    ) -> Any:
        """Fetch in the manner of DataJoint 0.14; use the ``to_…`` methods instead."""
        warnings.warn(
            "fetch() is deprecated: use to_dicts(), to_arrays(), to_pandas(), keys() or fetch1()",
            DeprecationWarning,
            stacklevel=2,
        )
        if format not in (None, "array", "frame"):
            raise DataJointError(f"Unknown format {format!r}: use 'array' or 'frame'")
        options: dict[str, Any] = {"order_by": order_by, "limit": limit, "offset": offset}
        if format == "frame":
            if attrs or as_dict is not None:
                raise DataJointError(
                    "format='frame' takes neither attribute names nor as_dict; use proj() first"
                )
            return self.to_pandas(**options, squeeze=squeeze)
        if not attrs:
            return (self.to_dicts if as_dict else self.to_arrays)(**options, squeeze=squeeze)
        return _fetch_columns(self, attrs, as_dict, squeeze, options)


def _fetch_columns(
    fetching: Any, attrs: tuple[str, ...], as_dict: bool | None, squeeze: bool, options: dict[str, Any]
) -> Any:
    names = [name for name in attrs if name != "KEY"]
    if as_dict:
        return fetching.proj(*names).to_dicts(**options, squeeze=squeeze)
    if not names:
        keys = fetching.keys(**options)
        return keys if len(attrs) == 1 else tuple(keys for _ in attrs)
    if "KEY" not in attrs:
        return fetching.to_arrays(*names, **options, squeeze=squeeze)
    keys, *found = fetching.to_arrays(*names, include_key=True, **options, squeeze=squeeze)
    columns = iter(found)
    return tuple(keys if name == "KEY" else next(columns) for name in attrs)


def only_row(
    expression: QueryExpression, node: nodes.Node, names: Sequence[str], squeeze: bool
) -> tuple[Any, ...]:
    """The values of `names` in the only row."""
    connection = expression._require_connection()
    query = sql_select.first_rows(node, connection.dialect, names, 2)
    rows = connection.execute(query).rows
    if len(rows) != 1:
        found = "none" if not rows else "more than one"
        raise DataJointError(
            f"fetch1 needs exactly one row; found {found}. Restrict the expression to one row"
        )
    if not names:
        return ()
    attributes = [node.heading[name] for name in names]
    read = decode.reader(attributes, connection, table_of(node), squeeze)
    return tuple(rows[0]) if read is None else read(rows)[0]


def check_names(names: Sequence[Any], heading: Heading) -> None:
    """Refuse names that are no texts, or no attributes."""
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"attribute names are texts, not {type(name).__name__}")
    missing = [name for name in names if name not in heading]
    if missing:
        raise algebra.unknown(missing, heading, "fetch")
