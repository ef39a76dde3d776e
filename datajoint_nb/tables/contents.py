"""The rows that stand in the classes of lookups: ``tests/spec/01-definitions.md`` §2."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Attribute, Heading
from datajoint_nb.model.names import Tier
from datajoint_nb.model.values import converter, is_missing
from datajoint_nb.tables.table import UserTable

logger = logging.getLogger("datajoint_nb")

Row = Mapping[str, Any]
DIFFERENCES_TOLD = 3


def fill(cls: type[UserTable]) -> None:
    """Insert the rows of ``contents`` whose keys are missing; tell of rows that differ.

    Rows in the database are never changed nor removed.
    """
    if cls.tier is not Tier.LOOKUP or not hasattr(cls, "contents"):
        return
    table = cls()
    if not table.is_declared:
        return
    heading = table.own_heading
    if heading.has_autoincrement:
        warnings.warn(
            f"contents of {cls.__name__} are not inserted: the server numbers its rows", stacklevel=6
        )
        return
    rows = [_mapping(row, heading, cls) for row in cast(Any, table).contents]
    compared = [n for n, a in heading.items() if not (a.in_key or a.codec or a.is_blob)]
    stored = {_key(row, heading): row for row in table.proj(*compared).to_dicts()}
    fresh = [row for row in rows if _key(row, heading) not in stored]
    _tell_differences(cls, heading, [row for row in rows if _key(row, heading) in stored], stored)
    if fresh:
        table.insert(fresh, skip_duplicates=True)


def _mapping(row: Any, heading: Heading, cls: type[UserTable]) -> Row:
    if isinstance(row, Mapping):
        return row
    values = list(row)
    if len(values) != len(heading):
        raise DataJointError(
            f"contents of {cls.__name__}: the row {row!r} has {len(values)} values, "
            f"the table has {len(heading)} attributes: {', '.join(heading)}"
        )
    return dict(zip(heading, values, strict=True))


def _key(row: Row, heading: Heading) -> tuple[Any, ...]:
    return tuple(_canonical(heading[name], row.get(name)) for name in heading.primary_key)


def _canonical(attribute: Attribute, value: Any) -> Any:
    """The value as the database gives it back; what is no value of the type stays, for insert to refuse."""
    if is_missing(value):
        return None
    try:
        found = converter(attribute.core)(value)
    except (ValueError, TypeError, OverflowError):
        return repr(value)
    return float(np.float32(found)) if attribute.core.name == "float32" else found


def _tell_differences(
    cls: type[UserTable], heading: Heading, rows: Sequence[Row], stored: Mapping[tuple[Any, ...], Row]
) -> None:
    found = [text for row in rows for text in _differences(row, stored[_key(row, heading)], heading)]
    if found:
        more = len(found) - DIFFERENCES_TOLD
        logger.warning(
            "Rows of %s in the database differ from its contents, and stay as they are: %s%s",
            cls.__name__, "; ".join(found[:DIFFERENCES_TOLD]), f"; {more} more" if more > 0 else "",
        )  # fmt: skip


def _differences(row: Row, stored: Row, heading: Heading) -> Iterator[str]:
    key = {name: row.get(name) for name in heading.primary_key}
    for name, value in row.items():
        if name not in stored or name in key or is_missing(value):
            continue
        expected, present = (_canonical(heading[name], v) for v in (value, stored[name]))
        if expected != present:
            yield f"{name} of {key} is {present!r}, not {expected!r}"
