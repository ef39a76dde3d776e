"""Reads settings from the environment, from ``datajoint.json`` and from secret files.

A layer maps dotted keys to what one source gives for them. Reading never raises for files:
what is wrong with them is returned, so that it can be a warning at the first use of the
settings and an error when a connection is made.

See ``tests/spec/06-connection-settings.md`` §9.1.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from datajoint_nb.errors import SettingsError
from datajoint_nb.settings.keys import ENVIRONMENT, GROUPS, JSON_KEYS, describe_unknown, flatten, is_known

FILE_NAME = "datajoint.json"
SECRETS_NAME = ".secrets"
SYSTEM_SECRETS = Path("/run/secrets/datajoint")
TRUE_WORDS = frozenset({"true", "1", "yes"})


@dataclass(frozen=True)
class Found:
    """A value and the place it was found in, such as ``environment: DJ_HOST``."""

    value: Any
    origin: str


Layer: TypeAlias = dict[str, Found]


@dataclass
class FileLayers:
    """What the files say: the settings file, the secrets, and what is wrong with either.

    Attributes
    ----------
    path : Path or None
        The settings file that was read.
    notices : list of str
        Harmless faults, to be shown once: keys that are no settings.
    problems : list of str
        Faults that make the settings unreliable: files that cannot be read or hold invalid values.
    """

    file: Layer = field(default_factory=dict)
    secrets: Layer = field(default_factory=dict)
    path: Path | None = None
    notices: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def thread_safe() -> bool:
    """Tell whether ``DJ_THREAD_SAFE`` asks that no process-wide configuration be used."""
    return os.environ.get("DJ_THREAD_SAFE", "").lower() in TRUE_WORDS


def read_environment() -> Layer:
    """Return what ``DJ_*`` variables say; an empty variable says nothing.

    Raises
    ------
    SettingsError
        ``DJ_STORES`` or another variable with JSON text is not a JSON object.
    """
    layer: Layer = {}
    for key, variable in ENVIRONMENT.items():
        if variable is not None and (text := os.environ.get(variable)):
            origin = f"environment: {variable}"
            layer[key] = Found(parse_text(key, text, variable), origin)
    if text := os.environ.get("DJ_STORES"):
        stores = parse_object(text, "DJ_STORES")
        layer.update({k: Found(v, "environment: DJ_STORES") for k, v in flatten({"stores": stores})})
    return layer


def parse_text(key: str, text: str, where: str) -> Any:
    """Return the value that `text` stands for: an object for keys of JSON, else the text itself."""
    return parse_object(text, where) if key in JSON_KEYS else text


def parse_object(text: str, where: str) -> dict[str, Any]:
    """Return the JSON object that `text` holds; no error quotes the text."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{where} is not valid JSON: {position(error)}") from None
    if not isinstance(value, dict):
        raise SettingsError(f"{where} must be a JSON object, such as {{...}}, not a {type(value).__name__}")
    return value


def position(error: ValueError) -> str:
    """Return what is wrong with a JSON text and where, without quoting the text (it may hold secrets)."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno}, column {error.colno}"
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else type(error).__name__


def read_files() -> FileLayers:
    """Find and read the settings file and the secrets, seen from the working directory."""
    found = FileLayers()
    if os.environ.get("DJ_IGNORE_CONFIG_FILE", "").lower() in TRUE_WORDS | {"on", "t", "y"}:
        return found
    found.path = find_upwards(FILE_NAME)
    if found.path is not None:
        read_file(found.path, found)
    secrets = find_secrets(found.path)
    if secrets is not None:
        read_secrets(secrets, found)
    return found


def exists(path: Path) -> bool:
    """Tell whether there is such a file, which a folder closed to the user hides."""
    try:
        return path.exists()
    except OSError:
        return False


def search_path() -> Iterator[Path]:
    """Yield the working directory and its parents, up to a repository's root."""
    for folder in (here := Path.cwd(), *here.parents):
        yield folder
        if exists(folder / ".git") or exists(folder / ".hg"):
            return


def find_upwards(name: str) -> Path | None:
    """Return the nearest file or folder of this name, or None."""
    return next((folder / name for folder in search_path() if exists(folder / name)), None)


def find_secrets(settings_file: Path | None) -> Path | None:
    """Return the one folder of secrets that counts, or None."""
    beside = find_upwards(SECRETS_NAME) if settings_file is None else settings_file.parent / SECRETS_NAME
    for folder in (beside, SYSTEM_SECRETS):
        if folder is not None and exists(folder) and folder.is_dir():
            return folder
    return None


def read_file(path: Path, found: FileLayers) -> None:
    """Merge a settings file into ``found.file``; a store that it gives replaces that store."""
    values = load_object(path, found)
    layer = to_layer(values, f"file: {path}", found)
    given = {".".join(key.split(".")[:2]) + "." for key in layer if key.startswith("stores.")}
    for key in [key for key in found.file if f"{key}.".startswith(tuple(given))]:
        del found.file[key]
    found.file.update(layer)


def load_object(path: Path, found: FileLayers) -> dict[str, Any]:
    """Return the JSON object in a file; a fault is noted, and nothing returned."""
    try:
        return parse_object(path.read_text("utf-8"), str(path))
    except OSError as error:
        found.problems.append(f"{path} cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        found.problems.append(f"{path} is not valid JSON: {position(error)}")
    except SettingsError as error:
        found.problems.append(str(error))
    return {}


def to_layer(values: Mapping[str, Any], origin: str, found: FileLayers) -> Layer:
    """Return the known keys of `values`; null means not set; unknown keys become notices."""
    layer: Layer = {}
    for key, value in flatten(values):
        if not is_known(key):
            found.notices.append(f"{origin}: {describe_unknown(key)}")
        elif key in GROUPS or (key == "stores" and value is not None):
            found.problems.append(f"{origin}: `{key}` must be an object, not a {type(value).__name__}")
        elif value is not None:
            layer[key] = Found(value, origin)
    return layer


def read_secrets(folder: Path, found: FileLayers) -> None:
    """Merge a folder of secrets into ``found.secrets``: one file for each dotted key, or one of JSON."""
    try:
        files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        found.problems.append(f"{folder} cannot be read: {error.strerror}")
        return
    collected = folder / FILE_NAME
    if collected in files:
        found.secrets.update(to_layer(load_object(collected, found), f"secrets: {collected}", found))
    for path in files:
        if path != collected and "." in path.name and path.is_file():
            read_secret(path, found)


def read_secret(path: Path, found: FileLayers) -> None:
    """Merge one secret file; an empty one, as in a template, says nothing."""
    key = path.name
    if not is_known(key):
        # other files, such as certificates, may lie here too
        if key.split(".")[0] in GROUPS:
            found.notices.append(f"secrets: {path}: {describe_unknown(key)}")
        return
    try:
        text = path.read_text("utf-8").strip()
        if text:
            found.secrets[key] = Found(parse_text(key, text, str(path)), f"secrets: {path}")
    except (OSError, UnicodeDecodeError) as error:
        found.problems.append(f"{path} cannot be read: {getattr(error, 'strerror', 'it is not UTF-8 text')}")
    except SettingsError as error:
        found.problems.append(str(error))
