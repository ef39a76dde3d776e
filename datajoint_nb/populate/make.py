"""Running ``make`` for one key, in one transaction: ``08-compute-diagram.md`` §4, §5."""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
from collections.abc import Mapping
from typing import Any

from datajoint_nb.codecs import blob
from datajoint_nb.errors import DataJointError
from datajoint_nb.populate import metadata
from datajoint_nb.tables.permission import Making, making

METHODS = ("make_fetch", "make_compute", "make_insert")


def is_done(table: Any, key: Mapping[str, Any]) -> bool:
    """Whether the table has a row of the key."""
    return bool(table.unrestricted() & dict(key))


def make_one(table: Any, key: Mapping[str, Any], make_kwargs: Mapping[str, Any], version: str = "") -> bool:
    """Compute and insert the rows of one key; False when they were there already.

    Raises
    ------
    NotImplementedError
        When the class defines no ``make``.
    DataJointError
        When ``make`` inserts nothing, or rows of another key, or its parts misbehave.
    Exception
        Whatever ``make`` raises; the transaction is rolled back.
    """
    check_methods(table)
    connection = table._require_connection()
    begin = dt.datetime.now(dt.timezone.utc)
    in_parts = has_three_parts(table) or inspect.isgeneratorfunction(type(table).make)
    call = Making(table.name, connection, dict(key), may_insert=not in_parts)
    with making(call):
        if in_parts:
            done = _make_in_parts(table, key, make_kwargs, begin, version)
        else:
            with connection.transaction:
                if is_done(table, key):
                    return False
                table.make(dict(key), **make_kwargs)
                verify(table, call)
                metadata.record(table, key, begin, version)
            done = True
    return done


def check_methods(table: Any) -> None:
    """Refuse classes without ``make``, and with only some of the three methods."""
    defined = [name for name in METHODS if callable(getattr(type(table), name, None))]
    if callable(getattr(type(table), "make", None)):
        return
    missing = [name for name in METHODS if name not in defined]
    if defined and missing:
        raise NotImplementedError(
            f"Class {type(table).__name__} defines {', '.join(defined)} but not {', '.join(missing)}"
        )
    if not defined:
        raise NotImplementedError(f"Class {type(table).__name__} defines no make(self, key)")


def has_three_parts(table: Any) -> bool:
    """Whether the class computes outside of the transaction."""
    cls = type(table)
    return not callable(getattr(cls, "make", None)) and all(callable(getattr(cls, n, None)) for n in METHODS)


def verify(table: Any, call: Making) -> None:
    """Refuse a ``make`` that inserted no row of its key."""
    config = table._require_connection().config
    if call.inserted or not config["jobs.verify_make"]:
        return
    if not is_done(table, call.key):
        raise DataJointError(f"make() of {type(table).__name__} inserted no row for {call.key}")


def _make_in_parts(
    table: Any, key: Mapping[str, Any], make_kwargs: Mapping[str, Any], begin: dt.datetime, version: str
) -> bool:
    """Fetch and compute outside the transaction; verify the inputs and insert inside it."""
    if is_done(table, key):
        return False
    connection = table._require_connection()
    steps = (
        _Generator(table, key, make_kwargs)
        if hasattr(type(table), "make")
        else _Methods(table, key, make_kwargs)
    )
    fetched = steps.fetch()
    before = fingerprint(fetched)
    computed = steps.compute(fetched)
    call = Making(table.name, connection, dict(key))
    with making(call), connection.transaction:
        if is_done(table, key):
            return False
        if fingerprint(steps.fetch()) != before:
            raise DataJointError(
                f"make_fetch data has changed while {type(table).__name__} was computed for {key}"
            )
        steps.insert(computed)
        verify(table, call)
        metadata.record(table, key, begin, version)
    return True


def _tuple(value: Any, table: Any, method: str) -> tuple[Any, ...]:
    if not isinstance(value, (tuple, list)):
        raise DataJointError(
            f"{method} of {type(table).__name__} must return a tuple, not {type(value).__name__}"
        )
    return tuple(value)


class _Methods:
    """The form with make_fetch, make_compute and make_insert."""

    def __init__(self, table: Any, key: Mapping[str, Any], make_kwargs: Mapping[str, Any]):
        self.table, self.key, self.make_kwargs = table, key, make_kwargs

    def fetch(self) -> tuple[Any, ...]:
        return _tuple(self.table.make_fetch(dict(self.key), **self.make_kwargs), self.table, "make_fetch")

    def compute(self, fetched: tuple[Any, ...]) -> tuple[Any, ...]:
        return _tuple(self.table.make_compute(dict(self.key), *fetched), self.table, "make_compute")

    def insert(self, computed: tuple[Any, ...]) -> None:
        self.table.make_insert(dict(self.key), *computed)


class _Generator:
    """The form in which ``make`` yields what it fetched, then what it computed."""

    def __init__(self, table: Any, key: Mapping[str, Any], make_kwargs: Mapping[str, Any]):
        self.table, self.key, self.make_kwargs = table, key, make_kwargs
        self.run: Any = None

    def fetch(self) -> tuple[Any, ...]:
        self.run = self.table.make(dict(self.key), **self.make_kwargs)
        return _tuple(next(self.run, None), self.table, "the first yield of make")

    def compute(self, fetched: tuple[Any, ...]) -> tuple[Any, ...]:
        computed = next(self.run, ())
        self.run.close()
        return _tuple(() if computed is None else computed, self.table, "the second yield of make")

    def insert(self, computed: tuple[Any, ...]) -> None:
        if not computed:
            return
        try:
            self.run.send(computed)
        except StopIteration:
            return
        self.run.close()


def fingerprint(values: Any) -> str:
    """A hash of fetched values: equal content gives an equal hash, NaN equals itself.

    Raises
    ------
    DataJointError
        Naming the item that cannot be compared.
    """
    digest = hashlib.sha256()
    _update(digest, values, "make_fetch result")
    return digest.hexdigest()


def _update(digest: Any, value: Any, where: str) -> None:
    if isinstance(value, (tuple, list)):
        digest.update(f"[{len(value)}".encode())
        for index, item in enumerate(value):
            _update(digest, item, f"{where}[{index}]")
        return
    if isinstance(value, Mapping):
        digest.update(f"{{{len(value)}".encode())
        for name, item in value.items():
            _update(digest, name, where)
            _update(digest, item, f"{where}[{name!r}]")
        return
    if type(value).__module__.partition(".")[0] == "pandas":
        value = value.reset_index() if hasattr(value, "columns") else value
        _update(
            digest,
            {str(n): value[n].to_numpy() for n in getattr(value, "columns", ())} or value.to_numpy(),
            where,
        )
        return
    if hasattr(value, "to_json") and hasattr(value, "path"):
        value = repr(value.to_json())
    try:
        digest.update(blob.pack(value, compress=False))
    except DataJointError as error:
        raise DataJointError(f"{where} of type {type(value).__name__} cannot be compared: {error}") from error
