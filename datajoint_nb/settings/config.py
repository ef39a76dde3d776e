"""The configuration that users hold: ``config["display.limit"]`` and ``config.display.limit``.

Values come, strongest first, from assignment, environment, settings file, secrets, defaults.
Nothing is read, and pydantic is not imported, before the first use.

See ``tests/spec/06-connection-settings.md`` §9.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from datajoint_nb.errors import SettingsError, ThreadSafetyError
from datajoint_nb.settings import keys, template
from datajoint_nb.settings.keys import UnknownKeyError, UnknownNameError
from datajoint_nb.settings.sources import FileLayers, Found, Layer, read_file, thread_safe
from datajoint_nb.settings.state import ASSIGNED, FILE, State, expand, load_state, take, validate
from datajoint_nb.settings.stores import complete_store
from datajoint_nb.settings.views import GroupView, StoresView

PORTS: dict[str, int | None] = {"mysql": 3306, "postgresql": 5432, "sqlite": None}
SERVER_KEYS = ("database.host", "database.user", "database.password", "database.port")
LOG_LEVELS = {"JOBS": 15}
_LOGGER = logging.getLogger("datajoint_nb")


class Config(MutableMapping[str, Any]):
    """All settings by dotted key (``config["jobs.lease_timeout"]``) or attribute (``config.jobs``).

    Iteration is over dotted keys: every setting, then the keys of the stores. Secrets are plain
    text when read as items, but no repr shows them. A change applies to the whole process.

    Parameters
    ----------
    guarded : bool
        True for the one configuration of the process, which may not be used while
        ``DJ_THREAD_SAFE`` is set.

    Raises
    ------
    ThreadSafetyError
        At any use (but of `save_template` and repr) of a guarded configuration in thread-safe mode.
    SettingsError
        For an unknown key (then also a KeyError or AttributeError) or a value that is not
        valid; the former value is kept.
    """

    def __init__(self, *, guarded: bool = False):
        self._guarded = guarded
        self._loaded: State | None = None
        self._lock = threading.RLock()

    # A configuration is compared by identity, although it is a mapping
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def file(self) -> Path | None:
        """The settings file in use, or None."""
        return self._state().file

    @property
    def stores(self) -> StoresView:
        """The stores; assigning to it, or to an entry, changes the configuration."""
        return StoresView(self, "stores")

    @stores.setter
    def stores(self, value: Mapping[str, Any]) -> None:
        self["stores"] = value

    def reload(self) -> None:
        """Forget assignments; environment and files are read again at the next use."""
        with self._lock:
            self._loaded = None

    def require_valid(self) -> None:
        """Raise if the settings file or the secrets could not be read in full.

        Raises
        ------
        SettingsError
            Naming every fault. Connections call this, since with a broken file the settings may
            lead to a database that the user does not mean.
        """
        problems = self._state().problems
        if problems:
            raise SettingsError("Refusing to connect with faulty settings: " + "; ".join(problems))

    def choose_backend(self, explicit: str | None = None, *, server_given: bool = False) -> str:
        """Return the name of the database kind to use.

        Parameters
        ----------
        explicit : str or None
            A backend given by the caller, which wins over all settings.
        server_given : bool
            Whether the caller gave a host, user, password or port: without a configured backend
            this means ``"mysql"``, as in configurations that are older than the setting.

        Raises
        ------
        SettingsError
            `explicit` is no backend.
        """
        state = self._state()
        chosen = explicit or state.settings.database.backend
        if chosen is None:
            server_given = server_given or any(state.find(key) for key in SERVER_KEYS)
            chosen = "mysql" if server_given else "sqlite"
        if chosen not in PORTS:
            raise SettingsError(f"Unknown backend {chosen!r}; supported: {', '.join(PORTS)}")
        return chosen

    def default_port(self, backend: str | None = None) -> int | None:
        """Return the configured port, else the usual one of `backend` (by default the effective one)."""
        port = self._state().settings.database.port
        return PORTS[backend or self.choose_backend()] if port is None else port

    def __getitem__(self, key: str) -> Any:
        if key == "stores" or key.startswith("stores."):
            return self._get_store_value(key)
        if key in keys.GROUPS:
            return GroupView(self, key)
        if key not in keys.ENVIRONMENT:
            raise UnknownKeyError(keys.describe_unknown(key))
        value = self._get_value(key)
        return keys.SecretText(value.get_secret_value()) if hasattr(value, "get_secret_value") else value

    def _get_value(self, key: str) -> Any:
        """Return a value as attribute access shows it: secrets wrapped."""
        if key == "database.backend":
            return self.choose_backend()
        if key == "database.port":
            return self.default_port()
        value: Any = self._state().settings
        for name in key.split("."):
            value = getattr(value, name)
        return value

    def _get_store_value(self, key: str) -> Any:
        value: Any = self._state().settings.stores
        for depth, name in enumerate(key.split(".")[1:], start=1):
            if depth > 2 or not isinstance(value, Mapping) or name not in value:
                raise UnknownKeyError(f"`{key}` is not configured")
            value = value[name]
        if isinstance(value, Mapping) and key.count(".") < 2:
            return StoresView(self, key)
        return keys.hide(value) if keys.is_secret(key) else value

    def _get_mapping(self, key: str) -> Mapping[str, Any]:
        """Return the stores, or one store, as they are in the settings."""
        stores = self._state().settings.stores
        found = stores if key == "stores" else stores.get(key.partition(".")[2], {})
        return found if isinstance(found, Mapping) else {}

    def __setitem__(self, key: str, value: Any) -> None:
        self._assign({key: value})

    def __delitem__(self, key: str) -> None:
        self[key]  # the same error as for reading

        def forget(layers: tuple[Layer, ...]) -> None:
            for layer in layers:
                take(layer, key)

        self._change(forget)

    def __iter__(self) -> Iterator[str]:
        yield from keys.ENVIRONMENT
        yield from (key for key, _ in keys.flatten({"stores": self._state().settings.stores}))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in keys.GROUPS and name not in keys.ENVIRONMENT:
            raise UnknownNameError(keys.describe_unknown(name))
        return GroupView(self, name) if name in keys.GROUPS else self._get_value(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name == "stores":
            object.__setattr__(self, name, value)
        elif name in keys.GROUPS or name in keys.ENVIRONMENT:
            self[name] = value
        else:
            raise UnknownNameError(keys.describe_unknown(name))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *keys.GROUPS, *(k for k in keys.ENVIRONMENT if "." not in k)})

    def __repr__(self) -> str:
        if self._guarded and thread_safe():
            return "Config (not available in thread-safe mode)"
        lines = [
            f"{key} = {keys.MASK!r}" if self._is_hidden(key) else f"{key} = {self[key]!r}" for key in self
        ]
        return "Config\n" + "\n".join(f"    {line}" for line in lines)

    def _is_hidden(self, key: str) -> bool:
        return keys.is_secret(key) and self[key] is not None

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Assign several settings at once: all of them, or none if one is not valid."""
        self._assign(dict(*args, **kwargs))

    def load(self, path: str | Path) -> None:
        """Merge a settings file with those read before; environment and assignments stay stronger.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        SettingsError
            It is not valid; nothing is changed.
        """
        path = Path(path).absolute()
        if not path.exists():
            raise FileNotFoundError(f"There is no settings file {path}")
        state = self._state()
        found = FileLayers(file=dict(state.layers[FILE]))
        read_file(path, found)
        if found.problems:
            raise SettingsError("; ".join(found.problems))
        for notice in found.notices:
            warnings.warn(notice, UserWarning, stacklevel=2)

        def put(layers: tuple[Layer, ...]) -> None:
            layers[FILE].clear()
            layers[FILE].update(found.file)

        self._change(put, file=path)

    @contextmanager
    def override(self, **values: Any) -> Iterator[Config]:
        """Set values for the time of a block, in the whole process; ``a__b`` stands for ``a.b``.

        Raises
        ------
        SettingsError
            A name or a value is not valid; nothing has been changed.

        Examples
        --------
        >>> config = Config()
        >>> with config.override(safemode=False, display__limit=3):
        ...     config["display.limit"]
        3
        """
        wanted = dict(expand({name.replace("__", "."): value for name, value in values.items()}))
        former = self._state().layers
        saved = [{key: take(dict(layer), key) for key in wanted} for layer in former]
        self._assign(wanted)
        try:
            yield self
        finally:

            def restore(layers: tuple[Layer, ...]) -> None:
                for layer, entries in zip(layers, saved, strict=True):
                    for key, values in entries.items():
                        take(layer, key)
                        layer.update(values)

            self._change(restore)

    def origin(self, key: str) -> str:
        """Return where the value of `key` comes from.

        Returns
        -------
        str
            ``"assignment"``, ``"default"``, or the source and its place: ``"environment: DJ_HOST"``,
            ``"file: /home/me/datajoint.json"``, ``"secrets: /home/me/.secrets/database.user"``.
        """
        self[key]
        found = self._state().find(key)
        return "default" if found is None else found.origin

    def save(self, path: str | Path = "datajoint.json") -> Path:
        """Write every value that is not a default and not a secret; return the absolute path."""
        state = self._state()
        given = {key for layer in state.layers for key in layer if not keys.is_secret(key)}
        values = {key: self[key] for key in sorted(given)}
        path = Path(path).absolute()
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_text(json.dumps(keys.nest(values), indent=2, default=str) + "\n", "utf-8")
        temporary.replace(path)
        return path

    @staticmethod
    def save_template(
        path: str | Path = "datajoint.json", minimal: bool = True, create_secrets_dir: bool = True
    ) -> Path:
        """Write a settings file to start from, and a folder for secrets; return the file's absolute path.

        Parameters
        ----------
        path : str or Path
            The file to write. Secrets go to ``.secrets/`` beside it.
        minimal : bool
            Only what the effective backend needs; else every setting and two example stores.
        create_secrets_dir : bool
            Also make the folder with empty files for user and password (existing ones are kept),
            readable by the owner only and ignored by git.

        Raises
        ------
        FileExistsError
            The file exists.
        """
        return template.write(Path(path), Config(), minimal=minimal, with_secrets=create_secrets_dir)

    def get_store_spec(
        self, store: str | None = None, *, use_filepath_default: bool = False
    ) -> dict[str, Any]:
        """Return the settings of a store, checked and completed with defaults.

        Parameters
        ----------
        store : str or None
            Name of the store; None or ``""`` for the default one.
        use_filepath_default : bool
            Take the default from ``stores.filepath_default`` instead of ``stores.default``.

        Raises
        ------
        DataJointError
            There is no default, the store or its protocol is unknown, keys are missing or not
            valid, or its sections overlap.
        """
        return complete_store(self._state().settings.stores, store, use_filepath_default=use_filepath_default)

    def _state(self) -> State:
        if self._guarded and thread_safe():
            raise ThreadSafetyError(
                "The global config is not available while DJ_THREAD_SAFE is set; use `Instance(...).config`"
            )
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = load_state()
                    if self._loaded.find("loglevel") is not None:
                        set_log_level(self._loaded.settings.loglevel)
        return self._loaded

    def _assign(self, values: Mapping[str, Any]) -> None:
        wanted = dict(expand(values))

        def put(layers: tuple[Layer, ...]) -> None:
            for key, value in wanted.items():
                for layer in layers:
                    take(layer, key)
                for name, item in keys.flatten({key: value}):
                    layers[ASSIGNED][name] = Found(item, "assignment")

        self._change(put)

    def _change(self, edit: Callable[[tuple[Layer, ...]], None], **also: Any) -> None:
        """Apply `edit` to a copy of the layers and take the result if it is valid."""
        with self._lock:
            state = self._state()
            layers = tuple(dict(layer) for layer in state.layers)
            edit(layers)
            settings = validate(layers)
            self._loaded = replace(state, layers=layers, settings=settings, **also)
        if settings.loglevel != state.settings.loglevel or "loglevel" in layers[ASSIGNED]:
            set_log_level(settings.loglevel)


def set_log_level(name: str) -> None:
    """Make the library's logger show messages from this level on."""
    _LOGGER.setLevel(LOG_LEVELS.get(name, name))


def default_database_path(config: Config) -> Path:
    """Return the absolute path of the embedded database when ``database.path`` is not set.

    It is ``datajoint.db`` beside the settings file, else in the working directory.
    """
    folder = Path.cwd() if config.file is None else config.file.parent
    return folder / "datajoint.db"


def new_config() -> Config:
    """Return a configuration of its own, read from environment and files at its first use."""
    return Config()


_GLOBAL = Config(guarded=True)


def global_config() -> Config:
    """Return the one configuration of the process, read from environment and files at its first use.

    In thread-safe mode its use, not this call, raises `ThreadSafetyError`.
    """
    return _GLOBAL
