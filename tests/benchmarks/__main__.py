"""Run every case with this library, the reference library and the bare driver; print medians and ratios.

Each round starts a fresh process for each of the three, in turn, on the same private server with the
same data, so that the ratios hold although the machine's speed drifts.

usage: python -m tests.benchmarks [--backend mysql|postgresql] [--rounds N] [--rows N] [--only CASE …]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from typing import Any

from tests import servers

WORKERS = ("ours", "reference", "raw")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", choices=("mysql", "postgresql"), default="mysql")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with servers.STARTERS[arguments.backend]() as server:
        for number in range(arguments.rounds):
            for worker in WORKERS:
                found = run(worker, server.settings, arguments, number)
                for case, seconds in found.items():
                    times[case][worker].append(seconds)
            server.drop_schemas(sorted(server.schemas("bench_")))
    report(times)
    return 0


def run(
    worker: str, settings: dict[str, Any], arguments: argparse.Namespace, number: int
) -> dict[str, float]:
    job = {
        "settings": settings,
        "rows": arguments.rows,
        "only": arguments.only,
        "schema": f"bench_{worker}_{number}",
    }
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DJ_")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", f"tests.benchmarks.{worker}"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        print(f"{worker} failed:\n{done.stderr[-2000:]}", file=sys.stderr)
        return {}
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def report(times: dict[str, dict[str, list[float]]]) -> None:
    print(f"{'case':44} {'ours, s':>9} {'ref., s':>9} {'raw, s':>9} {'ours/ref.':>10} {'ours/raw':>9}")
    for case, found in times.items():
        medians = {worker: statistics.median(found[worker]) for worker in WORKERS if found.get(worker)}
        cells = [f"{medians[w]:9.4f}" if w in medians else " " * 9 for w in WORKERS]
        ratios = [ratio(found, "reference", 10), ratio(found, "raw", 9)]
        print(f"{case:44} {' '.join(cells)} {' '.join(ratios)}")


def ratio(found: dict[str, list[float]], other: str, width: int) -> str:
    """The median of the ratios of the rounds; blank where one side has no such case."""
    pairs = list(zip(found.get("ours", ()), found.get(other, ()), strict=False))
    return f"{statistics.median([a / b for a, b in pairs]):{width}.2f}" if pairs else " " * width


if __name__ == "__main__":
    raise SystemExit(main())
