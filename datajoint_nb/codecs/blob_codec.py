"""``<blob>``: any Python value, array or MATLAB class as bytes, in the table or in a store.

See ``tests/spec/07-codecs-storage.md`` §2.2 and §3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datajoint_nb.codecs.base import Codec
from datajoint_nb.codecs.blob import pack, unpack


class BlobCodec(Codec):
    """Values of all types that the blob format knows."""

    name = "blob"

    def get_dtype(self, is_store: bool) -> str:
        """``bytes`` in the table, ``<hash>`` in a store."""
        return "<hash>" if is_store else "bytes"

    def encode(
        self,
        value: Any,
        *,
        key: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        store_name: str | None = None,
    ) -> bytes:
        """The packed value, compressed when that is shorter."""
        return pack(value, compress=True)

    def decode(
        self, stored: Any, *, key: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value; arrays keep all of their axes."""
        return unpack(stored)
