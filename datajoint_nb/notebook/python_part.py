"""The Python part of a cell as members of a table class.

It is compiled under the cell's own file name and line numbers, so that tracebacks, the debugger
and ``inspect.getsource`` show the user's lines. Its names resolve in the notebook's namespace.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import Tier
from datajoint_nb.notebook.cell import Body, Place

MAKERS = ("make", "make_fetch")
# set by the magic or by the schema; a Python part that sets them would be overruled silently
RESERVED = frozenset({"definition", "database", "table_name", "tier", "master"})
BASE = ".djnb_base"  # no name that a program can use


@dataclass(frozen=True)
class PythonPart:
    """A parsed Python part.

    Attributes
    ----------
    imports, members : tuple of statements
        Imports run in the notebook's namespace, as in any cell, so that methods find what they
        bring; all else is the body of the class.
    filename : str
        The cell's file name.
    """

    imports: tuple[ast.stmt, ...] = ()
    members: tuple[ast.stmt, ...] = ()
    filename: str = "<cell>"

    @property
    def names(self) -> set[str]:
        """Names that the class body binds."""
        return {name for statement in self.members for name in _bound(statement)}

    @property
    def tier(self) -> Tier:
        """The tier that the members tell."""
        names = self.names
        if names.intersection(MAKERS):
            return Tier.COMPUTED
        return Tier.LOOKUP if "contents" in names else Tier.MANUAL


def parse(body: Body, place: Place, shell: Any) -> PythonPart:
    """Read the Python part of a cell.

    Raises
    ------
    SyntaxError
        With file name and line of the cell.
    ValueError, RecursionError, MemoryError
        For texts that the compiler does not read at all, such as those with NUL.
    DataJointError
        For members that the cell defines elsewhere, such as ``definition``.
    """
    filename = remember(place, shell)
    if not body.python:
        return PythonPart(filename=filename)
    above = "\n" * (place.lines_before + body.python_line - 1)
    tree = shell.compile.ast_parse(above + body.python, filename)
    imports = tuple(s for s in tree.body if isinstance(s, (ast.Import, ast.ImportFrom)))
    members = tuple(s for s in tree.body if not isinstance(s, (ast.Import, ast.ImportFrom)))
    part = PythonPart(imports, members, filename)
    taken = sorted(part.names & RESERVED)
    if taken:
        raise DataJointError(
            f"`{taken[0]}` cannot be set in the Python part: the cell's first line and its definition say it"
        )
    compile_class("Table", part, shell)  # finds what only the compiler refuses, such as a stray `return`
    return part


def remember(place: Place, shell: Any) -> str:
    """The cell's file name, with its own text behind it instead of the call that IPython made of it."""
    name = running_file(shell) if place.is_running else None
    if name is None:
        return str(shell.compile.cache(place.text, shell.execution_count, raw_code=place.text))
    lines = [line + "\n" for line in place.text.splitlines()]
    linecache.cache[name] = (len(place.text), None, lines, name)
    return name


def running_file(shell: Any) -> str | None:
    """The file name of the running cell: that of the nearest caller among the user's own code."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals is shell.user_global_ns:
            return frame.f_code.co_filename
        frame = frame.f_back
    return None


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
        return
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        targets = [statement.target]
    for target in targets:
        yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def run_imports(part: PythonPart, shell: Any) -> None:
    """Run the import statements in the notebook's namespace."""
    if part.imports:
        module = ast.Module(body=list(part.imports), type_ignores=[])
        exec(shell.compile(module, part.filename, "exec"), shell.user_global_ns, shell.user_ns)


def make_class(name: str, base: type, part: PythonPart, shell: Any) -> type:
    """A class of `base` with the members of the Python part.

    A class statement is compiled, not a call of ``type``, so that ``super()`` and private names
    work, and that cloudpickle finds functions of ``__main__`` and sends them by value.
    """
    scope: dict[str, Any] = {BASE: base}
    namespace = shell.user_ns
    namespace.setdefault("__builtins__", builtins)
    exec(compile_class(name, part, shell), namespace, scope)
    made: type = scope[name]
    return made


def compile_class(name: str, part: PythonPart, shell: Any) -> CodeType:
    """The code of a class statement with the members of the Python part, where the cell has them."""
    body = list(part.members) or [ast.Pass()]
    first, last = getattr(body[0], "lineno", 1), getattr(body[-1], "end_lineno", 1)
    statement = ast.ClassDef(
        name=name, bases=[ast.Name(BASE, ast.Load())], keywords=[], body=body, decorator_list=[],
        lineno=first, col_offset=0, end_lineno=last, end_col_offset=0,
    )  # fmt: skip
    if hasattr(ast, "TypeVar"):  # Python 3.12
        statement.__dict__["type_params"] = []
    module = ast.fix_missing_locations(ast.Module(body=[statement], type_ignores=[]))
    code: CodeType = shell.compile(module, part.filename, "exec")
    return code


def part_definitions(part: PythonPart) -> Iterator[tuple[str, ast.Constant]]:
    """Classes in the Python part with their definition strings, to find faults in the cell."""
    for statement in part.members:
        if not isinstance(statement, ast.ClassDef):
            continue
        for inner in statement.body:
            if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Constant):
                names = [target.id for target in inner.targets if isinstance(target, ast.Name)]
                if "definition" in names and isinstance(inner.value.value, str):
                    yield statement.name, inner.value
