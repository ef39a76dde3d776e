"""One store: its objects, folders and listings, one backend for each configuration and store.

See ``tests/spec/07-codecs-storage.md`` §6.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, overload

from datajoint_nb.errors import DataJointError, MissingExternalFile
from datajoint_nb.settings import global_config
from datajoint_nb.storage import sources
from datajoint_nb.storage.localfiles import StoredFile, list_files, prune_folders
from datajoint_nb.storage.manifest import ManifestEntry, manifest_path, parse_manifest
from datajoint_nb.storage.objects import ObjectStorage, modified_time, public_spec
from datajoint_nb.storage.parallel import IN_FLIGHT, THREADS, ordered_map
from datajoint_nb.storage.storemap import store_map
from datajoint_nb.storage.upload import write_folder, write_stream

MEBIBYTE = 1 << 20


class StorageBackend(ObjectStorage):
    """The objects of one store; pickled without credentials.

    Parameters
    ----------
    spec : mapping
        The completed specification, as ``config.get_store_spec`` gives it.
    name : str
        The store's name in the configuration.
    """

    def __reduce__(self) -> tuple[Callable[..., StorageBackend], tuple[dict[str, Any], str]]:
        return reopen, (self.public_spec, self.name)

    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        """Every file below a folder with size and time, in no promised order; nothing when absent."""
        with self._translated("list", prefix):
            if self.is_local:
                self._check_root()
                yield from list_files(self.root, self._local(prefix))
                return
            base = str(self.fs._strip_protocol(self.full_path(""))).strip("/")
            try:
                found = self.fs.find(self.full_path(prefix), detail=True)
            except FileNotFoundError:
                return
        for name, details in sorted(found.items()):
            if details.get("type") != "directory":
                relative = name.lstrip("/")[len(base) :].lstrip("/")
                yield StoredFile(relative, int(details["size"]), modified_time(details))

    def names(self, folder: str) -> Sequence[str]:
        """Sorted base names of what lies directly in a folder."""
        with self._translated("list", folder):
            if self.is_local:
                return sorted(child.name for child in self._local(folder).iterdir())
            found = self.fs.ls(self.full_path(folder), detail=False)
            return sorted({str(name).rstrip("/").rpartition("/")[2] for name in found})

    def put_folder(self, local: str | Path, path: str, hash: str = "none") -> dict[str, Any]:
        """Write every file of a local folder and, last, the manifest, which is returned.

        Parameters
        ----------
        hash : str
            ``none``, ``md5`` or ``sha256``: what manifest entries carry.
        """
        source = Path(local)
        if not source.is_dir():
            raise DataJointError(f"{str(source)!r} is no folder.")
        return write_folder(self, source, path, hash)

    def get_manifest(self, path: str) -> tuple[ManifestEntry, ...] | None:
        """Entries of a stored folder's manifest, or None when it has none."""
        try:
            return parse_manifest(self.get_buffer(manifest_path(path)))
        except MissingExternalFile:
            return None

    def remove_folder(self, path: str) -> None:
        """Remove a folder with all it holds, and its manifest; silent when absent.

        Raises
        ------
        DataJointError
            The folder is itself a symbolic link, or reached through one that leaves the store.
        """
        with suppress(MissingExternalFile), self._translated("remove", path):
            if self.is_local:
                target = self._writable(path)
                if target.is_symlink():
                    raise DataJointError(f"Unsafe path {path!r}: the folder is a symbolic link.")
                if target.is_dir():
                    shutil.rmtree(target)
            elif self.fs.exists(self.full_path(path)):
                self.fs.rm(self.full_path(path), recursive=True)
        self.remove(manifest_path(path))

    def prune(self, path: str) -> None:
        """Remove the folders above a removed local object that have become empty; buckets have none."""
        if self.is_local:
            prune_folders(self.root, self._writable(path).parent)

    def copy(self, source: str, target: str) -> None:
        """Copy a file, or a folder without its manifest, inside the store, on the server if it can."""
        if self.isdir(source):
            for file in list(self.list(source)):
                below = file.path[len(self.safe(source)) + 1 :]
                self._copy_file(file.path, f"{target}/{below}")
        else:
            self._copy_file(source, target)

    def _copy_file(self, source: str, target: str) -> None:
        if self.is_local:
            with self._translated("read", source):
                self.put_file(self._local(source), target)
        else:
            with self._translated("copy", source):
                self.fs.cp_file(self.full_path(source), self.full_path(target))

    def get_fsmap(self, path: str) -> Any:
        """An ``fsspec.FSMap`` rooted at the path, which Zarr and xarray take; see `storemap`."""
        return store_map(self, self.safe(path))

    def exists_many(self, paths: Iterable[str], threads: int = THREADS) -> dict[str, bool]:
        """Whether each path is there."""
        distinct = list(dict.fromkeys(paths))
        return dict(zip(distinct, ordered_map(self.exists, distinct, threads), strict=True))

    def get_many(
        self,
        paths: Iterable[str],
        threads: int = THREADS,
        sizes: Mapping[str, int] | None = None,
        in_flight: int = IN_FLIGHT,
    ) -> Iterator[tuple[str, bytes]]:
        """Contents of the distinct paths in order, read ahead in threads.

        Parameters
        ----------
        sizes : mapping, optional
            Bytes of each object as known from metadata; with them, at most `in_flight` bytes,
            or one larger object, are held.
        """
        known = sizes or {}
        distinct = list(dict.fromkeys(paths))
        contents = ordered_map(self.get_buffer, distinct, threads, lambda p: known.get(p, 0), in_flight)
        yield from zip(distinct, contents, strict=True)

    def put_many(
        self, objects: Iterable[tuple[str, bytes]], threads: int = THREADS, in_flight: int = IN_FLIGHT
    ) -> None:
        """Write (path, content) pairs in threads; the first error stops the rest."""

        def put(item: tuple[str, bytes]) -> None:
            self.put_buffer(item[1], item[0])

        for _ in ordered_map(put, objects, threads, lambda item: len(item[1]), in_flight):
            pass

    def copy_from_url(self, url: str, path: str, hash: str = "none") -> dict[str, Any] | None:
        """Copy a file to `path`, or a folder with its manifest, which is then returned.

        Parameters
        ----------
        url : str
            A local path or a URL of a scheme in `sources.SCHEMES`.
        """
        source = sources.open_source(url)
        if source.is_dir():
            return write_folder(self, source, path, hash)
        with source.open() as file:
            write_stream(self, file, path, hash)
        return None

    def source_exists(self, source: str) -> bool:
        """Whether a local path or URL is there to be copied."""
        return sources.open_source(source).exists()

    def source_is_directory(self, source: str) -> bool:
        """Whether a local path or URL is a folder."""
        return sources.open_source(source).is_dir()

    def get_source_size(self, source: str) -> int | None:
        """Bytes of the file at a local path or URL; None when unknown, as for a folder."""
        return sources.open_source(source).size()


class StoreConfig(Protocol):
    """What object storage asks of a configuration."""

    def get_store_spec(
        self, store: str | None = None, *, use_filepath_default: bool = False
    ) -> dict[str, Any]:
        """The completed specification of a store; None means the default."""
        ...

    @overload
    def get(self, key: str, /) -> Any | None: ...
    @overload
    def get(self, key: str, default: Any, /) -> Any: ...
    def get(self, key: str, default: Any = None, /) -> Any:
        """The setting with this dotted name, or `default`."""
        ...


class BackendPool:
    """Backends by name and specification, shared by threads; forgotten after a fork."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = os.getpid()
        self._backends: dict[tuple[str, str], StorageBackend] = {}

    def open(self, spec: Mapping[str, Any], name: str = "") -> StorageBackend:
        """The backend of this specification.

        Raises
        ------
        DataJointError
            The protocol is unknown, or settings are missing or surplus.
        """
        text = json.dumps(dict(spec), sort_keys=True, default=str)
        key = name, hashlib.sha256(text.encode()).hexdigest()  # the text may hold credentials
        with self._lock:
            if self._process != os.getpid():
                self._process, self._backends = os.getpid(), {}
            if key not in self._backends:
                self._backends[key] = StorageBackend(spec, name)
            return self._backends[key]

    def find(self, public: Mapping[str, Any], name: str) -> StorageBackend | None:
        """A backend opened in this process whose name and public settings are these."""
        with self._lock:
            for (known, _), backend in self._backends.items():
                if known == name and backend.public_spec == public:
                    return backend
        return None


POOL = BackendPool()


def reopen(public: Mapping[str, Any], name: str) -> StorageBackend:
    """The backend of an unpickled handle: credentials come from this process, never from the pickle.

    A store of the same name and place that is already open is taken, else one of the process's
    configuration, else the public settings with the credentials of the environment.
    """
    found = POOL.find(public, name)
    if found is not None:
        return found
    spec = _configured(name)
    if spec is not None and _same_place(public, spec):
        return POOL.open(spec, name)
    return POOL.open(public, name)


def _configured(name: str) -> dict[str, Any] | None:
    config = default_config()
    try:
        return config.get_store_spec(name)
    except DataJointError:
        return None


def _same_place(public: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    place = ("protocol", "location", "endpoint", "bucket", "container", "account_name")
    other = public_spec(spec)
    return all(public.get(key) == other.get(key) for key in place)


def default_config() -> StoreConfig:
    """The configuration of the process, for callers that were given none."""
    return global_config()
