"""The list of files beside every stored folder: ``{path}.manifest.json``.

See ``tests/spec/07-codecs-storage.md`` §5.5.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from datajoint_nb.errors import DataJointError, StorageIntegrityError
from datajoint_nb.storage.paths import safe_path

SUFFIX = ".manifest.json"


@dataclass(frozen=True, order=True)
class ManifestEntry:
    """One file of a folder: POSIX path below the folder, size in bytes, hash such as ``md5:<hex>``."""

    path: str
    size: int
    hash: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry as the sidecar holds it."""
        entry: dict[str, Any] = {"path": self.path, "size": self.size}
        return entry if self.hash is None else {**entry, "hash": self.hash}


def manifest_path(folder: str) -> str:
    """Path of the sidecar of a folder."""
    return folder + SUFFIX


def utc_now() -> str:
    """The present time as ISO 8601 text in UTC with microseconds and offset."""
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="microseconds")


def build_manifest(entries: Iterable[ManifestEntry]) -> dict[str, Any]:
    """The JSON object of the sidecar: ``files`` by path, ``total_size``, ``item_count``, ``created``."""
    ordered = sorted(entries)
    return {
        "files": [entry.to_json() for entry in ordered],
        "total_size": sum(entry.size for entry in ordered),
        "item_count": len(ordered),
        "created": utc_now(),
    }


def manifest_bytes(manifest: dict[str, Any]) -> bytes:
    """The sidecar's content."""
    return json.dumps(manifest, indent=1, ensure_ascii=False).encode()


def parse_manifest(content: bytes) -> tuple[ManifestEntry, ...]:
    """Entries of a sidecar, in its order.

    Raises
    ------
    StorageIntegrityError
        The sidecar is not such a JSON object.
    DataJointError
        An entry points out of the folder.
    """
    try:
        files = json.loads(content)["files"]
        return tuple(ManifestEntry(safe_path(f["path"]), int(f["size"]), f.get("hash")) for f in files)
    except DataJointError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StorageIntegrityError(f"The manifest is not readable: {error}") from error
