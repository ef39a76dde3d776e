"""Small tables of facts as plain text and as HTML: tables of a schema, progress, settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from datajoint_nb.render import escape
from datajoint_nb.render.style import STYLE as BASE

STYLE = (
    ".djnb progress{inline-size:8em;vertical-align:middle;accent-color:var(--djnb-key)}"
    ".djnb tbody th{font-weight:600}"
)


@dataclass(frozen=True)
class Column:
    """A column by its header; numbers are aligned to the right."""

    header: str
    kind: Literal["text", "number"] = "text"


@dataclass(frozen=True)
class Bar:
    """A share of a whole, such as done keys of all."""

    done: int
    total: int

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"


@dataclass(frozen=True)
class Named:
    """A name in the colour of its tier."""

    name: str
    tier: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Listing:
    """A table of facts; the first cell of each row is its header.

    Attributes
    ----------
    caption : str
    columns : tuple of Column
    rows : tuple of tuples
        Of texts, numbers, `Bar` and `Named`; None for an empty cell.
    empty : str
        What to say when there are no rows.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    empty: str = "nothing"

    def __repr__(self) -> str:
        return to_text(self)

    def _repr_html_(self) -> str:
        return f'<div class="djnb djnb-scroll"><style>{BASE}{STYLE}</style>{to_html(self)}</div>'


def to_text(listing: Listing) -> str:
    """The caption and aligned columns."""
    caption = escape.terminal(listing.caption)
    if not listing.rows:
        return f"{caption}: {listing.empty}"
    texts = [[_text(cell) for cell in row] for row in listing.rows]
    headers = [column.header for column in listing.columns]
    widths = [max(len(line[i]) for line in (headers, *texts)) for i in range(len(headers))]
    lines = [
        "  ".join(
            cell.rjust(width) if column.kind == "number" else cell.ljust(width)
            for cell, width, column in zip(line, widths, listing.columns, strict=True)
        ).rstrip()
        for line in (headers, ["-" * width for width in widths], *texts)
    ]
    return "\n".join([caption, *lines])


def _text(cell: Any) -> str:
    return "" if cell is None else escape.terminal(str(cell))


def to_html(listing: Listing) -> str:
    """A ``<table>`` with caption and headers, all of it escaped, without style sheet."""
    caption = f"<caption>{escape.html(listing.caption)}</caption>"
    if not listing.rows:
        body = f"<tr><td>{escape.html(listing.empty)}</td></tr>"
        return f'<table class="djnb-table">{caption}<tbody>{body}</tbody></table>'
    head = "".join(f'<th scope="col">{escape.html(column.header)}</th>' for column in listing.columns)
    body = "".join(f"<tr>{_row(row, listing.columns)}</tr>" for row in listing.rows)
    return f'<table class="djnb-table">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(row: tuple[Any, ...], columns: tuple[Column, ...]) -> str:
    first = f'<th scope="row">{cell_html(row[0])}</th>'
    rest = "".join(
        f'<td class="djnb-{column.kind}">{cell_html(cell)}</td>'
        for cell, column in zip(row[1:], columns[1:], strict=True)
    )
    return first + rest


def cell_html(cell: Any) -> str:
    """One cell, escaped."""
    if isinstance(cell, Bar):
        share = f'max="{max(cell.total, 1)}" value="{cell.done}" aria-label="{cell}"'
        return f"<progress {share}></progress> {cell}"
    if isinstance(cell, Named):
        return f'<span class="djnb-title djnb-{escape.attribute(cell.tier)}">{escape.html(cell.name)}</span>'
    return "" if cell is None else escape.html(str(cell))
