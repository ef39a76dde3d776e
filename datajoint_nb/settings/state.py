"""All sources together: what each says, and the valid values they amount to.

See ``tests/spec/06-connection-settings.md`` §9.1.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datajoint_nb.errors import SettingsError
from datajoint_nb.settings import keys
from datajoint_nb.settings.keys import UnknownKeyError
from datajoint_nb.settings.sources import FileLayers, Found, Layer, read_environment, read_files

if TYPE_CHECKING:
    from pydantic import ValidationError

    from datajoint_nb.settings.model import Settings

ASSIGNED, ENVIRONMENT, FILE, SECRETS = range(4)
"""Positions of the layers, strongest first; defaults lie below all of them."""


@dataclass(frozen=True)
class State:
    """What is known at one moment: the layers, strongest first, and the values they amount to."""

    layers: tuple[Layer, ...]
    settings: Settings
    file: Path | None
    problems: tuple[str, ...]

    def find(self, key: str) -> Found | None:
        """Return what the strongest layer says about `key`; None if all are silent."""
        return next((layer[key] for layer in self.layers if key in layer), None)


class InvalidValuesError(SettingsError):
    """Values were refused; `faults` has a message for each key."""

    def __init__(self, faults: Mapping[str, str]):
        super().__init__("; ".join(faults.values()))
        self.faults = dict(faults)

    def __reduce__(self) -> tuple[type[InvalidValuesError], tuple[dict[str, str]]]:
        return type(self), (self.faults,)


def expand(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (key, value) to assign, whole groups opened; a store stays one value, since it is replaced."""
    for key, value in values.items():
        if not keys.is_known(key):
            raise UnknownKeyError(keys.describe_unknown(key))
        if (key in keys.GROUPS or key == "stores") and not isinstance(value, Mapping):
            raise SettingsError(f"`{key}` must be a mapping, not a {type(value).__name__}")
        if key in keys.GROUPS:
            yield from expand({f"{key}.{name}": item for name, item in value.items()})
        else:
            yield key, value


def take(layer: Layer, key: str) -> Layer:
    """Remove `key` and all below it from a layer; return what was removed."""
    return {name: layer.pop(name) for name in list(layer) if name == key or name.startswith(f"{key}.")}


def load_state() -> State:
    """Read all sources, with a warning for each fault of the files."""
    found = read_files()
    environment = read_environment()
    if os.environ.get("DJ_STORES"):
        take(found.file, "stores")
    layers: tuple[Layer, ...] = ({}, environment, found.file, found.secrets)
    settings = validate_files(layers, found)
    for text in (*found.notices, *found.problems):
        warnings.warn(text, UserWarning, stacklevel=2)
    return State(layers, settings, found.path, tuple(found.problems))


def validate_files(layers: tuple[Layer, ...], found: FileLayers) -> Settings:
    """Return the settings, leaving out values of files that are not valid, each noted as a problem."""
    while True:
        try:
            return validate(layers)
        except InvalidValuesError as invalid:
            for key, message in invalid.faults.items():
                layer = next((layer for layer in layers[FILE:] if key in layer), None)
                if layer is None or key in layers[ENVIRONMENT]:
                    raise
                layer.pop(key)
                found.problems.append(message)


def validate(layers: tuple[Layer, ...]) -> Settings:
    """Return the values that the layers amount to, converted to their types."""
    from pydantic import ValidationError

    from datajoint_nb.settings.model import Settings

    try:
        return Settings(layers=[keys.nest(values) for values in separate(layers)])  # type: ignore[call-arg]
    except ValidationError as error:
        raise InvalidValuesError(explain(error, layers)) from None


def separate(layers: tuple[Layer, ...]) -> Iterator[dict[str, Any]]:
    """Yield the values of each layer for the keys that no stronger layer gives.

    Without this, values that are themselves mappings would be merged across sources.
    """
    seen: set[str] = set()
    for layer in layers:
        yield {key: found.value for key, found in layer.items() if key not in seen}
        seen.update(layer)


def explain(error: ValidationError, layers: tuple[Layer, ...]) -> dict[str, str]:
    """Return a message for each key at fault: the value (unless secret), its origin, what is valid."""
    faults: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        words = [str(word) for word in fault["loc"]]
        key = next(
            ".".join(words[:n]) for n in range(len(words), 0, -1) if keys.is_known(".".join(words[:n]))
        )
        found = next((layer[key] for layer in layers if key in layer), None)
        value = "the value" if found is None or keys.is_secret(key) else repr(found.value)
        where = "" if found is None or found.origin == "assignment" else f" ({found.origin})"
        reason = fault["msg"][:1].lower() + fault["msg"][1:]
        faults[key] = f"`{key}`{where}: {value} is not valid: {reason}"
    return faults
