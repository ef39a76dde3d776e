"""Rows as NumPy arrays: structured, or one array for each attribute. See ``04-fetch.md`` §3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from datajoint_nb.model.heading import Attribute, Heading


def structured(heading: Heading, rows: Sequence[tuple[Any, ...]]) -> np.ndarray[Any, Any]:
    """Rows as a structured array; NULL is NaN in float fields and None in object fields."""
    dtype = heading.as_dtype
    array = np.empty(len(rows), dtype=dtype)
    if rows and heading:
        for attribute, values in zip(heading.values(), zip(*rows, strict=True), strict=True):
            kind = attribute.dtype
            if kind == np.dtype(object):
                array[attribute.name] = objects(values)
            else:
                array[attribute.name] = np.array(values, dtype=kind)
    return array


def objects(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """A 1-D object array, whatever the values are."""
    array = np.empty(len(values), dtype=object)
    for index, value in enumerate(values):
        array[index] = value
    return array


def column(attribute: Attribute, values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """One attribute's values as a 1-D array of the attribute's type."""
    spec = attribute.spec
    if attribute.is_computed:
        return _inferred(values)
    if spec.is_text and None not in values:
        return np.array(values, dtype=str) if values else np.array([], dtype=str)
    if spec.is_integer or spec.is_float or spec.is_bool:
        if None in values:
            return objects(values)
        if spec.is_integer:
            wide = spec.name == "bigint" and spec.is_unsigned
            return np.array(values, dtype=np.uint64 if wide else np.int64)
        return np.array(values, dtype=np.float64 if spec.is_float else bool)
    return objects(values)


def _inferred(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    kinds = {type(value) for value in values}
    if kinds and kinds <= {int, float, bool}:
        return np.array(values)
    return np.array(values, dtype=str) if kinds == {str} else objects(values)
