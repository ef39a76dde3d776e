"""Timing of cases inside a benchmark process."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


class Clock:
    """Runs cases and keeps their seconds."""

    def __init__(self) -> None:
        self.job: dict[str, Any] = json.loads(sys.stdin.read())
        self.times: dict[str, float] = {}

    def time(self, case: str, work: Callable[[], Any]) -> Any:
        """Run `work` once as `case`, unless other cases were asked for."""
        if self.job["only"] and case not in self.job["only"]:
            return work()
        begin = time.perf_counter()
        result = work()
        self.times[case] = time.perf_counter() - begin
        return result

    def finish(self) -> None:
        """Print what was measured, as the last line."""
        print(json.dumps(self.times))


def rows(count: int) -> list[dict[str, Any]]:
    """Rows of five columns: an integer key, an integer, a float, a short text, a date."""
    return [{"k": n, "n": n % 1000, "x": n * 0.5, "s": f"text {n}", "d": "2025-06-01"} for n in range(count)]
