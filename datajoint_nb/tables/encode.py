"""From given rows to driver values: names checked, types converted, codecs applied.

Everything is checked before the first statement, and before the first object is written.
See ``tests/spec/05-data-manipulation.md`` §1.4 and ``02-types.md`` §5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from datajoint_nb.codecs import batch
from datajoint_nb.codecs import chain as codec_chain
from datajoint_nb.errors import DataJointError, MissingAttributeError, UnknownFieldError
from datajoint_nb.model.heading import Attribute, Heading
from datajoint_nb.model.names import TableName
from datajoint_nb.model.types import TypeSpec
from datajoint_nb.model.values import converter, is_missing, is_nan
from datajoint_nb.sql.dialect import DIALECTS
from datajoint_nb.sql.insert import DEFAULT
from datajoint_nb.tables import decode
from datajoint_nb.tables.rows import as_mapping

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

ABSENT = object()


@dataclass(frozen=True)
class Encoded:
    """Rows ready to be sent.

    Attributes
    ----------
    attributes : list of Attribute
        Columns that the rows give, in the order of the heading.
    rows : list of tuple
        Driver values, or `DEFAULT`.
    """

    attributes: list[Attribute]
    rows: list[tuple[Any, ...]]


def encode(
    given: Iterable[Any],
    heading: Heading,
    table: TableName,
    connection: Connection,
    ignore_extra_fields: bool,
    everything: bool = False,
) -> Encoded:
    """Check and convert rows.

    Parameters
    ----------
    everything : bool
        Give every column a value, `DEFAULT` where a row has none.

    Raises
    ------
    UnknownFieldError, MissingAttributeError, DataJointError
        Naming row, attribute, value and reason; nothing was sent or written.
    """
    names = heading.name_set
    rows: list[Mapping[str, Any]] = []
    given_names: set[str] = set()
    for index, row in enumerate(given):
        mapping = row if type(row) is dict else as_mapping(row, heading, index, stacklevel=7)
        if not mapping.keys() <= names and not ignore_extra_fields:
            raise _unknown(mapping, heading, index)
        given_names.update(mapping)
        rows.append(mapping)
    used = [n for n in heading if n in given_names or everything]
    if not used and rows:
        _check_all_defaults(heading)
    _check_required(heading, used, rows)
    columns: dict[str, list[Any]] = {}
    for name in used:
        attribute = heading[name]
        if attribute.spec.kind != "codec":
            values = [row.get(name, ABSENT) for row in rows]
            columns[name] = _column(attribute, values, connection)
    coded = [name for name in used if heading[name].spec.kind == "codec"]
    if coded:
        _encode_codecs(heading, table, connection, rows, coded, columns)
    kept = [n for n in used if everything or not all(v is DEFAULT for v in columns[n])]
    if not kept:
        return Encoded([], [()] * len(rows))
    matrix = list(zip(*(columns[name] for name in kept), strict=True))
    return Encoded([heading[name] for name in kept], matrix)


def encode_update(
    row: Mapping[str, Any], heading: Heading, table: TableName, connection: Connection
) -> Encoded:
    """One row with some of the attributes: only those, missing values as their defaults.

    Raises
    ------
    MissingAttributeError, DataJointError
        As `encode`.
    """
    columns: dict[str, list[Any]] = {}
    given = [name for name in heading if name in row]
    for name in given:
        if heading[name].spec.kind != "codec":
            columns[name] = _column(heading[name], [row[name]], connection)
    coded = [name for name in given if name not in columns]
    if coded:
        _encode_codecs(heading, table, connection, [row], coded, columns)
    return Encoded([heading[name] for name in given], [tuple(columns[name][0] for name in given)])


def _unknown(row: Mapping[str, Any], heading: Heading, index: int) -> UnknownFieldError:
    name = next(str(n) for n in row if n not in heading)
    near = get_close_matches(name, list(heading), n=1)
    advice = f"; did you mean `{near[0]}`?" if near else f"; attributes are {', '.join(heading)}"
    return UnknownFieldError(
        f"Row {index} has the field `{name}`, which is no attribute of the table{advice} "
        "(ignore_extra_fields=True drops such fields)"
    )


def _check_all_defaults(heading: Heading) -> None:
    required = [name for name, attribute in heading.items() if attribute.required]
    if required:
        raise DataJointError(f"Cannot insert empty row: attributes {', '.join(required)} require values")


def _check_required(heading: Heading, used: Sequence[str], rows: Sequence[Any]) -> None:
    if not rows:
        return
    for name, attribute in heading.items():
        if attribute.required and name not in used:
            raise MissingAttributeError(f"Row 0 gives no value for the required attribute `{name}`")


def _column(attribute: Attribute, values: list[Any], connection: Connection) -> list[Any]:
    """One column converted: first as if nothing was missing, which is nearly always so."""
    convert = _conversion(attribute, connection)
    try:
        return [convert(value) for value in values]
    except (ValueError, TypeError, OverflowError):
        return [_value(attribute, value, index, convert) for index, value in enumerate(values)]


def _conversion(attribute: Attribute, connection: Connection) -> Callable[[Any], Any]:
    return conversion(attribute.core, connection.dialect.name)


@lru_cache(maxsize=1024)
def conversion(spec: TypeSpec, dialect: str) -> Callable[[Any], Any]:
    """The function from a given value of a type to what the dialect's driver takes."""
    convert, writer = converter(spec), DIALECTS[dialect].writer(spec)
    if spec.is_float and not DIALECTS[dialect].infinity:
        writer = _finite
    if writer is None:
        return convert
    return lambda value: writer(convert(value))


def _finite(value: float) -> float:
    if math.isinf(value):
        raise ValueError("this database has no infinite numbers")
    return value


def _value(attribute: Attribute, value: Any, index: int, convert: Callable[[Any], Any]) -> Any:
    if (
        value is ABSENT
        or is_missing(value)
        or (isinstance(value, str) and value == "" and attribute.core.is_numeric)
    ):
        return absent(attribute, value, index)
    try:
        return convert(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise _refused(attribute, value, index, error) from error


def absent(attribute: Attribute, value: Any, index: int) -> Any:
    """What a missing value becomes: NULL, the default, or an error."""
    if attribute.nullable:
        return None
    if is_nan(value) and not attribute.core.is_numeric:
        raise DataJointError(
            f"Row {index}: NaN is no value for attribute `{attribute.name}` of type {attribute.declared_type}"
        )
    if attribute.required:
        raise MissingAttributeError(
            f"Row {index} gives no value for the required attribute `{attribute.name}`"
        )
    return DEFAULT


def _refused(attribute: Attribute, value: Any, index: int, error: Exception) -> DataJointError:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return DataJointError(
        f"Row {index}: attribute `{attribute.name}` of type {attribute.declared_type} "
        f"cannot take {shown}: {error}"
    )


def _encode_codecs(
    heading: Heading,
    table: TableName,
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    columns: dict[str, list[Any]],
) -> None:
    """Check every value of every codec first, then encode column by column, writing objects."""
    chains = {name: codec_chain.chain_of(heading[name].spec.text) for name in names}
    contexts = {name: decode.context_of(heading[name], connection, table) for name in names}
    keys = [{k: row[k] for k in heading.primary_key if k in row} for row in rows]
    for name in names:
        columns[name] = [
            absent(heading[name], None, index)
            if row.get(name) is None
            else codec_chain.prepare(chains[name], row[name], key=key, context=contexts[name])
            for index, (row, key) in enumerate(zip(rows, keys, strict=True))
        ]
    for name in names:
        column = columns[name]
        places = [i for i, value in enumerate(column) if isinstance(value, codec_chain.Prepared)]
        found = batch.encode_many([column[i] for i in places], [keys[i] for i in places], contexts[name])
        for index, stored in zip(places, found, strict=True):
            column[index] = _stored(heading[name], stored, index, connection)


def _stored(attribute: Attribute, stored: Any, index: int, connection: Connection) -> Any:
    try:
        return _conversion(attribute, connection)(stored)
    except (ValueError, TypeError, OverflowError) as error:
        raise _refused(attribute, stored, index, error) from error
