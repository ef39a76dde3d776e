"""Users' SQL names tables ``"schema"."table"``; one file has only ``"schema.table"``."""

from __future__ import annotations

import re
from collections.abc import Collection

NAME = r"""(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|[A-Za-z_][\w-]*)"""
# what is skipped: literals and comments; then two names with a point between them
PIECE = re.compile(
    rf"""('(?:[^']|'')*'|--[^\n]*|/\*.*?\*/)|(?<![\w."`])({NAME})\s*\.\s*({NAME})""", re.DOTALL
)


def mentions_full_name(sql: str) -> bool:
    """Whether there is anything that could be a full table name."""
    return any(match[2] for match in PIECE.finditer(sql))


def rewrite(sql: str, schemas: Collection[str]) -> str:
    """`sql` with each full name of a table in one of `schemas` as one physical name."""

    def replace(match: re.Match[str]) -> str:
        if match[1] is not None or _bare(match[2]) not in schemas:
            return match[0]
        physical = f"{_bare(match[2])}.{_bare(match[3])}".replace('"', '""')
        return f'"{physical}"'

    return PIECE.sub(replace, sql)


def _bare(name: str) -> str:
    if name[0] in '"`':
        return name[1:-1].replace(name[0] * 2, name[0])
    return name
