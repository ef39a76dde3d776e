"""What an expression looks like at the end of a cell: its first rows.

At most two statements: the rows, and a count that stops at a cap. Binary values are never
fetched; their first bytes say what they hold.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from datajoint_nb.codecs import blob
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Attribute
from datajoint_nb.query import algebra, nodes
from datajoint_nb.query.operands import Top
from datajoint_nb.render import escape
from datajoint_nb.render import preview as layout
from datajoint_nb.render.preview import Cell, Field, Preview
from datajoint_nb.sql import fragments
from datajoint_nb.sql import select as sql_select
from datajoint_nb.tables import decode
from datajoint_nb.tables.either import either

if TYPE_CHECKING:
    from datajoint_nb.tables.expression import QueryExpression

COUNT_CAP = 100_000
PEEK = 1024
LENGTH = "#"


def build(expression: QueryExpression, limit: int | None, headers: bool) -> Preview:
    """The preview of an expression.

    Parameters
    ----------
    limit : int or None
        Rows to show; None for the setting ``display.limit``.
    headers : bool
        Whether to read the first bytes of binary values; otherwise only their type is shown.
    """
    connection = expression._require_connection()
    size = int(connection.config["display.limit"]) if limit is None else limit
    heading = expression.node.heading
    attributes = list(heading.values())
    opaque = [a.name for a in attributes if is_opaque(a)]
    rows = _rows(expression, size + 1, attributes, opaque, headers) if size or attributes else []
    total = None
    if connection.config["display.show_tuple_count"]:
        total = _total(expression, len(rows) if len(rows) <= size and size else None)
    comment, title, tier = expression._title()
    fields = tuple(Field(a.name, a.in_key, a.declared_type, a.comment, a.nullable) for a in attributes)
    return Preview(fields, rows[:size], len(rows) > size, total, title, tier, comment)


def is_opaque(attribute: Attribute) -> bool:
    """Whether a preview must not fetch the attribute's values."""
    return attribute.spec.kind == "codec" or attribute.is_blob or attribute.json


def _rows(
    expression: QueryExpression, size: int, attributes: list[Attribute], opaque: list[str], headers: bool
) -> list[tuple[Cell, ...]]:
    connection = expression._require_connection()
    node = expression.node
    top = Top(size, None if isinstance(node, nodes.Limit) else "KEY")
    ordered = algebra.limit(node, top, fragments.order_items)
    plain = [a.name for a in attributes if a.name not in opaque]
    peeked = {a.name: a.json for a in attributes if a.name in opaque} if headers else {}
    statement = sql_select.preview(ordered, connection.dialect, plain, peeked, PEEK)
    shown = [a for a in attributes if a.name in plain]
    read = decode.reader(shown, connection)
    found = connection.execute(statement).rows
    count = len(plain)
    values = [tuple(row[:count]) for row in found]
    values = values if read is None else read(values)
    prefixes = [row[count:] for row in found]
    return [
        _cells(
            attributes,
            dict(zip(plain, row, strict=False)),
            dict(zip(peeked, _pairs(extra), strict=True)),
            headers,
        )
        for row, extra in zip(values, prefixes, strict=True)
    ]


def _pairs(extra: Sequence[Any]) -> list[tuple[Any, Any]]:
    return list(zip(extra[::2], extra[1::2], strict=True))


def _cells(
    attributes: list[Attribute], plain: dict[str, Any], peeked: dict[str, tuple[Any, Any]], headers: bool
) -> tuple[Cell, ...]:
    cells = []
    for attribute in attributes:
        if attribute.name in plain:
            cells.append(value_cell(attribute, plain[attribute.name]))
        elif headers:
            cells.append(_header_cell(attribute, *peeked[attribute.name]))
        else:
            cells.append(Cell(type_word(attribute), "blob"))
    return tuple(cells)


def type_word(attribute: Attribute) -> str:
    """What a text preview shows in place of values it does not fetch."""
    if attribute.spec.kind == "codec":
        return attribute.spec.text
    return "json" if attribute.json else "bytes"


def value_cell(attribute: Attribute, value: Any) -> Cell:
    """The cell of a fetched value."""
    if value is None:
        return Cell("None", "null")
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return Cell(str(value), "number")
    if isinstance(value, dt.datetime):
        return Cell(str(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return Cell(f"{len(value)} bytes", "blob")
    return Cell(str(value)[: layout.TITLE_LIMIT + 1])


def _header_cell(attribute: Attribute, prefix: Any, length: Any) -> Cell:
    if prefix is None:
        return Cell("None", "null")
    if attribute.json or isinstance(prefix, str):
        return _json_cell(attribute, str(prefix), int(length))
    size = int(length)
    if attribute.codec == "blob":
        found = blob.peek(bytes(prefix), size)
        return Cell(f"{describe_peek(found)} · {human_size(size)}", "blob")
    return Cell(f"{attribute.declared_type} · {human_size(size)}", "blob")


def _json_cell(attribute: Attribute, prefix: str, length: int) -> Cell:
    if attribute.spec.kind != "codec":
        return Cell(prefix if length <= len(prefix) else prefix + "…", "object")
    try:
        facts = json.loads(prefix)
    except ValueError:
        facts = {}
    return Cell(describe_object(attribute, facts if isinstance(facts, dict) else {}), "object")


def describe_object(attribute: Attribute, facts: dict[str, Any]) -> str:
    """``zarr · 1.2 GB · 340 files`` from the metadata of a stored object."""
    kind = str(facts.get("ext") or "").lstrip(".") or (attribute.codec or "object")
    parts = [kind]
    if facts.get("shape") is not None and facts.get("dtype"):
        parts.append(f"{facts['dtype']} {list(facts['shape'])}")
    if isinstance(facts.get("size"), (int, float)):
        parts.append(human_size(int(facts["size"])))
    if facts.get("is_dir") and facts.get("item_count") is not None:
        count = facts["item_count"]
        parts.append(f"{count} file" + ("" if count == 1 else "s"))
    return " · ".join(parts)


def describe_peek(found: Any) -> str:
    """``float64 [10000×3]`` from the header of a packed value."""
    if found.kind is None:
        return "unknown"
    if found.shape is not None:
        return f"{found.dtype or found.kind} [{'×'.join(map(str, found.shape))}]"
    if found.value is not None:
        return str(found.value)
    return f"{found.kind} of {found.count}" if found.count is not None else str(found.kind)


def human_size(size: int) -> str:
    """Bytes with a decimal unit: ``240 kB``."""
    number = float(size)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            return f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    raise AssertionError("unreachable")


def _total(expression: QueryExpression, known: int | None) -> str:
    """The number of rows; `known` when all of them were shown."""
    if known is not None:
        return str(known)
    connection = expression._require_connection()
    statement = sql_select.count(expression.node, connection.dialect, COUNT_CAP)
    total = int(connection.execute(statement).rows[0][0])
    return f"{COUNT_CAP}+" if total > COUNT_CAP else str(total)


class Previewing:
    """The methods of expressions that show their first rows."""

    def _title(self) -> tuple[str, str, str]:
        """Comment, title and tier for the caption of a whole table."""
        return "", "", ""

    @either
    def preview(self, limit: int | None = None, width: int | None = None) -> str:
        """The first rows as a text table.

        Parameters
        ----------
        limit : int, optional
            Rows to show; default ``config['display.limit']``.
        width : int, optional
            Widest column; default ``config['display.width']``.
        """
        expression = cast("QueryExpression", self)
        built = build(expression, limit, headers=False)
        default = int(expression._require_connection().config["display.width"])
        return layout.to_text(built, default if width is None else width)

    def __repr__(self) -> str:
        if logging.getLogger("datajoint_nb").level == logging.DEBUG:
            return object.__repr__(self)
        try:
            return str(self.preview())
        except DataJointError as error:
            return f"{type(self).__name__}: {error}"

    def _repr_html_(self) -> str:
        try:
            return layout.to_html(build(cast("QueryExpression", self), None, headers=True))
        except DataJointError as error:
            return f"<pre>{escape.html(f'{type(self).__name__}: {error}')}</pre>"
