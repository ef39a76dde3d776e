"""The handle of a stored file or folder: metadata at once, content when a method is called.

See ``tests/spec/07-codecs-storage.md`` §2.3.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from datajoint_nb.errors import DataJointError, MissingExternalFile, StorageIntegrityError
from datajoint_nb.storage.backend import StorageBackend
from datajoint_nb.storage.content_hash import hash_of, parse_hash
from datajoint_nb.storage.download import download_file, download_folder
from datajoint_nb.storage.manifest import ManifestEntry, build_manifest, manifest_bytes, manifest_path
from datajoint_nb.storage.paths import safe_path
from datajoint_nb.storage.verify import check_file, check_folder

IntegrityError = StorageIntegrityError  # the reference library's name


@dataclass(frozen=True)
class ObjectRef:
    """A file or folder in a store, as ``<object@>`` and ``<filepath@>`` return it.

    No I/O happens until a method asks for content. Without a backend every such method raises
    `DataJointError`; metadata are always there.

    Attributes
    ----------
    path : str
        From the root of the store; also ``str(ref)``.
    size : int or None
        Bytes, of a folder summed over its files.
    hash : str or None
        Of a file: 26 characters (MD5) or ``sha256:<hex>``.
    ext : str or None
        With its dot.
    timestamp : datetime or None
        Of writing, in UTC.
    item_count : int or None
        Files of a folder.
    store_name : str or None
        Plain name of the store; `store` is a mapping.
    backend : StorageBackend or None
        What reads the object.
    download_path : str
        Default destination of `download`.
    in_place : bool
        Set by `rescan`: the value may stay where it is when the same attribute is updated.
    """

    path: str
    size: int | None = None
    hash: str | None = None
    ext: str | None = None
    is_dir: bool = False
    timestamp: dt.datetime | None = None
    url: str | None = None
    mime_type: str | None = None
    item_count: int | None = None
    store_name: str | None = None
    backend: StorageBackend | None = field(default=None, repr=False, compare=False)
    download_path: str = field(default=".", repr=False, compare=False)
    in_place: bool = field(default=False, repr=False, compare=False)

    @classmethod
    def from_json(
        cls,
        json_data: Mapping[str, Any] | str,
        backend: StorageBackend | None = None,
        download_path: str = ".",
    ) -> ObjectRef:
        """The handle for column metadata; keys that are not known are ignored.

        Raises
        ------
        DataJointError
            There is no path, or it is not safe.
        """
        data = json.loads(json_data) if isinstance(json_data, str) else json_data
        path = data.get("path") or data.get("url")
        if not isinstance(path, str):
            raise DataJointError(f"Object metadata without a path: {dict(data)!r}.")
        return cls(
            path=safe_path(path) if backend is None else backend.safe(path),
            size=data.get("size"),
            hash=data.get("hash"),
            ext=data.get("ext"),
            is_dir=bool(data.get("is_dir", False)),
            timestamp=parse_time(data.get("timestamp")),
            url=data.get("url"),
            mime_type=data.get("mime_type"),
            item_count=data.get("item_count"),
            store_name=data.get("store") or (backend.name if backend else None),
            backend=backend,
            download_path=download_path,
        )

    def to_json(self) -> dict[str, Any]:
        """Column metadata of the object."""
        data: dict[str, Any] = {
            "path": self.path,
            "size": self.size,
            "hash": self.hash,
            "ext": self.ext,
            "is_dir": self.is_dir,
            "timestamp": self.timestamp.isoformat() if self.timestamp else None,
        }
        optional = {
            "url": self.url,
            "store": self.store_name,
            "mime_type": self.mime_type,
            "item_count": self.item_count,
        }
        return {**data, **{key: value for key, value in optional.items() if value is not None}}

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"ObjectRef({'folder' if self.is_dir else 'file'}, {self.path!r}, size={self.size})"

    @property
    def _store(self) -> StorageBackend:
        if self.backend is None:
            raise DataJointError(f"{self!r} has no store: fetch it from a table, or give a backend.")
        return self.backend

    @property
    def store(self) -> Any:
        """An ``fsspec.FSMap`` of the object for Zarr and xarray; it equals the store's name."""
        return self._store.get_fsmap(self.path)

    @property
    def fsmap(self) -> Any:
        """The same as `store`."""
        return self.store

    @property
    def fs(self) -> Any:
        """The fsspec filesystem of the store."""
        return self._store.fs

    @property
    def full_path(self) -> str:
        """Absolute local path for protocol ``file``, else the URL."""
        return self._store.full_path(self.path) if self._store.is_local else self._store.get_url(self.path)

    def _below(self, subpath: str | None) -> str:
        """Path of the object, or of something below the folder."""
        if not subpath:
            return self.path
        self._require_folder("look below")
        return f"{self.path}/{safe_path(subpath)}"

    def _require_folder(self, action: str) -> None:
        if not self.is_dir:
            raise DataJointError(f"Cannot {action} {self!r}: it is a file. Use read() or open().")

    def read(self) -> bytes:
        """The whole content of a file.

        Raises
        ------
        DataJointError
            The object is a folder.
        MissingExternalFile
            It is not in the store.
        """
        if self.is_dir:
            raise DataJointError(f"Cannot read {self!r}: it is a folder. Use open(subpath) or store.")
        return self._store.get_buffer(self.path)

    def open(self, subpath: str | None = None, mode: str = "rb", **options: Any) -> IO[Any]:
        """A file object on the file, or on a file below the folder; text modes are allowed."""
        if self.is_dir and not subpath:
            raise DataJointError(f"Cannot open {self!r}: it is a folder. Name a file of it.")
        return self._store.open(self._below(subpath), mode, **options)

    def listdir(self, subpath: str = "") -> list[str]:
        """Sorted base names in the folder."""
        self._require_folder("list")
        return list(self._store.names(self._below(subpath)))

    def walk(self) -> Iterator[tuple[str, list[str], list[str]]]:
        """Relative folder (the root is ``''``), its folders and its files, from the top."""
        self._require_folder("walk through")
        files = [file.path[len(self.path) + 1 :] for file in self._store.list(self.path)]
        if not files and not self.exists():
            raise MissingExternalFile(f"{self.path!r} is not in store {self.store_name!r}.")
        return iter(_tree(files))

    def exists(self, subpath: str | None = None) -> bool:
        """Whether the object, or what lies at `subpath` below it, is in the store."""
        return self._store.exists(self._below(subpath))

    def download(self, destination: str | Path | None = None, subpath: str | None = None) -> Path:
        """Copy the object, or a part of it, to the local filesystem; the path that was written.

        Parameters
        ----------
        destination : path, optional
            An existing folder takes the copy under its base name; else the name of the copy.
            Default: ``config["download_path"]``, made when absent.
        """
        path = self._below(subpath)
        if destination is None:
            Path(self.download_path).mkdir(parents=True, exist_ok=True)
        target = Path(self.download_path if destination is None else destination)
        if target.is_dir():
            target = target / path.rpartition("/")[2]
        is_dir = self._store.isdir(path) if subpath else self.is_dir
        (download_folder if is_dir else download_file)(self._store, path, target)
        return target

    def verify(self, strict: bool = False) -> bool:
        """True when the stored object is what its metadata, and a folder's manifest, say.

        Parameters
        ----------
        strict : bool
            Also refuse a folder without manifest, which otherwise passes when it is there.

        Raises
        ------
        StorageIntegrityError
            Something is missing, has another size or hash, or is surplus; everything is listed.
        """
        if self.is_dir:
            problems = check_folder(self._store, self.path, strict)
        else:
            problems = check_file(self._store, self.path, self.size, self.hash)
        if problems:
            raise StorageIntegrityError(f"{self!r} is not intact: " + "; ".join(problems) + ".")
        return True

    def rescan(self) -> ObjectRef:
        """The handle after changes in place: size, number, hash and manifest are computed anew.

        Pass it to ``update1`` for the row to know. Hashes are made where there were hashes before.
        """
        now = dt.datetime.now(dt.timezone.utc)
        if not self.is_dir:
            kind = parse_hash(self.hash)[0] if self.hash else "none"
            size = self._store.size(self.path)
            content = hash_of(self._store.chunks(self.path), kind).object_text if self.hash else None
            return replace(self, size=size, hash=content, timestamp=now, in_place=True)
        manifest = self._new_manifest()
        self._store.put_buffer(manifest_bytes(manifest), manifest_path(self.path))
        total, count = manifest["total_size"], manifest["item_count"]
        return replace(self, size=total, item_count=count, timestamp=now, in_place=True)

    def _new_manifest(self) -> dict[str, Any]:
        before = self._store.get_manifest(self.path) or ()
        kind = next((parse_hash(entry.hash)[0] for entry in before if entry.hash), "none")
        return scan_folder(self._store, self.path, kind)


def scan_folder(backend: StorageBackend, path: str, kind: str = "none") -> dict[str, Any]:
    """The manifest of a stored folder as it is now; files are read only to be hashed.

    Raises
    ------
    MissingExternalFile
        There is nothing at that path.
    """
    entries = []
    for file in backend.list(path):
        content = None if kind == "none" else hash_of(backend.chunks(file.path), kind).entry_text
        entries.append(ManifestEntry(file.path[len(path) + 1 :], file.size, content))
    if not entries and not backend.isdir(path):
        raise MissingExternalFile(f"Nothing was written to {path!r} in store {backend.name!r}.")
    return build_manifest(entries)


def parse_time(text: Any) -> dt.datetime | None:
    """A point in time from ISO 8601 text with offset or ``Z``; None when absent or not such text."""
    if isinstance(text, dt.datetime):
        return text
    if not isinstance(text, str):
        return None
    try:
        return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def _tree(files: list[str]) -> list[tuple[str, list[str], list[str]]]:
    folders: dict[str, tuple[set[str], list[str]]] = {"": (set(), [])}
    for name in sorted(files):
        *above, base = name.split("/")
        for depth, part in enumerate(above):
            folders["/".join(above[:depth])][0].add(part)
            folders.setdefault("/".join(above[: depth + 1]), (set(), []))
        folders["/".join(above)][1].append(base)
    return [(folder, sorted(inner), names) for folder, (inner, names) in sorted(folders.items())]
