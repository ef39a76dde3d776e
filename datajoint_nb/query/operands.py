"""What users combine conditions with: `AndList`, `Not` and `Top`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from datajoint_nb.errors import DataJointError


class AndList(list[Any]):
    """A list of conditions that must all hold; an empty one always holds."""

    def append(self, condition: Any) -> None:
        """Add a condition; the members of another AndList are added one by one."""
        if isinstance(condition, AndList):
            self.extend(condition)
        else:
            super().append(condition)


@dataclass(frozen=True, eq=False)
class Not:
    """The complement of a condition: exactly the rows for which it does not hold."""

    restriction: Any


@dataclass(frozen=True)
class Top:
    """The first rows in an order.

    Attributes
    ----------
    limit : int or None
        Number of rows, None for all.
    order_by : tuple of str or None
        Items ``name [ASC|DESC]``; ``KEY`` stands for the primary key. None keeps the order that
        the expression has, else the primary key. NULL comes first ascending, last descending.
    offset : int
        Number of rows to leave out first.

    Raises
    ------
    TypeError
        When an argument has another type.
    DataJointError
        When a number is negative.
    """

    limit: int | None = 1
    order_by: str | Sequence[str] | None = "KEY"
    offset: int | None = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", _count("limit", self.limit))
        object.__setattr__(self, "offset", _count("offset", self.offset) or 0)
        object.__setattr__(self, "order_by", _items(self.order_by))


def _count(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer or None, not {type(value).__name__}")
    if value < 0:
        raise DataJointError(f"{name} must not be negative, found {value}")
    return int(value)


def _items(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable):
        raise TypeError(f"order_by must be a text or a sequence of texts, not {type(value).__name__}")
    items = tuple(value)
    for item in items:
        if not isinstance(item, str):
            raise TypeError(f"order_by must hold texts only, found {type(item).__name__}")
    return items
