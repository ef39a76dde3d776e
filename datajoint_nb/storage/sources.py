"""Files and folders outside of the store that are to be copied into it: local ones and URLs.

See ``tests/spec/07-codecs-storage.md`` §2.2 and §6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from datajoint_nb.errors import DataJointError
from datajoint_nb.storage.localfiles import source_files

SCHEMES = ("s3", "gs", "gcs", "az", "abfs", "http", "https", "file")
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


class Source(Protocol):
    """A file or folder to be copied."""

    @property
    def name(self) -> str:
        """Its base name, with its suffix."""
        ...

    def exists(self) -> bool:
        """Whether it is there."""
        ...

    def is_dir(self) -> bool:
        """Whether it is a folder."""
        ...

    def size(self) -> int | None:
        """Bytes of a file, None when unknown."""
        ...

    def open(self) -> Any:
        """The file, opened for reading bytes."""
        ...

    def files(self) -> Iterator[tuple[str, Source]]:
        """Every file below a folder with its relative POSIX name."""
        ...


@dataclass(frozen=True)
class LocalSource:
    """A local file or folder."""

    path: Path

    @property
    def name(self) -> str:
        """Its base name."""
        return self.path.name or self.path.resolve().name

    def exists(self) -> bool:
        """Whether it is there."""
        return self.path.exists()

    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return self.path.is_dir()

    def size(self) -> int | None:
        """Bytes of a file, None for a folder."""
        return self.path.stat().st_size if self.path.is_file() else None

    def open(self) -> Any:
        """The file, opened for reading bytes."""
        return self.path.open("rb")

    def files(self) -> Iterator[tuple[str, Source]]:
        """Every file below the folder, links followed."""
        for name, path in source_files(self.path):
            yield name, LocalSource(path)


@dataclass(frozen=True)
class RemoteSource:
    """A file or folder behind a URL, on the fsspec filesystem of its scheme."""

    fs: Any
    path: str

    @property
    def name(self) -> str:
        """Its base name, without a query."""
        return unquote(urlsplit(self.path).path).rstrip("/").rpartition("/")[2]

    def exists(self) -> bool:
        """Whether it is there."""
        return bool(self.fs.exists(self.path))

    def is_dir(self) -> bool:
        """Whether it is a folder; nothing behind http is."""
        return not self.path.startswith("http") and bool(self.fs.isdir(self.path))

    def size(self) -> int | None:
        """Bytes of a file, None when unknown."""
        size = self.fs.info(self.path).get("size")
        return None if size is None or self.is_dir() else int(size)

    def open(self) -> Any:
        """The file, opened for reading bytes."""
        return self.fs.open(self.path, "rb")

    def files(self) -> Iterator[tuple[str, Source]]:
        """Every file below the folder."""
        base = str(self.fs._strip_protocol(self.path)).rstrip("/")
        for name in sorted(self.fs.find(self.path)):
            yield str(name)[len(base) :].lstrip("/"), RemoteSource(self.fs, name)


def open_source(source: str | Path) -> LocalSource | RemoteSource:
    """The file or folder at a local path or URL; nothing is read yet.

    Raises
    ------
    DataJointError
        The scheme is not among `SCHEMES`, or its driver is not installed.
    """
    match = SCHEME.match(source) if isinstance(source, str) else None
    if match is None:
        return LocalSource(Path(source).expanduser())
    scheme = match[1].lower()
    if scheme not in SCHEMES:
        raise DataJointError(
            f"URLs of scheme {scheme!r} cannot be read: give a local path or one of {', '.join(SCHEMES)}."
        )
    if scheme == "file":
        return LocalSource(Path(unquote(urlsplit(str(source)).path)))
    import fsspec

    try:
        fs, path = fsspec.core.url_to_fs(str(source))
    except ImportError as error:
        raise DataJointError(f"URLs of scheme {scheme!r} need a package that is missing: {error}") from error
    return RemoteSource(fs, path)
