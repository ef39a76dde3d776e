"""Writes a settings file to start from, and the folder for secrets beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datajoint_nb.settings import keys

if TYPE_CHECKING:
    from datajoint_nb.settings.config import Config

PLACEHOLDERS = ("database.user", "database.password")
GITIGNORE = "*\n!.gitignore\n"
EXAMPLE_STORES = {
    "default": "main",
    "filepath_default": "raw",
    "main": {
        "protocol": "file",
        "location": "/data/main",
        "hash_prefix": "_hash",
        "schema_prefix": "_schema",
    },
    "raw": {"protocol": "file", "location": "/data/raw", "filepath_prefix": "recordings"},
}


def write(path: Path, config: Config, *, minimal: bool, with_secrets: bool) -> Path:
    """Write the template; see ``Config.save_template``."""
    path = path.absolute()
    backend = config.choose_backend()
    values = minimal_values(backend) if minimal else full_values(config, backend)
    with path.open("x", encoding="utf-8") as file:
        file.write(json.dumps(values, indent=2) + "\n")
    if with_secrets:
        write_secrets(path.parent / ".secrets")
    return path


def minimal_values(backend: str) -> dict[str, Any]:
    """Return the settings without which the backend is not found."""
    if backend == "sqlite":
        return {"database": {"backend": "sqlite", "path": "datajoint.db"}}
    port = {"mysql": 3306, "postgresql": 5432}[backend]
    return {"database": {"backend": backend, "host": "localhost", "port": port}}


def full_values(config: Config, backend: str) -> dict[str, Any]:
    """Return every setting that is not secret, with its default, and two example stores."""
    from datajoint_nb.settings.model import Settings

    defaults = Settings(layers=[]).model_dump(mode="json")  # type: ignore[call-arg]
    values = {key: value for key, value in keys.flatten(defaults) if key in keys.ENVIRONMENT}
    values["database.backend"] = backend
    values["database.port"] = config.default_port(backend)
    plain = {key: value for key, value in values.items() if not keys.is_secret(key)}
    return {**keys.nest(plain), "stores": EXAMPLE_STORES}


def write_secrets(folder: Path) -> None:
    """Make the folder and empty files for user and password, for the owner's eyes only."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    for name, text in [*((name, "") for name in PLACEHOLDERS), (".gitignore", GITIGNORE)]:
        path = folder / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(text, "utf-8")
        path.chmod(0o600)
