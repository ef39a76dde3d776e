"""Content hashes of objects: computed while streaming, written and compared in all known spellings.

The default, MD5 in base32, is what hash-addressed objects are named by and what the reference
library verifies; it guards against accidents, not against forgers.

See ``tests/spec/07-codecs-storage.md`` §2.1, §5.2 and §5.5.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from typing import Protocol

from datajoint_nb.errors import DataJointError, StorageIntegrityError

KINDS = ("none", "md5", "sha256")
CHUNK = 1 << 20  # bytes


class Readable(Protocol):
    """Anything with ``read(n) -> bytes``."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; empty at the end."""
        ...


class ContentHash:
    """A running hash of one object.

    Parameters
    ----------
    kind : str
        ``md5``, ``sha256``, or ``none``, which hashes nothing.

    Raises
    ------
    DataJointError
        Another kind.
    """

    def __init__(self, kind: str = "md5"):
        if kind not in KINDS:
            raise DataJointError(f"Content hash {kind!r} is unknown: choose one of {', '.join(KINDS)}.")
        self.kind = kind
        self._state = None if kind == "none" else hashlib.new(kind, usedforsecurity=False)

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Hash the next piece."""
        if self._state is not None:
            self._state.update(data)

    @property
    def object_text(self) -> str | None:
        """As column metadata has it: 26 characters for MD5, ``sha256:<hex>``, None for ``none``."""
        if self._state is None:
            return None
        return base32(self._state.digest()) if self.kind == "md5" else self.entry_text

    @property
    def entry_text(self) -> str | None:
        """As manifest entries have it: ``md5:<hex>``, ``sha256:<hex>``, None for ``none``."""
        return None if self._state is None else f"{self.kind}:{self._state.hexdigest()}"

    def matches(self, text: str) -> bool:
        """Whether what was hashed has the hash written as `text`; True when nothing is hashed."""
        return self._state is None or self._state.digest() == parse_hash(text)[1]


def base32(digest: bytes) -> str:
    """A digest in lower-case base32 without padding; 26 characters for MD5."""
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def md5_text(data: bytes | bytearray | memoryview) -> str:
    """The 26-character hash of `data`, ``saavbgb42jh3bvuwh56sryl7oi`` for ``b"abc"``."""
    return base32(hashlib.md5(data, usedforsecurity=False).digest())


def parse_hash(text: str) -> tuple[str, bytes]:
    """Kind and digest of a written hash: 26 base32 characters, 32 hex digits, ``md5:…``, ``sha256:…``.

    Raises
    ------
    StorageIntegrityError
        The text is none of these.
    """
    if isinstance(text, str):
        if re.fullmatch(r"[a-z2-7]{26}", text):
            return "md5", base64.b32decode(text.upper() + "======")
        kind, _, digits = text.rpartition(":")
        kind = kind or "md5"
        if kind in ("md5", "sha256") and len(digits) == {"md5": 32, "sha256": 64}[kind]:
            try:
                return kind, binascii.unhexlify(digits)
            except ValueError:
                pass
    raise StorageIntegrityError(f"Content hash {text!r} is in no known spelling.")


def hash_of(chunks: Iterable[bytes], kind: str) -> ContentHash:
    """The hash of the concatenated chunks."""
    running = ContentHash(kind)
    for chunk in chunks:
        running.update(chunk)
    return running


def chunks_of(file: Readable) -> Iterable[bytes]:
    """What is left of `file`, a mebibyte at a time."""
    while chunk := file.read(CHUNK):
        yield chunk
