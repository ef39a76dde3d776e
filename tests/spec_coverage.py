"""Which numbered statements of the specification have a test, and which do not.

A statement is a line ``- X-NNN: text`` in ``tests/spec/*.md``. A test says what it proves with
``@pytest.mark.spec("X-NNN", ...)``, with ``pytestmark``, or in ``pytest.param(..., marks=...)``.
A test that cites a statement which does not exist makes the exit status 1.

Usage: ``python -m tests.spec_coverage [--missing] [--only PREFIX ...] [--require PERCENT]``
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

TESTS = Path(__file__).resolve().parent
IDENTIFIER = re.compile(r"\b[A-Z]-\d{3}\b")
STATEMENT = re.compile(rf"- ({IDENTIFIER.pattern}): (.+)")
MARK = re.compile(r"\bspec\(([^)]*)\)")
SUFFIXES = {".py", ".ts", ".js", ".ipynb"}


def read_statements(folder: Path) -> dict[str, str]:
    """Every statement, identifier to text, in the order of the files."""
    lines = (line for path in sorted(folder.glob("*.md")) for line in path.read_text("utf-8").splitlines())
    return {match[1]: match[2] for line in lines if (match := STATEMENT.fullmatch(line.rstrip()))}


def test_files(folder: Path) -> Iterator[Path]:
    """The files that may cite statements; this one explains the notation, so it is left out."""
    for path in folder.rglob("*"):
        if path.suffix in SUFFIXES and "node_modules" not in path.parts and path != Path(__file__).resolve():
            yield path


def read_citations(paths: Iterable[Path]) -> dict[str, set[Path]]:
    """Identifier to the files whose ``spec`` marks cite it."""
    cited: dict[str, set[Path]] = {}
    for path in paths:
        for arguments in MARK.findall(path.read_text("utf-8")):
            for name in IDENTIFIER.findall(arguments):
                cited.setdefault(name, set()).add(path)
    return cited


def report(wanted: dict[str, str], proved: set[str]) -> Iterator[str]:
    """One line for each letter, then the total."""
    total = Counter(name[0] for name in wanted)
    done = Counter(name[0] for name in wanted if name in proved)
    for letter in sorted(total):
        yield f"{letter}  {done[letter]:4d} of {total[letter]:4d}"
    share = 100 * done.total() / total.total()
    yield f"{done.total()} of {total.total()} statements have a test ({share:.0f} %)"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.spec_coverage", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--missing", action="store_true", help="list the statements without a test")
    parser.add_argument("--only", nargs="+", default=(), metavar="PREFIX", help="such as D T S-04")
    parser.add_argument("--require", type=float, default=0, metavar="PERCENT", help="fail below this share")
    options = parser.parse_args(arguments)

    statements = read_statements(TESTS / "spec")
    cited = read_citations(test_files(TESTS))
    wanted = {k: v for k, v in statements.items() if not options.only or k.startswith(tuple(options.only))}
    if not wanted:
        parser.error("no statement matches")
    proved = wanted.keys() & cited.keys()
    if options.missing:
        print("\n".join(f"{name}: {text}" for name, text in wanted.items() if name not in proved))
    print("\n".join(report(wanted, proved)))

    unknown = {name: paths for name, paths in cited.items() if name not in statements}
    for name, paths in sorted(unknown.items()):
        print(f"{name} is cited but not specified: {', '.join(sorted(str(p) for p in paths))}")
    return int(bool(unknown) or 100 * len(proved) < options.require * len(wanted))


if __name__ == "__main__":
    sys.exit(main())
