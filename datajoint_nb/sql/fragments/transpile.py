"""Fragment of a user -> SQL of a database."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from datajoint_nb.sql.fragments.fragment import Fragment, Target, refusal, unknown_attribute
from datajoint_nb.sql.fragments.mysql import MariaDBWriter, MySQLWriter
from datajoint_nb.sql.fragments.operators import OperatorWriter
from datajoint_nb.sql.fragments.postgres import PostgresWriter
from datajoint_nb.sql.fragments.reading import Reading, check_characters, read_tree
from datajoint_nb.sql.fragments.simple import SimpleReading, read_simple, write_simple
from datajoint_nb.sql.fragments.sqlite import SQLiteWriter

__all__ = ["transpile"]

_WRITERS: Mapping[Target, type[OperatorWriter]] = {
    "mysql": MySQLWriter,
    "mariadb": MariaDBWriter,
    "postgresql": PostgresWriter,
    "sqlite": SQLiteWriter,
}


def transpile(text: str, target: Target, types: Mapping[str, str], *, condition: bool = False) -> Fragment:
    """Return a fragment written for a database.

    The fragment is read as MySQL (``"abc"`` is a string, ``||`` is OR); if that fails, in the
    dialect of `target`. Results are cached.

    Parameters
    ----------
    text : str
        One expression.
    target : {"mysql", "mariadb", "postgresql", "sqlite"}
        The database.
    types : mapping of str to str
        The core or native type of each attribute that may be mentioned, or ``"expression"``.
        Booleans, dates, enums and JSON are coerced by it.
    condition : bool
        Whether the result is used as a condition: on PostgreSQL a number becomes a comparison
        with 0. Otherwise the value is MySQL's: a comparison gives 0 or 1, JSON gives text.

    Raises
    ------
    UnknownAttributeError
        A name is not in `types`; letter case counts.
    QuerySyntaxError
        The text is not one expression: empty, several statements, comments, a subquery, a bind
        marker, a variable, a qualified name, or SQL that cannot be understood.

    See ``tests/spec/03-queries.md`` §3.3, §13.2.

    Examples
    --------
    >>> transpile("depth > 2 AND tag != 'x'", "mysql", {"depth": "float64", "tag": "varchar"}).sql
    "(`depth` > 2) AND (`tag` <> 'x')"
    """
    reading = _read(text, target)
    try:
        mentioned = tuple([types[name] for name in reading.names])
    except KeyError:
        unknown = next(name for name in reading.names if name not in types)
        raise unknown_attribute(unknown, text, types) from None
    return _write(text, target, condition, mentioned)


@lru_cache(maxsize=2048)
def _read(text: str, target: Target) -> Reading | SimpleReading:
    check_characters(text)
    return read_simple(text) or read_tree(text, target)


@lru_cache(maxsize=4096)
def _write(text: str, target: Target, condition: bool, mentioned: tuple[str, ...]) -> Fragment:
    reading = _read(text, target)
    writer = _WRITERS[target](text, dict(zip(reading.names, mentioned, strict=True)))
    try:
        if isinstance(reading, SimpleReading):
            piece = write_simple(reading, writer)
        else:
            piece = writer.write(reading.tree)
    except RecursionError:
        raise refusal(text, "it is nested too deeply") from None
    return Fragment(writer.result(piece, condition), frozenset(reading.names), writer.aggregate)
