"""SQL text with the values bound to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Stands for a bound value in SQL text. A control character, so that no name and no literal can
# hold it by accident: names are checked, fragments refuse control characters, values are bound.
MARK = "\x1f"


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement; each `MARK` in `sql` stands for the next of `params`.

    Values are already what the driver takes (see `Dialect.writer`).
    """

    sql: str
    params: tuple[Any, ...] = ()

    def for_driver(self, placeholder: str) -> tuple[str, tuple[Any, ...] | None]:
        """Text and parameters as the driver wants them.

        Drivers with ``%s`` treat every percent sign as theirs, but only when parameters are given.
        """
        if not self.params:
            return self.sql, None
        sql = self.sql.replace("%", "%%") if placeholder == "%s" else self.sql
        return sql.replace(MARK, placeholder), self.params
