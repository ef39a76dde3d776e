"""From rows as a driver gives them to the values that users see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from datajoint_nb.codecs import batch
from datajoint_nb.codecs import chain as codec_chain
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

Row = tuple[Any, ...]
Read = Callable[[Any], Any]


def reader(
    attributes: Sequence[Attribute],
    connection: Connection,
    table: TableName | None = None,
    squeeze: bool = False,
) -> Callable[[Iterable[Row]], list[Row]] | None:
    """The function that decodes rows of these attributes; None when rows are right as they are.

    Parameters
    ----------
    attributes : sequence of Attribute
        In the order of the row's values.
    table : TableName, optional
        Told to codecs, where the rows are those of one table.
    squeeze : bool
        Remove axes of length 1 from decoded arrays.
    """
    plain = [(i, r) for i, a in enumerate(attributes) if (r := _plain(a, connection)) is not None]
    coded = [i for i, a in enumerate(attributes) if a.spec.kind == "codec"]
    if not plain and not coded:
        return None
    if not coded:
        return _columns(plain)
    return _with_codecs(attributes, plain, coded, connection, table, squeeze)


def _plain(attribute: Attribute, connection: Connection) -> Read | None:
    return None if attribute.is_computed else connection.dialect.reader(attribute.core)


def _columns(plain: list[tuple[int, Read]]) -> Callable[[Iterable[Row]], list[Row]]:
    """Column by column: a list comprehension over one function is what Python does fastest."""

    def decode(rows: Iterable[Row]) -> list[Row]:
        columns = list(zip(*rows, strict=True))
        if not columns:
            return []
        for index, read in plain:
            columns[index] = tuple([None if v is None else read(v) for v in columns[index]])
        return list(zip(*columns, strict=True))

    return decode


def _with_codecs(
    attributes: Sequence[Attribute],
    plain: list[tuple[int, Read]],
    coded: list[int],
    connection: Connection,
    table: TableName | None,
    squeeze: bool,
) -> Callable[[Iterable[Row]], list[Row]]:
    chains = {i: codec_chain.chain_of(attributes[i].spec.text) for i in coded}
    contexts = {i: context_of(attributes[i], connection, table) for i in coded}
    key = [(i, a.name) for i, a in enumerate(attributes) if a.in_key]

    def decode(rows: Iterable[Row]) -> list[Row]:
        result = [list(row) for row in rows]
        for index, read in plain:
            for values in result:
                if values[index] is not None:
                    values[index] = read(values[index])
        keys = [{name: values[i] for i, name in key} for values in result]
        for index in coded:
            stored = [values[index] for values in result]
            found = batch.decode_many(chains[index], stored, keys, contexts[index], squeeze)
            for values, value in zip(result, found, strict=True):
                values[index] = value
        return [tuple(values) for values in result]

    return decode


def context_of(attribute: Attribute, connection: Connection, table: TableName | None) -> dict[str, Any]:
    """What a codec is told of the place of its value."""
    return {
        "schema": table.schema if table else None,
        "table": table.table if table else None,
        "field": attribute.name,
        "config": connection.config,
    }
