"""A private JupyterLab for one test: its own settings, token, port and folder."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.programs import free_port

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 60
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab.

    Attributes
    ----------
    url : str
        Without a slash at the end.
    token : str
        What the server wants to see.
    directory : Path
        The folder it shows.
    """

    url: str
    token: str
    directory: Path

    def address(self, notebook: str) -> str:
        """Where a notebook of the folder opens, in a workspace of its own."""
        return f"{self.url}/lab/tree/{notebook}?token={self.token}&reset"


def settings(theme: str) -> dict[str, dict[str, Any]]:
    """JupyterLab's user settings: all cells in the page at once, no pop-ups, a theme."""
    return {
        # a windowed notebook removes what is scrolled away, so a test could not see it
        "notebook-extension/tracker": {"windowingMode": "none"},
        "apputils-extension/notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
            "doNotDisturbMode": True,
        },
        "apputils-extension/themes": {"theme": THEMES[theme], "adaptive-theme": False},
    }


def write_settings(folder: Path, theme: str) -> None:
    for name, values in settings(theme).items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def environment(private: Path) -> dict[str, str]:
    """The environment of a JupyterLab that neither reads nor writes the user's own files."""
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("DJ_", "JUPYTER"))},
        **{name: str(private / folder) for name, folder in folders.items()},
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@contextmanager
def running_lab(directory: Path, private: Path, theme: str) -> Iterator[Lab]:
    """Run JupyterLab on `directory` until the block ends, by the command ``djnb demo``.

    Parameters
    ----------
    directory : Path
        The folder of the notebooks, database and objects.
    private : Path
        Where JupyterLab keeps its own files and its log.
    theme : str
        ``light`` or ``dark``.
    """
    write_settings(private / "settings", theme)
    lab = Lab(f"http://127.0.0.1:{(port := free_port())}", secrets.token_hex(16), directory)
    options = [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={lab.token}"]
    command = [sys.executable, "-m", "datajoint_nb", "demo", "--no-browser", "--directory", str(directory)]
    with (private / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--", *options],
            cwd=private,
            env=environment(private),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_ready(process, lab, private / "lab.log")
        yield lab
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop JupyterLab and its kernels, all of which are in the session of the command."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=10)
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], lab: Lab, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{lab.url}/api/status?token={lab.token}", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-4000:]}")
