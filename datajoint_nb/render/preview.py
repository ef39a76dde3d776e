"""The first rows of an expression as plain text and as HTML.

Input is a `Preview`, made of ready texts; this module lays them out and escapes them.
See ``tests/spec/04-fetch.md`` §7 and ``09-notebook.md`` §4.
"""

from __future__ import annotations

from dataclasses import dataclass

from datajoint_nb.render import escape
from datajoint_nb.render.style import STYLE

CELL_LIMIT = 200
TITLE_LIMIT = 1000


@dataclass(frozen=True)
class Cell:
    """One value as text; ``kind`` is null, number, text, blob or object."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Field:
    """One attribute: its name, whether it is in the key, its type and comment."""

    name: str
    in_key: bool = False
    type: str = ""
    comment: str = ""
    nullable: bool = False


@dataclass(frozen=True)
class Preview:
    """The first rows of an expression.

    Attributes
    ----------
    fields : tuple of Field
    rows : list of tuple of Cell
    more : bool
        Whether there are more rows than shown.
    total : str or None
        The number of rows as text, such as ``"100000+"``; None when not asked for.
    title, tier : str
        For whole tables: the class name and the tier; else empty.
    comment : str
        The table's comment.
    """

    fields: tuple[Field, ...]
    rows: list[tuple[Cell, ...]]
    more: bool = False
    total: str | None = None
    title: str = ""
    tier: str = ""
    comment: str = ""


def to_text(preview: Preview, width: int) -> str:
    """A fixed-width table; cells are cut at `width` characters."""
    names = [("*" if field.in_key else "") + field.name for field in preview.fields]
    texts = [[escape.terminal(cell.text) for cell in row] for row in preview.rows]
    widths = [
        max(4, min(max([len(name), *(len(row[i]) for row in texts)]) + 4, width))
        for i, name in enumerate(names)
    ]
    widths = [min(w, width) for w in widths]
    lines = [
        " ".join(_fit(escape.terminal(name), w) for name, w in zip(names, widths, strict=True)),
        " ".join("+" + "-" * max(w - 2, 0) + "+" for w in widths),
        *(" ".join(_fit(text, w) for text, w in zip(row, widths, strict=True)) for row in texts),
    ]
    if preview.more:
        lines.append("   ...")
    if preview.total is not None:
        lines.append(f" (Total: {preview.total})")
    return "\n".join(lines) + "\n"


def _fit(text: str, width: int) -> str:
    return text[:width].ljust(width)


def to_html(preview: Preview) -> str:
    """A complete table without scripts: caption, header cells with scope, values escaped."""
    head = "".join(_header(field) for field in preview.fields)
    body = "".join(
        "<tr>" + "".join(_cell(cell, f) for cell, f in zip(row, preview.fields, strict=True)) + "</tr>"
        for row in preview.rows
    )
    more = (
        f'<tr><td colspan="{max(1, len(preview.fields))}" class="djnb-more">…</td></tr>'
        if preview.more
        else ""
    )
    return (
        f'<div class="djnb djnb-scroll"><style>{STYLE}</style><table class="djnb-table">'
        f"{_caption(preview)}<thead><tr>{head}</tr></thead><tbody>{body}{more}</tbody></table></div>"
    )


def _caption(preview: Preview) -> str:
    title = ""
    if preview.title:
        tier = escape.attribute(preview.tier)
        title = f'<span class="djnb-title djnb-{tier}">{escape.html(preview.title)}</span> '
    comment = f'<span class="djnb-comment">{escape.html(preview.comment)}</span> ' if preview.comment else ""
    total = ""
    if preview.total is not None:
        unit = "row" if preview.total == "1" else "rows"
        total = f'<span class="djnb-total">{escape.html(preview.total)} {unit}</span>'
    return f"<caption>{title}{comment}{total}</caption>"


def _header(field: Field) -> str:
    facts = [
        field.type,
        "primary key" if field.in_key else "",
        "nullable" if field.nullable else "",
        field.comment,
    ]
    title = escape.attribute(" · ".join(fact for fact in facts if fact))
    name = escape.html(field.name)
    mark = '<span class="djnb-key">' if field.in_key else "<span>"
    return f'<th scope="col" title="{title}">{mark}{name}</span></th>'


def _cell(cell: Cell, field: Field) -> str:
    if cell.kind == "null":
        return '<td class="djnb-null" title="NULL">NULL</td>'
    cut = len(cell.text) > CELL_LIMIT
    text = cell.text[: CELL_LIMIT - 1] + "…" if cut else cell.text
    title = f' title="{escape.attribute(cell.text[:TITLE_LIMIT])}"' if cut else ""
    return f'<td class="djnb-{cell.kind}"{title}>{escape.html(text)}</td>'
