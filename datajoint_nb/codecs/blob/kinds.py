"""Which simple form a value takes when its type is not one of the exact ones, and what is refused.

See ``tests/spec/07-codecs-storage.md`` §3.5.
"""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ...errors import CodecTypeError
from .arrays import sized_scalar
from .matlab import MatSparse
from .scalars import SIZED

FORMS: Final[dict[type, Callable[[Any], bytes] | None]] = {
    **SIZED,
    **dict.fromkeys((np.ndarray, dict, list, tuple, set, frozenset)),
}
"""How values of exactly these types are written as simple values; None for containers."""

_LIBRARIES: Final = {
    "pandas": "use to_dict('list') or to_numpy(); a missing value is None",
    "polars": "use to_dict(as_series=False) or to_numpy()",
    "pyarrow": "use to_pydict(), to_pylist() or to_numpy()",
    "xarray": "use to_dict(), or an <object@> attribute with to_zarr()",
    "scipy": "pack its data, indices, indptr and shape in a dict",
    "torch": "use numpy()",
    "zarr": "read it with [...], or use an <object@> attribute",
}


def sized_for(value: Any) -> Callable[[Any], bytes] | None:
    """Return how `value` is written as a simple value, or None for arrays, containers, and the rest."""
    kind = type(value)
    if kind in FORMS:
        return FORMS[kind]
    if issubclass(kind, np.generic):
        return _numpy_form(value)
    return next((SIZED[base] for base in _BASES if issubclass(kind, base)), None)


def _numpy_form(value: np.generic) -> Callable[[Any], bytes] | None:
    if isinstance(value, (np.str_, np.bytes_)):
        return SIZED[str if isinstance(value, np.str_) else bytes]
    if isinstance(value, np.void) and value.dtype.names:
        return None
    return sized_scalar


_BASES: Final[tuple[type, ...]] = (
    int,
    complex,
    float,
    dt.datetime,
    dt.date,
    dt.time,
    decimal.Decimal,
    uuid.UUID,
    str,
    bytes,
    bytearray,
)
"""Types whose subclasses are written alike, in the order of matching."""


def is_foreign(value: Any) -> bool:
    """Return whether `value` is an object of a library that would lose its labels as a plain container."""
    library = type(value).__module__.partition(".")[0]
    return library in _LIBRARIES and not isinstance(value, (tuple, list, dict, np.ndarray))


def refused(value: Any) -> CodecTypeError:
    """Return the error for a value that the format has no code for, with the nearest that it has."""
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    if isinstance(value, dt.timedelta):
        hint = "use total_seconds()"
    elif isinstance(value, MatSparse):
        hint = "use toarray()"
    else:
        hint = _LIBRARIES.get(library, "convert it to a dict, list or array, or write a codec for it")
    return CodecTypeError(f"{kind.__module__}.{kind.__qualname__} cannot be packed: {hint}")
