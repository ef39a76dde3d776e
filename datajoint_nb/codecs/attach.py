"""``<attach>``: a file kept with its name, in the table or in a store; fetched as a local file.

See ``tests/spec/07-codecs-storage.md`` §2.2.
"""

from __future__ import annotations

import filecmp
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from datajoint_nb.codecs.base import Codec
from datajoint_nb.errors import DataJointError

DEVICE_NAMES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
LONGEST_NAME = 200  # bytes, which leaves room for a number and a temporary suffix


class AttachCodec(Codec):
    """Files as values."""

    name = "attach"
    in_order = True  # numbers of equal names follow the rows

    def get_dtype(self, is_store: bool) -> str:
        """``bytes`` in the table, ``<hash>`` in a store."""
        return "<hash>" if is_store else "bytes"

    def validate(self, value: Any) -> None:
        """Accept the path of an existing file."""
        if not isinstance(value, (str, Path)):
            raise TypeError(f"the path of a file is needed, not {type(value).__name__}")
        path = Path(value)
        if path.is_dir():
            raise IsADirectoryError(f"{str(value)!r} is a folder; attach a file, or use <object@>")
        if not path.exists():
            raise FileNotFoundError(f"the file {str(value)!r} does not exist")

    def encode(
        self,
        value: Any,
        *,
        key: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        store_name: str | None = None,
    ) -> bytes:
        """File name in UTF-8, NUL, content."""
        path = Path(value)
        return path.name.encode() + b"\0" + path.read_bytes()

    def decode(
        self, stored: Any, *, key: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> str:
        """Local path of the file in ``config["download_path"]``.

        A file of the same name and content is taken as it is; another content gets the name
        ``stem_1.ext``, ``stem_2.ext`` and so on.

        Raises
        ------
        DataJointError
            The payload is malformed.
        """
        config = self._config(key, context)
        folder = Path(config.get("download_path", ".") or ".")
        name, content = split_payload(stored)
        folder.mkdir(parents=True, exist_ok=True)
        return str(save(folder, name, content))


def split_payload(payload: bytes) -> tuple[str, memoryview]:
    """Safe file name and content of an attachment.

    Raises
    ------
    DataJointError
        There is no NUL after a UTF-8 name.
    """
    name, nul, _ = bytes(payload[:4096]).partition(b"\0")
    try:
        text = name.decode()
    except UnicodeDecodeError:
        nul = b""
    if not nul:
        raise DataJointError("Malformed attachment: it does not begin with a file name and NUL.")
    return safe_name(text), memoryview(payload)[len(name) + 1 :]


def safe_name(name: str) -> str:
    """The final component of a stored name, without what could lead elsewhere."""
    base = re.split(r"[/\\]", name)[-1]
    base = re.sub(r"[\x00-\x1f\x7f:]", "", base)
    if base in ("", ".", "..") or DEVICE_NAMES.fullmatch(base):
        base = f"_{base}"
    suffix = Path(base).suffix[:32]
    while len(base.encode(errors="replace")) > LONGEST_NAME:
        base = base[: -len(suffix) - 1] + suffix if suffix and base.endswith(suffix) else base[:-1]
    return base


def candidates(name: str) -> Iterator[str]:
    """`name`, then ``stem_1.ext``, ``stem_2.ext`` and so on."""
    yield name
    path, number = Path(name), 1
    while True:
        yield f"{path.stem}_{number}{path.suffix}"
        number += 1


def save(folder: Path, name: str, content: memoryview) -> Path:
    """Write the content under the first name that is free, or holds the same already; never partly."""
    temporary = folder / f".{secrets.token_hex(8)}.saving"
    try:
        for candidate in candidates(name):
            target = folder / candidate
            if target.is_file() and target.stat().st_size == len(content):
                _write(temporary, content)
                if filecmp.cmp(temporary, target, shallow=False):
                    return target
            elif not os.path.lexists(target):
                _write(temporary, content)
                if _claim(temporary, target):
                    return target
    finally:
        temporary.unlink(missing_ok=True)
    raise AssertionError("names do not run out")


def _write(temporary: Path, content: memoryview) -> None:
    if not temporary.exists():
        temporary.write_bytes(content)


def _claim(temporary: Path, target: Path) -> bool:
    """Give the file its name unless another process took it meanwhile."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:  # a filesystem without hard links
        with suppress(FileExistsError), target.open("xb"):
            temporary.replace(target)
            return True
        return False
    return True
