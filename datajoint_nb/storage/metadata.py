"""Column metadata of schema-addressed objects: the JSON object that a row holds.

See ``tests/spec/07-codecs-storage.md`` §2.1.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from datajoint_nb.storage.manifest import utc_now


def file_metadata(
    path: str, store: str, size: int, ext: str | None, content_hash: str | None
) -> dict[str, Any]:
    """Metadata of a file object; without `hash` when nothing was hashed."""
    return {
        "path": path,
        "store": store,
        "size": size,
        **({} if content_hash is None else {"hash": content_hash}),
        "ext": ext or None,
        "is_dir": False,
        "item_count": None,
        "timestamp": utc_now(),
    }


def folder_metadata(path: str, store: str, manifest: dict[str, Any], ext: str | None) -> dict[str, Any]:
    """Metadata of a folder object: size and number of its files are the manifest's."""
    return {
        "path": path,
        "store": store,
        "size": manifest["total_size"],
        "ext": ext or None,
        "is_dir": True,
        "item_count": manifest["item_count"],
        "timestamp": utc_now(),
    }


def suffix_of(name: str) -> str:
    """The extension of a file or folder name, with its dot; ``''`` for none."""
    return PurePosixPath(name).suffix
