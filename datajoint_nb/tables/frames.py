"""Rows as data frames of pandas, polars and Arrow, with types taken from the heading.

An empty result has the same columns and types as a full one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Attribute

Rows = Sequence[tuple[Any, ...]]


def _columns(attributes: Sequence[Attribute], rows: Rows) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * len(attributes)


def to_pandas(attributes: Sequence[Attribute], rows: Rows) -> Any:
    """A ``pandas.DataFrame`` whose index is the primary key (none: a default index)."""
    import pandas as pd

    data = {
        attribute.name: _series(attribute, values)
        for attribute, values in zip(attributes, _columns(attributes, rows), strict=True)
    }
    frame = pd.DataFrame(data, index=pd.RangeIndex(len(rows)))
    key = [attribute.name for attribute in attributes if attribute.in_key]
    return frame.set_index(key) if key else frame


def _series(attribute: Attribute, values: Sequence[Any]) -> Any:
    import pandas as pd

    spec = attribute.spec
    if attribute.is_computed:
        return (
            pd.Series(list(values), dtype=object).infer_objects() if len(values) else pd.Series(dtype=object)
        )
    if spec.is_integer:
        return pd.Series(values, dtype="Int64" if attribute.nullable else "int64")
    if spec.is_float:
        return pd.Series(np.array(values, dtype=np.float64))
    if spec.is_bool:
        return pd.Series(values, dtype="boolean" if attribute.nullable else bool)
    if spec.name in {"datetime", "timestamp"}:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object)), dtype="datetime64[us]")
    array = np.empty(len(values), dtype=object)
    for index, value in enumerate(values):
        array[index] = value
    return pd.Series(array, dtype=object)


def to_polars(attributes: Sequence[Attribute], rows: Rows) -> Any:
    """A ``polars.DataFrame``; JSON as text, arrays of one axis as lists.

    Raises
    ------
    ImportError
        Without the package polars.
    DataJointError
        For decoded values that a data frame cannot hold.
    """
    try:
        import polars as pl
    except ImportError as error:
        raise ImportError("to_polars() needs polars: pip install 'datajoint-nb[polars]'") from error
    columns = []
    for attribute, values in zip(attributes, _columns(attributes, rows), strict=True):
        kind = _polars_type(attribute, pl)
        prepared = _prepared(attribute, values)
        try:
            columns.append(pl.Series(attribute.name, prepared, dtype=kind, strict=kind is not None))
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
            raise _unfit(attribute, error) from error
    return pl.DataFrame(columns)


def _polars_type(attribute: Attribute, pl: Any) -> Any:
    spec = attribute.spec
    if attribute.is_computed:
        return None
    if spec.is_integer:
        return pl.UInt64 if spec.is_unsigned else pl.Int64
    if spec.is_float:
        return pl.Float64
    if spec.is_decimal and len(spec.args) == 2 and int(spec.args[0]) <= 38:
        return pl.Decimal(int(spec.args[0]), int(spec.args[1]))
    if spec.is_bool:
        return pl.Boolean
    if spec.is_binary:
        return pl.Binary
    names = {"date": pl.Date, "datetime": pl.Datetime("us"), "timestamp": pl.Datetime("us")}
    if spec.name in names:
        return names[spec.name]
    return pl.String if spec.is_text or spec.is_json or spec.name == "uuid" or spec.is_decimal else None


def to_arrow(attributes: Sequence[Attribute], rows: Rows) -> Any:
    """A ``pyarrow.Table``; JSON as text, arrays of one axis as lists.

    Raises
    ------
    ImportError
        Without the package pyarrow.
    DataJointError
        For decoded values that Arrow cannot hold.
    """
    try:
        import pyarrow as pa
    except ImportError as error:
        raise ImportError("to_arrow() needs pyarrow: pip install 'datajoint-nb[arrow]'") from error
    arrays, fields = [], []
    for attribute, values in zip(attributes, _columns(attributes, rows), strict=True):
        try:
            array = pa.array(_prepared(attribute, values), type=_arrow_type(attribute, pa))
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise _unfit(attribute, error) from error
        arrays.append(array)
        fields.append(pa.field(attribute.name, array.type))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _arrow_type(attribute: Attribute, pa: Any) -> Any:
    spec = attribute.spec
    if attribute.is_computed:
        return None
    if spec.is_integer:
        return pa.uint64() if spec.is_unsigned else pa.int64()
    if spec.is_float:
        return pa.float64()
    if spec.is_decimal and len(spec.args) == 2:
        wide = int(spec.args[0]) > 38
        return (pa.decimal256 if wide else pa.decimal128)(int(spec.args[0]), int(spec.args[1]))
    if spec.is_bool:
        return pa.bool_()
    if spec.is_binary:
        return pa.binary()
    names = {"date": pa.date32(), "datetime": pa.timestamp("us"), "timestamp": pa.timestamp("us")}
    if spec.name in names:
        return names[spec.name]
    return pa.string() if spec.is_text or spec.is_json or spec.name == "uuid" or spec.is_decimal else None


def _prepared(attribute: Attribute, values: Sequence[Any]) -> list[Any]:
    """Values in the form that columnar libraries take."""
    spec = attribute.spec
    if spec.is_json:
        return [None if value is None else json.dumps(value) for value in values]
    if spec.name == "uuid" or (spec.is_decimal and (not spec.args or int(spec.args[0]) > 38)):
        return [None if value is None else str(value) for value in values]
    if spec.kind == "codec":
        return [_decoded(attribute, value) for value in values]
    return list(values)


def _decoded(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, np.ndarray):
        if value.ndim != 1:
            raise DataJointError(
                f"Attribute `{attribute.name}` holds an array of {value.ndim} axes, which a data frame "
                "cannot hold; leave it out with .proj(...) or use to_dicts()"
            )
        return value.tolist()
    if value is None or isinstance(value, (bool, int, float, str, bytes, list, dict)):
        return value
    return str(value)


def _unfit(attribute: Attribute, error: Exception) -> DataJointError:
    return DataJointError(
        f"Attribute `{attribute.name}` holds values that a data frame cannot hold ({error}); "
        "leave it out with .proj(...) or use to_dicts()"
    )
