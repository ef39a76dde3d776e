"""Storage protocols: how a store's specification becomes an fsspec filesystem, a path and a URL.

The four built-in protocols and those of plugins (entry points ``datajoint_nb.storage``, then
``datajoint.storage``) are adapters alike.

See ``tests/spec/07-codecs-storage.md`` §6.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar

from datajoint_nb.errors import DataJointError
from datajoint_nb.storage.paths import join

logger = logging.getLogger("datajoint_nb")

COMMON_KEYS = (
    "protocol",
    "location",
    "subfolding",
    "partition_pattern",
    "token_length",
    "hash_prefix",
    "schema_prefix",
    "filepath_prefix",
    "stage",
)
ENTRY_POINT_GROUPS = ("datajoint_nb.storage", "datajoint.storage")


class StorageAdapter(ABC):
    """One storage protocol; plugins subclass it and name their class in an entry point.

    Attributes
    ----------
    protocol : str
        The text of ``stores.<name>.protocol`` that selects the adapter, in lower case.
    required_keys, allowed_keys : tuple of str
        Settings of the store beyond the common ones; required ones need not be repeated.
    """

    protocol: ClassVar[str]
    required_keys: ClassVar[tuple[str, ...]] = ()
    allowed_keys: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def create_filesystem(self, spec: Mapping[str, Any]) -> Any:
        """The fsspec filesystem of the store."""

    def validate_spec(self, spec: Mapping[str, Any]) -> None:
        """Raise DataJointError when settings are missing or not known to this protocol."""
        missing = [key for key in self.required_keys if spec.get(key) is None]
        if missing:
            raise DataJointError(f"A store of protocol {self.protocol!r} needs: {', '.join(missing)}.")
        surplus = set(spec) - {*COMMON_KEYS, *self.required_keys, *self.allowed_keys}
        if surplus:
            raise DataJointError(
                f"A store of protocol {self.protocol!r} does not know: {', '.join(sorted(surplus))}."
            )

    def full_path(self, spec: Mapping[str, Any], relpath: str) -> str:
        """The path that the filesystem takes for a path relative to the store."""
        location = str(spec.get("location") or "")
        if not location:
            return relpath
        return f"{location.rstrip('/')}/{relpath}" if relpath else location

    def get_url(self, spec: Mapping[str, Any], path: str) -> str:
        """The URL of a full path."""
        return f"{self.protocol}://{path}"


class FileAdapter(StorageAdapter):
    """Folders of the local filesystem, network mounts included."""

    protocol = "file"
    required_keys = ("location",)

    def validate_spec(self, spec: Mapping[str, Any]) -> None:
        """Also refuse an empty location."""
        super().validate_spec(spec)
        if not str(spec["location"]):
            raise DataJointError("A store of protocol 'file' needs a location that is not empty.")

    def create_filesystem(self, spec: Mapping[str, Any]) -> Any:
        """The fsspec class ``LocalFileSystem``, which makes folders as needed."""
        import fsspec

        return fsspec.filesystem("file", auto_mkdir=True)

    def full_path(self, spec: Mapping[str, Any], relpath: str) -> str:
        """The absolute local path; the user's home directory is expanded."""
        root = Path(str(spec["location"])).expanduser().absolute()
        return (root / relpath).as_posix() if relpath else root.as_posix()


class BucketAdapter(StorageAdapter):
    """What the object stores of the cloud providers have in common.

    Attributes
    ----------
    driver : str
        fsspec's name of the filesystem.
    scheme : str
        Of URLs.
    container_key : str
        The setting with the first segment of full paths.
    extra : str
        The extra of this package that installs the driver.
    """

    driver: ClassVar[str]
    scheme: ClassVar[str]
    container_key: ClassVar[str] = "bucket"
    extra: ClassVar[str]

    def filesystem_arguments(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Keyword arguments for fsspec's filesystem class."""
        raise NotImplementedError

    def create_filesystem(self, spec: Mapping[str, Any]) -> Any:
        """The driver's filesystem, without its cache of listings: others write to the store too.

        Raises
        ------
        DataJointError
            The driver is not installed.
        """
        import fsspec

        try:
            return fsspec.filesystem(self.driver, use_listings_cache=False, **self.filesystem_arguments(spec))
        except ImportError as error:
            raise DataJointError(
                f"The driver of protocol {self.protocol!r} is not installed. "
                f"Install it with: pip install 'datajoint-nb[{self.extra}]'"
            ) from error

    def full_path(self, spec: Mapping[str, Any], relpath: str) -> str:
        """``{bucket}/{location}/{path}``."""
        return join(str(spec[self.container_key]), str(spec.get("location") or ""), relpath)

    def get_url(self, spec: Mapping[str, Any], path: str) -> str:
        """``{scheme}://{full path}``."""
        return f"{self.scheme}://{path}"


class S3Adapter(BucketAdapter):
    """AWS S3 and compatible servers."""

    protocol = "s3"
    required_keys = ("bucket", "location")
    allowed_keys = ("endpoint", "access_key", "secret_key", "secure", "proxy_server")
    driver = scheme = extra = "s3"

    def validate_spec(self, spec: Mapping[str, Any]) -> None:
        """Also refuse one of the two keys alone."""
        super().validate_spec(spec)
        if bool(spec.get("access_key")) != bool(spec.get("secret_key")):
            raise DataJointError(
                "A store of protocol 's3' needs both access_key and secret_key, "
                "or neither to use the credentials of the environment."
            )

    def filesystem_arguments(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """``key``, ``secret`` and, when set, the endpoint and the proxy."""
        arguments: dict[str, Any] = {
            "key": spec.get("access_key") or None,
            "secret": spec.get("secret_key") or None,
        }
        endpoint = spec.get("endpoint")
        if endpoint:
            scheme = "https" if _is_secure(spec) else "http"
            url = endpoint if "://" in endpoint else f"{scheme}://{endpoint}"
            arguments["client_kwargs"] = {"endpoint_url": url}
        if proxy := spec.get("proxy_server"):
            arguments["config_kwargs"] = {"proxies": {"http": proxy, "https": proxy}}
        return arguments


def _is_secure(spec: Mapping[str, Any]) -> bool:
    secure = spec.get("secure")
    return True if secure is None else bool(secure)


class GCSAdapter(BucketAdapter):
    """Google Cloud Storage."""

    protocol = "gcs"
    required_keys = ("bucket", "location")
    allowed_keys = ("token", "project")
    driver, scheme, extra = "gcs", "gs", "gcs"

    def filesystem_arguments(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """``token`` and ``project``; None means the credentials of the environment."""
        return {"token": spec.get("token") or None, "project": spec.get("project") or None}


class AzureAdapter(BucketAdapter):
    """Azure Blob Storage."""

    protocol = "azure"
    required_keys = ("container", "location")
    allowed_keys = ("account_name", "account_key", "connection_string")
    driver, scheme, extra = "abfs", "az", "azure"
    container_key = "container"

    def filesystem_arguments(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """``account_name``, ``account_key`` and ``connection_string``."""
        return {key: spec.get(key) or None for key in self.allowed_keys}


def installed_entry_points() -> Iterable[EntryPoint]:
    """Entry points of installed storage plugins, this package's group first."""
    for group in ENTRY_POINT_GROUPS:
        yield from entry_points(group=group)


class AdapterRegistry:
    """Adapters by protocol; plugins are loaded once, at the first protocol that is not known.

    Parameters
    ----------
    find : callable
        Gives the entry points of plugins.
    """

    def __init__(self, find: Callable[[], Iterable[EntryPoint]] = installed_entry_points):
        self._find = find
        self._lock = RLock()
        self._adapters: dict[str, StorageAdapter] = {}
        self._loaded = False
        self.failures: dict[str, str] = {}
        for adapter in (FileAdapter(), S3Adapter(), GCSAdapter(), AzureAdapter()):
            self.add(adapter)

    def add(self, adapter: StorageAdapter) -> None:
        """Register an adapter under its own ``protocol``; the first of a protocol stays."""
        with self._lock:
            self._adapters.setdefault(adapter.protocol.lower(), adapter)

    def get(self, protocol: str) -> StorageAdapter | None:
        """The adapter of a protocol in any letter case, or None."""
        with self._lock:
            found = self._adapters.get(protocol.lower())
            if found is None and not self._loaded:
                self._load()
                found = self._adapters.get(protocol.lower())
            return found

    def require(self, protocol: str) -> StorageAdapter:
        """The adapter of a protocol.

        Raises
        ------
        DataJointError
            There is none; known ones and plugins that failed to load are named.
        """
        found = self.get(protocol)
        if found is None:
            failed = "".join(f" Plugin {name!r} failed: {why}." for name, why in self.failures.items())
            raise DataJointError(
                f"Storage protocol {protocol!r} is unknown; known are {', '.join(sorted(self._adapters))}. "
                f"Is the package with its plugin installed?{failed}"
            )
        return found

    def _load(self) -> None:
        self._loaded = True
        for entry in self._find():
            try:
                adapter = entry.load()()
                self.add(adapter)
            except Exception as error:  # a plugin may fail in any way, and must not break the others
                self.failures[entry.name] = f"{type(error).__name__}: {error}"
                logger.warning("Storage plugin %r could not be loaded: %s", entry.name, error)


ADAPTERS = AdapterRegistry()


def get_storage_adapter(protocol: str) -> StorageAdapter | None:
    """The adapter of a storage protocol, built in or from a plugin; None when there is none."""
    return ADAPTERS.get(protocol)
