"""The same cases with the reference library."""

from __future__ import annotations

from tests.benchmarks.ours import run

if __name__ == "__main__":
    run("datajoint")
