"""The reference library in a process of its own, which runs scripts and answers with their values.

Run as a program, this file is that process: it reads one JSON request a line and writes one JSON
answer a line. It knows nothing of the package under test, nor of the other tests.
"""

from __future__ import annotations

import ast
import base64
import datetime as dt
import json
import os
import select
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

if TYPE_CHECKING:
    from tests.servers import Server

SECONDS_TO_ANSWER = 60

# values that JSON lacks: tag -> (class, to JSON, from JSON)
TAGS: dict[str, tuple[type, Any, Any]] = {
    "datetime": (dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    "date": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "timedelta": (dt.timedelta, dt.timedelta.total_seconds, lambda s: dt.timedelta(seconds=s)),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
    "bytes": (bytes, lambda b: base64.b64encode(b).decode(), base64.b64decode),
    "memoryview": (memoryview, lambda b: base64.b64encode(b).decode(), base64.b64decode),
    "tuple": (tuple, lambda t: [to_json(v) for v in t], lambda t: tuple(from_json(v) for v in t)),
    "path": (Path, str, Path),
    "dict": (
        dict,
        lambda d: [[to_json(k), to_json(v)] for k, v in d.items()],
        lambda d: {from_json(k): from_json(v) for k, v in d},
    ),
    "array": (
        np.ndarray,
        lambda a: [a.dtype.str, a.shape, base64.b64encode(a.tobytes()).decode()],
        lambda a: np.frombuffer(base64.b64decode(a[2]), a[0]).reshape(a[1]),
    ),
}


class ScriptError(Exception):
    """An exception of the reference library.

    Attributes
    ----------
    kind : str
        The name of its class.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


def to_json(value: Any) -> Any:
    """The value with everything that JSON lacks as a tagged object."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return to_json(value.item())
    if isinstance(value, list):
        return [to_json(item) for item in value]
    for tag, (kind, forth, _) in TAGS.items():
        if isinstance(value, kind):
            return {"tag": tag, "value": forth(value)}
    raise TypeError(f"a {type(value).__name__} cannot be sent: {value!r}")


def from_json(value: Any) -> Any:
    """The inverse of `to_json`; a memoryview comes back as its bytes."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    return TAGS[value["tag"]][2](value["value"]) if isinstance(value, dict) else value


class Reference:
    """The reference library, connected to one server."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def run(self, script: str, /, **names: Any) -> Any:
        """Run a script; return the value of its last statement, if that is an expression.

        It knows `dj`, `np`, ``Schema(name)``, ``VirtualModule(name, schema)``, and the given names.

        Raises
        ------
        ScriptError
            When the script raises.
        """
        return self.ask({"script": script, "names": to_json(names)})

    def error(self, script: str, /, **names: Any) -> ScriptError:
        """The exception that a script raises, which it must."""
        try:
            value = self.run(script, **names)
        except ScriptError as error:
            return error
        raise AssertionError(f"the reference did not raise, but answered {value!r}")

    def ask(self, request: Mapping[str, Any]) -> Any:
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None and answered is not None
        try:
            asked.write(json.dumps(request).encode() + b"\n")
            asked.flush()
            ready = select.select([answered], [], [], SECONDS_TO_ANSWER)[0]
            line = answered.readline() if ready else b""
        except BrokenPipeError:
            line = b""
        if not line:
            # a late answer would be taken for that of the next request
            self._process.kill()
            raise RuntimeError(
                f"the reference did not answer:\n{self._log.read_text(errors='replace')[-4000:]}"
            )
        answer = json.loads(line)
        if "kind" in answer:
            raise ScriptError(answer["kind"], answer["message"])
        return from_json(answer["value"])


@contextmanager
def running_reference(server: Server) -> Iterator[Reference]:
    """Run the reference library, connected to `server`, until the block ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJ_")}
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory, "log")
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=directory,
                env=environment,
            )
        with process:
            try:
                reference = Reference(process, log)
                reference.ask(server.settings)
                yield reference
            finally:
                process.kill()


# -- the other process ---------------------------------------------------------------------


def connect(settings: Mapping[str, Any]) -> Any:
    """Import the reference library, connect it, and return it."""
    import datajoint as dj

    for name in ("host", "port", "user", "password"):
        dj.config[f"database.{name}"] = settings[name]
    if settings["backend"] == "postgresql":
        dj.config["database.backend"] = "postgresql"
        dj.config["database.name"] = settings["database_name"]
    dj.config["safemode"] = False
    dj.conn()
    return dj


def execute(script: str, names: dict[str, Any]) -> Any:
    """Run a script in `names`; return the value of its last statement if that is an expression."""
    names["__name__"] = "__main__"
    tree = ast.parse(script)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, "<script>", "exec"), names)
        return None
    tree.body.pop()
    exec(compile(tree, "<script>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<script>", "eval"), names)


def answer(dj: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    tools = {"dj": dj, "np": np, "Schema": dj.Schema, "VirtualModule": dj.VirtualModule}
    try:
        return {"value": to_json(execute(request["script"], {**tools, **from_json(request["names"])}))}
    except Exception as error:
        return {"kind": type(error).__name__, "message": str(error)}


def serve(requests: IO[str], answers: IO[str]) -> None:
    """Answer requests until there are no more; the first one says where to connect."""
    dj = None
    for line in requests:
        request = json.loads(line)
        if dj is None:
            dj = connect(request)
            found: dict[str, Any] = {"value": dj.__version__}
        else:
            found = answer(dj, request)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    # what the library prints must not get among the answers, nor a prompt of it take a request
    answers, requests = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(0))
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    serve(requests, answers)
