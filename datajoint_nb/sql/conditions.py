"""Conditions as SQL; values are always bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from datajoint_nb.query.conditions import (
    And,
    Complement,
    Condition,
    Constant,
    Equal,
    Exists,
    Fragment,
    InQuery,
    InRows,
    IsNull,
    JsonEqual,
    Or,
)
from datajoint_nb.sql import json_paths
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import MARK

if TYPE_CHECKING:
    from datajoint_nb.sql.select import Compiler

Written = tuple[str, tuple[Any, ...]]


def write(condition: Condition, compiler: Compiler) -> Written:
    """The SQL of a condition, ready to be joined by AND, with its values."""
    return WRITERS[type(condition)](condition, compiler)


def _constant(condition: Constant, compiler: Compiler) -> Written:
    return (compiler.dialect.true if condition.value else compiler.dialect.false), ()


def _joined(word: str) -> Callable[[Any, Compiler], Written]:
    def write_all(condition: And | Or, compiler: Compiler) -> Written:
        texts: list[str] = []
        params: list[Any] = []
        for item in condition.items:
            text, values = write(item, compiler)
            texts.append(text)
            params.extend(values)
        return _balanced(texts, word), tuple(params)

    return write_all


def _balanced(texts: list[str], word: str) -> str:
    """A tree of logarithmic depth: SQLite refuses expressions deeper than 1000."""
    while len(texts) > 1:
        texts = [f" {word} ".join(texts[i : i + 8]) for i in range(0, len(texts), 8)]
        texts = [f"({text})" for text in texts]
    return texts[0]


def _complement(condition: Complement, compiler: Compiler) -> Written:
    item = condition.item
    if isinstance(item, IsNull):
        return f"{compiler.quote(item.name)} IS NOT NULL", ()
    if isinstance(item, InQuery) and not item.nullable:
        return _in_query(item, compiler, " NOT IN ")
    if isinstance(item, Exists):
        text, params = write(item, compiler)
        return f"NOT {text}", params
    text, params = write(item, compiler)
    return f"({text}) IS NOT TRUE", params


def _equal(condition: Equal, compiler: Compiler) -> Written:
    writer = compiler.dialect.writer(condition.spec)
    value = condition.value if writer is None else writer(condition.value)
    return f"{compiler.quote(condition.name)} = {MARK}", (value,)


def _is_null(condition: IsNull, compiler: Compiler) -> Written:
    return f"{compiler.quote(condition.name)} IS NULL", ()


def _in_rows(condition: InRows, compiler: Compiler) -> Written:
    dialect = compiler.dialect
    columns = [_written(dialect, spec, values) for spec, values in _columns(condition)]
    if all(texts is not None for texts, _ in columns):
        # whole numbers are written out: no limit on bound values, and nothing to escape
        rows = [texts for texts, _ in columns]
        return _membership(condition.attributes, list(zip(*rows, strict=True)), dialect), ()
    marks = [texts or [MARK] * len(values) for texts, values in columns]
    bound = [values for texts, values in columns if texts is None]
    size = len(condition.rows)
    chunk = max(1, (dialect.max_bind - 1000) // len(bound))
    parts: list[str] = []
    params: list[Any] = []
    for start in range(0, size, chunk):
        stop = min(start + chunk, size)
        parts.append(
            _membership(
                condition.attributes, list(zip(*(m[start:stop] for m in marks), strict=True)), dialect
            )
        )
        for row in zip(*(values[start:stop] for values in bound), strict=True):
            params.extend(row)
    return _balanced(parts, "OR"), tuple(params)


def _columns(condition: InRows) -> list[tuple[Any, list[Any]]]:
    columns = zip(*condition.rows, strict=True)
    return [(spec, list(column)) for spec, column in zip(condition.specs, columns, strict=True)]


def _written(dialect: Dialect, spec: Any, values: list[Any]) -> tuple[list[str] | None, list[Any]]:
    writer = dialect.writer(spec)
    if writer is not None:
        values = [writer(value) for value in values]
    if spec.is_integer and all(type(value) is int for value in values):
        return list(map(str, values)), values
    return None, values


def _membership(attributes: tuple[str, ...], rows: list[tuple[str, ...]], dialect: Dialect) -> str:
    if len(attributes) == 1:
        return f"{dialect.quote(attributes[0])} IN ({', '.join([row[0] for row in rows])})"
    values = "VALUES " if dialect.row_values == "values" else ""
    return f"({dialect.names(attributes)}) IN ({values}{', '.join(['(' + ', '.join(r) + ')' for r in rows])})"


def _fragment(condition: Fragment, compiler: Compiler) -> Written:
    return f"({condition.text.sql})", ()


def _json_equal(condition: JsonEqual, compiler: Compiler) -> Written:
    return json_paths.equals(condition.place, condition.value, compiler.dialect)


def _in_query(condition: InQuery, compiler: Compiler, word: str = " IN ") -> Written:
    text, params = compiler.subquery(condition.node, condition.attributes)
    names = compiler.dialect.names(condition.attributes)
    left = names if len(condition.attributes) == 1 else f"({names})"
    return f"{left}{word}({text})", params


def _exists(condition: Exists, compiler: Compiler) -> Written:
    text, params = compiler.subquery(condition.node, ())
    return f"EXISTS ({text})", params


WRITERS: dict[type, Callable[[Any, Compiler], Written]] = {
    Constant: _constant,
    And: _joined("AND"),
    Or: _joined("OR"),
    Complement: _complement,
    Equal: _equal,
    IsNull: _is_null,
    InRows: _in_rows,
    Fragment: _fragment,
    JsonEqual: _json_equal,
    InQuery: _in_query,
    Exists: _exists,
}
