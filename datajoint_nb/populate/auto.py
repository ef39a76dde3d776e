"""Tables that fill themselves: the methods of `Imported` and `Computed`."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from datajoint_nb.errors import DataJointError, DuplicateError, SkipKey
from datajoint_nb.populate import key_source as keys_of
from datajoint_nb.populate import make, metadata
from datajoint_nb.populate.events import DISPLAYS, Event, Kind, Listener
from datajoint_nb.populate.version import code_version
from datajoint_nb.query.operands import AndList
from datajoint_nb.tables import permission
from datajoint_nb.tables.either import either, either_property
from datajoint_nb.tables.table import FreeTable

if TYPE_CHECKING:
    from datajoint_nb.tables.expression import QueryExpression
    from datajoint_nb.tables.table import UserTable

logger = logging.getLogger("datajoint_nb")


class PopulateResult(dict[str, Any]):
    """What a populate call did: ``success_count`` and ``error_list``.

    Attributes
    ----------
    skipped : int
        Keys that were done already, or left out by `SkipKey`.
    duration : float
        Seconds.
    stopped : str or None
        Why it ended before all keys were done: ``"max_calls"``.
    """

    def __init__(self, skipped: int = 0, duration: float = 0.0, stopped: str | None = None):
        super().__init__(success_count=0, error_list=[])
        self.skipped, self.duration, self.stopped = skipped, duration, stopped


class AutoPopulate:
    """Adds ``populate``, ``progress`` and ``key_source``."""

    @either_property
    def key_source(self) -> QueryExpression:
        """The keys to populate; override with an expression over the table's key attributes.

        Default: the join of all parents that contribute to the primary key.

        See
        ---
        tests/spec/08-compute-diagram.md §2
        """
        return keys_of.default_key_source(cast("UserTable", self))

    def unrestricted(self) -> FreeTable:
        """All rows of the table, whatever restricts this object."""
        table = cast("UserTable", self)
        return FreeTable(table._require_connection(), table.name)

    @either
    def populate(
        self,
        *restrictions: Any,
        suppress_errors: bool = False,
        return_exception_objects: bool = False,
        max_calls: int | None = None,
        display_progress: bool = False,
        make_kwargs: Mapping[str, Any] | None = None,
        keys: Sequence[Mapping[str, Any]] | None = None,
        on_event: Listener | None = None,
    ) -> PopulateResult:
        """Call ``make`` for each key that has no row yet, each in a transaction of its own.

        Parameters
        ----------
        *restrictions
            Conditions on the key source; all of them must hold.
        suppress_errors : bool
            Collect errors in ``error_list`` and go on, instead of raising the first.
        return_exception_objects : bool
            Collect exceptions instead of texts ``"ClassName: message"``.
        max_calls : int, optional
            At most so many calls of ``make``.
        display_progress : bool
            Show a progress bar.
        make_kwargs : mapping, optional
            More arguments for ``make`` or ``make_fetch``.
        keys : sequence of mappings, optional
            Only these keys, in this order; those that are done or not in the key source are left out.
        on_event : callable, optional
            Called with an `Event` at every step.

        Returns
        -------
        PopulateResult
            A dict with ``success_count`` and ``error_list``, a list of (key, text or exception).

        Raises
        ------
        DataJointError
            Inside a transaction or inside ``make``, and on a restricted table.
        Exception
            What ``make`` raised, unless suppressed; its key left nothing behind.

        See
        ---
        tests/spec/08-compute-diagram.md §3
        """
        table = cast("UserTable", self)
        check_call(table, max_calls)
        pending = pending_keys(table, restrictions, keys)
        listeners = [on_event] if on_event else []
        if display_progress and pending:
            listeners.append(DISPLAYS.make(type(table).__name__, len(pending)))
        run = Run(table, pending, dict(make_kwargs or {}), listeners)
        return run.all(suppress_errors, return_exception_objects, max_calls)

    @either
    def progress(self, *restrictions: Any, display: bool = False) -> tuple[int, int]:
        """How many keys are left to do, and how many there are: ``(remaining, total)``.

        Parameters
        ----------
        *restrictions
            Conditions on the key source.
        display : bool
            Also log a line at level INFO.
        """
        table = cast("UserTable", self)
        source = (keys_of.checked(table, self.key_source) & AndList(restrictions)).proj()
        total = len(source)
        remaining = len(source - self.unrestricted().proj())
        if display:
            share = 100.0 * (total - remaining) / total if total else 100.0
            stamp = time.strftime("%Y-%m-%d %H:%M:%S")
            logger.info(
                "%-20s Completed %d of %d (%2.1f%%)   %s",
                type(table).__name__, total - remaining, total, share, stamp,
            )  # fmt: skip
        return remaining, total


def check_call(table: UserTable, max_calls: Any) -> None:
    """Refuse calls that could not do what they say."""
    if max_calls is not None and (
        isinstance(max_calls, bool) or not isinstance(max_calls, int) or max_calls < 0
    ):
        raise DataJointError(f"max_calls must be a number of calls or None, not {max_calls!r}")
    if permission.current() is not None:
        raise DataJointError("populate cannot be called inside make")
    if table._require_connection().in_transaction:
        raise DataJointError("populate cannot be called inside a transaction: each key has one of its own")
    if table._restricted():
        raise DataJointError(
            "Cannot populate a restricted table; pass the restriction: Table.populate(restriction)"
        )


def pending_keys(
    table: UserTable, restrictions: tuple[Any, ...], keys: Sequence[Mapping[str, Any]] | None
) -> list[dict[str, Any]]:
    """Keys to do, in the order of the primary key or as given."""
    source = keys_of.checked(table, cast(Any, table).key_source)
    todo = keys_of.keys_to_do(table, source, restrictions)
    if keys is None:
        return todo.keys(order_by="KEY" if todo.heading.primary_key else None)
    names = todo.heading.primary_key
    wanted = [{name: key[name] for name in names if name in key} for key in keys]
    possible = {tuple(key.values()): key for key in (todo & wanted).keys()}
    found = (possible.pop(tuple(key.get(name) for name in names), None) for key in wanted)
    return [key for key in found if key is not None]


class Run:
    """One populate call on its way through its keys."""

    def __init__(
        self,
        table: Any,
        keys: Iterable[dict[str, Any]],
        make_kwargs: dict[str, Any],
        listeners: Sequence[Listener],
    ):
        self.table, self.make_kwargs, self.listeners = table, make_kwargs, listeners
        self.keys = list(keys)
        self.name = type(table).__name__
        self.result = PopulateResult()
        method = table._require_connection().config["jobs.version_method"]
        # asked once for all keys: git takes longer than many a make
        self.version = code_version(type(table), method) if metadata.is_kept(table) and self.keys else ""

    def tell(self, kind: Kind, key: dict[str, Any] | None = None, **data: Any) -> None:
        """Send an event to every listener; their errors are logged and change nothing."""
        event = Event(kind, self.name, key, data=data)
        for listener in self.listeners:
            try:
                listener(event)
            except Exception:
                logger.exception("A listener of populate failed")

    def all(self, suppress: bool, objects: bool, max_calls: int | None) -> PopulateResult:
        """Work through the keys."""
        begin = time.perf_counter()
        self.tell("started", total=len(self.keys))
        calls = 0
        try:
            for key in self.keys:
                if max_calls is not None and calls >= max_calls:
                    self.result.stopped = "max_calls"
                    break
                calls += self.one(key, suppress, objects)
                self.tell("progress", **self.counts())
        finally:
            self.result.duration = time.perf_counter() - begin
            self.tell("finished", result=dict(self.result), **self.counts())
        return self.result

    def counts(self) -> dict[str, Any]:
        """Numbers of keys by outcome."""
        result = self.result
        return {
            "total": len(self.keys),
            "success": int(result["success_count"]),
            "error": len(result["error_list"]),
            "skipped": result.skipped,
        }

    def one(self, key: dict[str, Any], suppress: bool, objects: bool) -> bool:
        """Make one key; False when it turned out to be done."""
        self.tell("key_started", key)
        logger.log(15, "Making %s -> %s", key, self.name)
        begin = time.perf_counter()
        try:
            made = make.make_one(self.table, key, self.make_kwargs, self.version)
        except SkipKey as skip:
            self.skip(key, str(skip))
            return True
        except DuplicateError as error:
            if make.is_done(self.table, key):
                self.skip(key, "done meanwhile by somebody else")
                return True
            self.fail(key, error, suppress, objects)
            return True
        except Exception as error:
            self.fail(key, error, suppress, objects)
            return True
        if not made:
            self.skip(key, "done already")
            return False
        self.result["success_count"] += 1
        logger.log(15, "Success making %s -> %s", key, self.name)
        self.tell("key_done", key, duration=time.perf_counter() - begin)
        return True

    def skip(self, key: dict[str, Any], reason: str) -> None:
        """Count a key that was left out."""
        self.result.skipped += 1
        self.tell("key_skipped", key, reason=reason)

    def fail(self, key: dict[str, Any], error: Exception, suppress: bool, objects: bool) -> None:
        """Note a failed key; raise its error unless suppressed."""
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        logger.log(logging.ERROR if suppress else 15, "Error making %s -> %s - %s", key, self.name, text)
        self.result["error_list"].append((key, error if objects else text))
        self.tell("key_error", key, message=text, exception=error)
        if not suppress:
            raise error
