"""Order items: ``name [ASC|DESC]``, ``KEY [ASC|DESC]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from datajoint_nb.errors import QuerySyntaxError

__all__ = ["order_items"]

_ITEM = re.compile(r"\s*(?:`([^`]+)`|([^\W\d]\w*))(?:\s+(asc|desc))?\s*", re.IGNORECASE)


def order_items(order_by: str | Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """Return the names to order by, each with whether it descends.

    A string is split at its commas, and so is each string of a sequence. ``KEY`` (in capitals)
    stays as it is; it stands for the whole primary key.

    Raises
    ------
    TypeError
        `order_by` is neither a string nor a sequence of strings.
    QuerySyntaxError
        An item is not a name with an optional ``ASC`` or ``DESC``.

    Examples
    --------
    >>> order_items("depth DESC, KEY")
    (('depth', True), ('KEY', False))
    """
    return tuple(_item(part, text) for text in _texts(order_by) for part in text.split(","))


def _texts(order_by: object) -> Iterable[str]:
    if isinstance(order_by, str):
        return (order_by,)
    if not isinstance(order_by, Sequence) or isinstance(order_by, bytes | bytearray | memoryview):
        raise TypeError(f"order_by must be a string or a sequence of strings, not {order_by!r}")
    wrong = [item for item in order_by if not isinstance(item, str)]
    if wrong:
        raise TypeError(f"order_by must hold strings only, but holds {wrong[0]!r}")
    return order_by


def _item(part: str, text: str) -> tuple[str, bool]:
    found = _ITEM.fullmatch(part)
    if found is None:
        raise QuerySyntaxError(
            f"Invalid item {part.strip()!r} in the order {text!r}: write `name [ASC|DESC]` or "
            "`KEY [ASC|DESC]`. To order by an expression, compute it with proj() first."
        )
    quoted, plain, direction = found.groups()
    return quoted or plain, (direction or "").lower() == "desc"
