"""The command ``djnb``, also ``python -m datajoint_nb``.

See ``tests/spec/06-connection-settings.md`` §11.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import datajoint_nb
from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook import demo

DEMO = """\
Copy the tutorials into a folder of their own and open the first one in JupyterLab, on the embedded
database unless the environment (DJ_HOST and the like) or a datajoint.json says otherwise. Notebooks
that are there already are never overwritten.
"""


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status.

    Parameters
    ----------
    args : sequence of str, optional
        Default: those of the process.

    Raises
    ------
    SystemExit
        With status 0 after ``--help`` and ``--version``, with 2 for arguments that make no sense.
    """
    parser = build_parser()
    options = parser.parse_args(args)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        status: int = options.run(options)
    except DataJointError as error:
        print(f"djnb: {error}", file=sys.stderr)
        return 1
    return status


cli = main  # the reference library's name for it


def build_parser() -> argparse.ArgumentParser:
    """The arguments of ``djnb``."""
    parser = argparse.ArgumentParser(
        prog="djnb", description="Relational data pipelines in Jupyter.", allow_abbrev=False
    )
    parser.add_argument(
        "-V", "--version", action="version", version=f"datajoint_nb {datajoint_nb.__version__}"
    )
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    add_demo(commands)
    return parser


def add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The arguments of ``djnb demo``."""
    parser = commands.add_parser(
        "demo", help="the tutorials, in JupyterLab or executed", description=DEMO, allow_abbrev=False
    )
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(demo.DEFAULT_DIRECTORY),
        metavar="DIR",
        help="where notebooks, database and objects go (default: ./%(default)s)",
    )
    parser.add_argument(
        "--headless",
        action="store_true",
        help="execute the first tutorial without JupyterLab, write an HTML page, and print what it made",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="start JupyterLab without opening a browser window"
    )
    parser.add_argument(
        "lab_options",
        nargs="*",
        metavar="-- OPTION",
        help="options for JupyterLab, for example: djnb demo -- --port=9999",
    )
    parser.set_defaults(run=run_demo)


def run_demo(options: argparse.Namespace) -> int:
    """``djnb demo``."""
    demo.require_modules(demo.MODULES_FOR_RUNNING if options.headless else demo.MODULES_FOR_LAB)
    directory: Path = options.directory.resolve()
    copied = demo.copy_notebooks(directory)
    for path in copied.new:
        print(f"Copied {path}")
    for path in copied.kept:
        print(f"Kept {path}, which differs from the one that comes with datajoint_nb; rename it to get that")
    if options.headless:
        return run_headless(directory / demo.FIRST_TUTORIAL)
    return demo.start_lab(directory, browser=not options.no_browser, options=options.lab_options)


def run_headless(notebook: Path) -> int:
    """``djnb demo --headless``: run the tutorial and print its summary."""
    from datajoint_nb.notebook.tutorial import run_tutorial, summary

    for line in summary(run_tutorial(notebook)):
        print(line)
    return 0
