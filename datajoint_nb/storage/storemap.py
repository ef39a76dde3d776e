"""The mapping of a stored object's keys to bytes, as Zarr and xarray take it, that knows its store.

The class is built on first use, because its base comes from fsspec.

See ``tests/spec/07-codecs-storage.md`` §2.3.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from datajoint_nb.storage.objects import ObjectStorage


def store_map(backend: ObjectStorage, path: str) -> Any:
    """A ``StoreMap`` rooted at an object: an ``fsspec.FSMap`` whose text and name are the store's.

    It equals the store's name and other maps of the same object, is hashable, and is pickled
    without credentials.
    """
    return store_map_class()(backend, path)


@lru_cache(maxsize=1)
def store_map_class() -> type:
    """The class ``StoreMap``."""
    import fsspec

    class StoreMap(fsspec.FSMap):  # type: ignore[misc]
        """Keys below one object of a store; ``str()`` gives the store's name."""

        def __init__(self, backend: ObjectStorage, path: str):
            super().__init__(backend.full_path(path), backend.fs)
            self.backend = backend
            self.path = path

        @property
        def name(self) -> str:
            """The store's name."""
            return self.backend.name

        def __str__(self) -> str:
            return self.name

        def __repr__(self) -> str:
            return f"StoreMap({self.name!r}, {self.path!r})"

        def __eq__(self, other: object) -> bool:
            # never the contents, which a Mapping would compare
            if isinstance(other, str):
                return self.name == other
            return isinstance(other, StoreMap) and (self.name, self.root) == (other.name, other.root)

        def __hash__(self) -> int:
            return hash(self.name)

        def __reduce__(self) -> tuple[Any, ...]:
            return store_map, (self.backend, self.path)

    return StoreMap
