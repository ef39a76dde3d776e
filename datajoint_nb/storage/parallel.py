"""Running transfers in threads: in order, within bounds of memory, stopping at the first error.

See ``tests/spec/07-codecs-storage.md`` §10.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

THREADS = 16
IN_FLIGHT = 256 << 20  # bytes


def ordered_map(
    function: Callable[[T], R],
    items: Iterable[T],
    threads: int = THREADS,
    size_of: Callable[[T], int] = lambda item: 0,
    in_flight: int = IN_FLIGHT,
) -> Iterator[R]:
    """Results of `function` over `items`, in order, computed ahead in threads.

    At most twice `threads` items, and items of `in_flight` bytes or one larger item, are under way
    or waiting to be taken. The first error is raised after the waiting rest was cancelled.
    Context variables of the caller are seen by the function.

    Parameters
    ----------
    size_of : callable
        Bytes that an item's result, or the item itself, holds in memory.
    """
    waiting: deque[tuple[Future[R], int]] = deque()
    held = 0
    with ThreadPoolExecutor(max_workers=max(1, threads), thread_name_prefix="datajoint-nb-store") as pool:
        try:
            for item in items:
                size = size_of(item)
                while waiting and (held + size > in_flight or len(waiting) >= 2 * threads):
                    future, done = waiting.popleft()
                    yield future.result()
                    held -= done
                waiting.append((pool.submit(copy_context().run, function, item), size))
                held += size
            while waiting:
                yield waiting.popleft()[0].result()
        finally:
            for future, _ in waiting:
                future.cancel()
