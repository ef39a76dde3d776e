"""Codecs whose values Spark can take, and what those values may be.

See ``tests/spec/07-codecs-storage.md`` §1.6.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

from datajoint_nb.errors import DataJointError

SCALARS = (bool, int, float, str, bytes, type(None), dt.date, np.bool_, np.number, np.str_, np.bytes_)


@runtime_checkable
class SparkAdapter(Protocol):
    """A codec that can turn decoded values into what Spark takes; tested with ``isinstance``."""

    def to_spark(self, decoded: Any, *, key: Mapping[str, Any] | None = None) -> Any:
        """Plain values, lists of them, or dicts with string keys; see `check_spark_value`."""
        ...


def check_spark_value(value: Any, path: str = "value") -> None:
    """Accept plain values, lists, and dicts with string keys, nested.

    Raises
    ------
    DataJointError
        Something else is found; the message names where, such as ``value['spikes'][3]``.
    """
    if isinstance(value, list):
        for index, item in enumerate(value):
            check_spark_value(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise DataJointError(f"{path} has the key {key!r}: keys for Spark are text.")
            check_spark_value(item, f"{path}[{key!r}]")
    elif not isinstance(value, SCALARS) or isinstance(value, np.complexfloating):
        raise DataJointError(
            f"{path} is of type {type(value).__name__}: for Spark give plain values, lists and dicts."
        )
