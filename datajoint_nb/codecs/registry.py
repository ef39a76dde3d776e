"""Codecs by name: those of this package, of the running program, and of installed plugins.

See ``tests/spec/07-codecs-storage.md`` §1.2.
"""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from threading import RLock
from typing import Any, Protocol

from datajoint_nb.errors import DataJointError

logger = logging.getLogger("datajoint_nb")

ENTRY_POINT_GROUPS = ("datajoint_nb.codecs", "datajoint.codecs", "datajoint.types")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
REQUIRED = ("get_dtype", "encode", "decode")


class CodecLike(Protocol):
    """What the machinery asks of a codec, whatever its base class; see `base.Codec`."""

    @property
    def name(self) -> str | None:
        """The text inside ``<…>``."""
        ...

    @property
    def encode(self) -> Callable[..., Any]:
        """Value to what the inner type takes; called with the arguments that it has."""
        ...

    @property
    def decode(self) -> Callable[..., Any]:
        """The inverse."""
        ...

    def get_dtype(self, is_store: bool) -> str:
        """The inner type."""
        ...


def parse_type_spec(spec: str) -> tuple[str, str | None]:
    """Codec name and store of a type text, with or without brackets.

    The store is None when no ``@`` is written, and ``''`` for the default store.

    Examples
    --------
    >>> parse_type_spec("<blob>"), parse_type_spec("<blob@>"), parse_type_spec("<blob@ cold >")
    (('blob', None), ('blob', ''), ('blob', 'cold'))
    """
    inner = spec.strip()
    if inner.startswith("<") and inner.endswith(">"):
        inner = inner[1:-1]
    name, at, store = inner.partition("@")
    return name.strip(), store.strip() if at else None


def installed_entry_points() -> Iterable[EntryPoint]:
    """Entry points of installed codec plugins, this package's group first."""
    for group in ENTRY_POINT_GROUPS:
        yield from entry_points(group=group)


class Registry:
    """Codec instances by name and alias; safe to use from several threads.

    Parameters
    ----------
    find : callable
        Gives the entry points of plugins, which are loaded once, at the first name that is missing.

    Attributes
    ----------
    version : int
        Grows with every change, for caches of what was looked up.
    """

    def __init__(self, find: Callable[[], Iterable[EntryPoint]] = installed_entry_points):
        self.version = 0
        self._find = find
        self._lock = RLock()
        self._codecs: dict[str, CodecLike] = {}
        self._loaded = False
        self._failures: dict[str, str] = {}

    def register(self, cls: type[Any]) -> None:
        """Build one instance of a codec class and keep it under its name and aliases.

        A class of the same module and qualified name is replaced: notebook cells are run again.

        Raises
        ------
        DataJointError
            The name is not valid or taken by another class, or a method is missing.
        """
        names = (cls.name, *getattr(cls, "aliases", ()))
        self._check(cls, names)
        with self._lock:
            for name in names:
                owner = self._codecs.get(name)
                if owner is not None and identity(type(owner)) != identity(cls):
                    raise DataJointError(
                        f"Codec name {name!r} of {identity(cls)} is taken by {identity(type(owner))}. "
                        "Choose another name, or unregister that codec first."
                    )
            instance = cls()
            for name in names:
                self._codecs[name] = instance
            self.version += 1

    def _check(self, cls: type[Any], names: tuple[Any, ...]) -> None:
        for name in names:
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise DataJointError(
                    f"Codec name {name!r} of {identity(cls)} is not valid: "
                    "give letters, digits, '_', '.' and '-', beginning with a letter or '_'."
                )
        missing = sorted(
            {name for name in dir(cls) if getattr(getattr(cls, name, None), "__isabstractmethod__", False)}
            | {name for name in REQUIRED if not callable(getattr(cls, name, None))}
        )
        if missing:
            raise DataJointError(f"Codec {names[0]!r} lacks {', '.join(missing)}: define them in its class.")

    def unregister(self, name: str) -> None:
        """Forget a codec with all of its names.

        Raises
        ------
        DataJointError
            There is none of this name.
        """
        with self._lock:
            known = self._codecs.get(parse_type_spec(name)[0])
            if known is None:
                raise self._unknown(name)
            self._codecs = {key: codec for key, codec in self._codecs.items() if codec is not known}
            self.version += 1

    def find(self, name: str) -> CodecLike | None:
        """The codec of a bare name, plugins included, or None."""
        with self._lock:
            if name not in self._codecs:
                self._load()
            return self._codecs.get(name)

    def get(self, spec: str) -> CodecLike:
        """The codec of ``blob``, ``<blob>`` or ``<blob@cold>``.

        Raises
        ------
        DataJointError
            It is not registered; near names and plugins that failed to load are named.
        """
        name, _ = parse_type_spec(spec)
        codec = self.find(name)
        if codec is None:
            raise self._unknown(name)
        return codec

    def names(self) -> list[str]:
        """Sorted names, plugins included."""
        with self._lock:
            self._load()
            return sorted(self._codecs)

    def _unknown(self, name: str) -> DataJointError:
        near = difflib.get_close_matches(name, self._codecs, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(sorted(self._codecs))}."
        failed = "".join(f" Plugin {entry!r} failed to load: {why}." for entry, why in self._failures.items())
        return DataJointError(
            f"Codec {name!r} is not registered. {hint} Import the module that defines it, "
            f"or install the package that provides it.{failed}"
        )

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True  # first: a plugin may look up codecs while it is being loaded
        for entry in self._find():
            if entry.name in self._codecs:
                continue  # what the program registered itself wins
            try:
                self._register_plugin(entry)
            except Exception as error:  # a plugin may fail in any way, and must not break the others
                self._failures[entry.name] = f"{type(error).__name__}: {error}"
                logger.warning("Codec plugin %r could not be loaded: %s", entry.name, error)

    def _register_plugin(self, entry: EntryPoint) -> None:
        cls = entry.load()
        name = getattr(cls, "name", None)
        if name != entry.name:
            logger.warning("Codec plugin %r provides codec %r; it is used by that name.", entry.name, name)
        known = self._codecs.get(name) if isinstance(name, str) else None
        if known is None:
            self.register(cls)


def identity(cls: type) -> str:
    """Module and qualified name of a class."""
    return f"{cls.__module__}.{cls.__qualname__}"


REGISTRY = Registry()


def list_codecs() -> list[str]:
    """Sorted names of all codecs, plugins included."""
    return REGISTRY.names()


def get_codec(spec: str) -> CodecLike:
    """The codec of ``blob``, ``<blob>`` or ``<blob@cold>``; DataJointError when unknown."""
    return REGISTRY.get(spec)


def is_codec_registered(spec: str) -> bool:
    """Whether there is a codec of this name, plugins included."""
    return REGISTRY.find(parse_type_spec(spec)[0]) is not None


def unregister_codec(name: str) -> None:
    """Forget a codec; DataJointError when there is none of this name."""
    REGISTRY.unregister(name)


def lookup_codec(spec: str) -> tuple[CodecLike, str | None]:
    """The codec and the store (None: in the table, ``''``: default) of a type text."""
    return REGISTRY.get(spec), parse_type_spec(spec)[1]
