"""How far auto-populated tables are, for cards and listings."""

from __future__ import annotations

from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.populate.auto import AutoPopulate
from datajoint_nb.render.listing import Bar


def progress_of(table: Any) -> Bar | None:
    """Done keys of all; None for tables that no ``make`` fills, and where the keys cannot be told."""
    if not isinstance(table, AutoPopulate):
        return None
    try:
        remaining, total = table.progress()
    except DataJointError:
        return None
    return Bar(total - remaining, total)
