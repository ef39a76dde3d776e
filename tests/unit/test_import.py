"""What importing the package may not do."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (  # noqa: SIM905
    "pandas zarr xarray fsspec sqlglot networkx pymysql psycopg graphviz IPython ipywidgets "
    "anywidget dask matplotlib tqdm cloudpickle"
).split()

SCRIPT = """
import os, socket, sys, threading
opened = []
def hook(event, args):
    if event == "open" and isinstance(args[0], str):
        opened.append(args[0])
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.fork"):
        opened.append(event)
sys.addaudithook(hook)
import warnings
warnings.simplefilter("error")
import datajoint_nb
{use}
roots = tuple(os.path.realpath(p) for p in sys.path if p) + (os.path.realpath(sys.base_prefix),)
foreign = [p for p in opened if not os.path.realpath(p).startswith(roots)]
heavy = [name for name in {heavy!r} if name in sys.modules]
print(repr((heavy, foreign, threading.active_count())))
"""


def run(use: str) -> tuple[list[str], list[str], int]:
    script = SCRIPT.format(use=use, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    heavy, foreign, threads = eval(done.stdout)
    return heavy, foreign, threads


@pytest.mark.spec("N-018", "S-066", "S-068")
@pytest.mark.parametrize(
    "use", ["pass", "datajoint_nb.Manual, datajoint_nb.Schema, datajoint_nb.Connection, datajoint_nb.U"]
)
def test_import_is_light_and_quiet(use: str) -> None:
    heavy, foreign, threads = run(use)
    assert heavy == []
    assert foreign == []
    assert threads == 1
