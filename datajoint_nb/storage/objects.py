"""Reading and writing of single objects by their path below the root of a store.

Paths are relative to the root and are made safe here, on reading and on writing. Exceptions of
drivers leave as `DataJointError` classes that name the path and the store, never credentials.

See ``tests/spec/07-codecs-storage.md`` §6.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import IO, Any

from datajoint_nb.errors import BucketInaccessible, DataJointError, MissingExternalFile
from datajoint_nb.storage.adapters import ADAPTERS, COMMON_KEYS, StorageAdapter
from datajoint_nb.storage.content_hash import chunks_of
from datajoint_nb.storage.localfiles import StoredFile, atomic_file, check_contained, stored_file
from datajoint_nb.storage.paths import safe_path

PUBLIC_KEYS = {*COMMON_KEYS, "endpoint", "bucket", "container", "secure", "project", "account_name"}
# keys of plugins are not known by name
SECRET_LIKE = re.compile("key|secret|pass|token|cred|auth|sign|sas|connection|proxy", re.IGNORECASE)
CREDENTIALS = re.compile(r"^([^/]*//)?[^/@]*:[^/@]*@")
TIME_KEYS = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")


class ObjectStorage:
    """The objects of one store.

    Parameters
    ----------
    spec : mapping
        The completed specification, as ``config.get_store_spec`` gives it.
    name : str
        The store's name in the configuration.

    Raises
    ------
    DataJointError
        The protocol is unknown, or settings are missing or surplus.
    """

    def __init__(self, spec: Mapping[str, Any], name: str = ""):
        self.spec = dict(spec)
        self.name = name
        self.protocol = str(spec.get("protocol", "")).lower()
        self.spec["protocol"] = self.protocol
        self.adapter: StorageAdapter = ADAPTERS.require(self.protocol)
        self.adapter.validate_spec(self.spec)
        self._lock = RLock()
        self._fs: Any = None
        self._process = os.getpid()

    def __repr__(self) -> str:
        return f"StorageBackend({self.name!r}, {self.get_url('')!r})"

    @property
    def public_spec(self) -> dict[str, Any]:
        """The specification without credentials."""
        return public_spec(self.spec)

    @property
    def fs(self) -> Any:
        """The fsspec filesystem; made on first use, shared by threads, made anew after a fork."""
        if self._fs is None or self._process != os.getpid():
            with self._lock:
                if self._fs is None or self._process != os.getpid():
                    self._check_root()
                    self._fs = self.adapter.create_filesystem(self.spec)
                    self._process = os.getpid()
        return self._fs

    @property
    def is_local(self) -> bool:
        """Whether objects are files of this machine's filesystem."""
        return self.protocol == "file"

    @cached_property
    def root(self) -> Path:
        """Root folder of a store of protocol ``file``."""
        return Path(self.adapter.full_path(self.spec, ""))

    @cached_property
    def _url_prefix(self) -> str:
        return self.get_url("").rstrip("/") + "/"

    def _check_root(self) -> None:
        if self.is_local and not self.root.is_dir():
            raise DataJointError(
                f"The root folder of store {self.name!r} does not exist: {self.root}. "
                f"Create it, or correct stores.{self.name}.location."
            )

    def safe(self, path: str) -> str:
        """The normalised path; an absolute local path or a URL of this store is made relative."""
        if isinstance(path, str) and path.startswith(self._url_prefix):
            path = path[len(self._url_prefix) :]
        return safe_path(path, self.root.as_posix() if self.is_local else None)

    def full_path(self, path: str) -> str:
        """The path that the filesystem takes; local: absolute."""
        return self.adapter.full_path(self.spec, self.safe(path) if path else "")

    def get_url(self, path: str) -> str:
        """The URL of a path; of the root for ``''``."""
        relative = safe_path(path) if path else ""
        return self.adapter.get_url(self.spec, self.adapter.full_path(self.spec, relative))

    def _local(self, path: str) -> Path:
        return Path(self.full_path(path))

    def _writable(self, path: str) -> Path:
        """Local path for writing or removing, which no link may lead out of the store."""
        self._check_root()
        target = self._local(path)
        check_contained(self.root, target)
        return target

    @contextmanager
    def _translated(self, action: str, path: str) -> Iterator[None]:
        try:
            yield
        except DataJointError:
            raise
        except FileNotFoundError as error:
            raise self._absent(action, path, error) from error
        except Exception as error:  # every driver has exceptions of its own
            reason = f"{type(error).__name__}: {getattr(error, 'strerror', None) or 'the driver refused it'}"
            kind: type[DataJointError] = BucketInaccessible
            if self.is_local or isinstance(error, (FileExistsError, IsADirectoryError, NotADirectoryError)):
                kind = DataJointError
            raise kind(f"Could not {action} {path!r} in store {self.name!r}: {reason}.") from error

    def _absent(self, action: str, path: str, error: FileNotFoundError) -> DataJointError:
        if self.is_local:
            self._check_root()
        elif re.search("bucket|container", str(error), re.IGNORECASE):
            return BucketInaccessible(f"The bucket of store {self.name!r} is not there: {self.get_url('')}.")
        return MissingExternalFile(f"Could not {action} {path!r}: it is not in store {self.name!r}.")

    def put_buffer(self, data: bytes | bytearray | memoryview, path: str) -> None:
        """Write `data` as the object `path`, replacing one that is there; never partly visible."""
        with self._translated("write", path):
            if self.is_local:
                with atomic_file(self._writable(path)) as file:
                    file.write(data)
            else:
                self.fs.pipe_file(self.full_path(path), bytes(data))

    def put_file(self, local: str | Path, path: str) -> None:
        """Write a local file as the object `path`, replacing one that is there; never partly visible."""
        with self._translated("write", path):
            if self.is_local:
                with Path(local).open("rb") as source, atomic_file(self._writable(path)) as target:
                    shutil.copyfileobj(source, target, 1 << 20)
            else:
                self.fs.put_file(str(local), self.full_path(path))

    @contextmanager
    def create(self, path: str) -> Iterator[Any]:
        """A binary file for writing that becomes the object when the block ends; none on an exception."""
        if self.is_local:
            with self._translated("write", path), atomic_file(self._writable(path)) as file:
                yield file
            return
        with self._translated("write", path):
            file = self.fs.open(self.full_path(path), "wb")
        try:
            with self._translated("write", path):
                yield file
                file.close()
        except BaseException:
            self._abandon(file, path)
            raise

    def _abandon(self, file: Any, path: str) -> None:
        # buffered uploads of fsspec are given up with `discard`; closing would complete them
        with suppress(Exception):
            file.discard()
        with suppress(Exception):
            file.closed = True
        with suppress(Exception):
            self.remove(path)

    def get_buffer(self, path: str) -> bytes:
        """The whole content of an object.

        Raises
        ------
        MissingExternalFile
            It is not in the store.
        """
        with self._translated("read", path):
            if self.is_local:
                return self._local(path).read_bytes()
            return bytes(self.fs.cat_file(self.full_path(path)))

    def get_range(self, path: str, start: int, stop: int) -> bytes:
        """Bytes `start` to `stop` (exclusive) of an object; fewer when it is shorter."""
        with self._translated("read", path):
            if self.is_local:
                with self._local(path).open("rb") as file:
                    file.seek(start)
                    return file.read(stop - start)
            return bytes(self.fs.cat_file(self.full_path(path), start=start, end=stop))

    def get_file(self, path: str, local: str | Path) -> None:
        """Copy an object to a local file, which appears only when complete."""
        with self._translated("read", path), self._reader(path) as source, atomic_file(Path(local)) as target:
            shutil.copyfileobj(source, target, 1 << 20)

    def _reader(self, path: str) -> Any:
        return self._local(path).open("rb") if self.is_local else self.fs.open(self.full_path(path), "rb")

    def chunks(self, path: str) -> Iterator[bytes]:
        """The content of an object, a mebibyte at a time."""
        with self._translated("read", path), self._reader(path) as file:
            yield from chunks_of(file)

    def open(self, path: str, mode: str = "rb", **options: Any) -> IO[Any]:
        """A file object on the object itself, in any mode of `open`."""
        with self._translated("open", path):
            if not self.is_local:
                opened: IO[Any] = self.fs.open(self.full_path(path), mode, **options)
                return opened
            target = self._local(path)
            if set(mode) & set("wax+"):
                self._check_root()
                check_contained(self.root, target.resolve())
                target.parent.mkdir(parents=True, exist_ok=True)
            return target.open(mode, **options)

    def info(self, path: str) -> StoredFile | None:
        """Size and time of an object, or None when there is no file of that path."""
        try:
            with self._translated("look at", path):
                if self.is_local:
                    self._check_root()
                    target = self._local(path)
                    return stored_file(self.root, target) if target.is_file() else None
                found = self.fs.info(self.full_path(path))
        except MissingExternalFile:
            return None
        if found.get("type") == "directory":
            return None
        return StoredFile(self.safe(path), int(found["size"]), modified_time(found))

    def exists(self, path: str) -> bool:
        """Whether a file or a folder of this path is there."""
        return self._is(path, "exists")

    def isdir(self, path: str) -> bool:
        """Whether the path is a folder, or a prefix of objects."""
        return self._is(path, "isdir")

    def _is(self, path: str, what: str) -> bool:
        with self._translated("look at", path):
            if not self.is_local:
                return bool(getattr(self.fs, what)(self.full_path(path)))
            self._check_root()
            target = self._local(path)
            return target.is_dir() if what == "isdir" else target.exists()

    def size(self, path: str) -> int:
        """Bytes of an object.

        Raises
        ------
        MissingExternalFile
            It is not in the store.
        """
        found = self.info(path)
        if found is None:
            raise MissingExternalFile(f"{path!r} is not in store {self.name!r}.")
        return found.size

    def remove(self, path: str) -> None:
        """Remove an object; silent when it is absent."""
        with suppress(MissingExternalFile), self._translated("remove", path):
            if self.is_local:
                self._writable(path).unlink(missing_ok=True)
            else:
                self.fs.rm_file(self.full_path(path))

    def touch(self, path: str) -> bool:
        """Set an object's time to now without changing it; False where only a new upload does that."""
        if self.is_local:
            with self._translated("touch", path):
                os.utime(self._writable(path))
        return self.is_local


def public_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a store that hold no secret; user and password are cut out of URLs."""
    shown = {key: value for key, value in spec.items() if key in PUBLIC_KEYS or not SECRET_LIKE.search(key)}
    return {key: CREDENTIALS.sub(_kept, v) if isinstance(v, str) else v for key, v in shown.items()}


def _kept(match: re.Match[str]) -> str:
    return match[1] or ""


def modified_time(details: Mapping[str, Any]) -> dt.datetime | None:
    """The time of the last change in UTC from an fsspec info, where drivers name it differently."""
    for key in TIME_KEYS:
        value = details.get(key)
        if isinstance(value, (int, float)):
            return dt.datetime.fromtimestamp(value, dt.timezone.utc)
        if isinstance(value, str):
            with suppress(ValueError):
                value = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
        if isinstance(value, dt.datetime):
            return value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
    return None
