"""Where objects lie in a store, and which paths are safe to touch.

Everything here is text in, text out; symbolic links are looked at by the backend.

See ``tests/spec/07-codecs-storage.md`` §5.2 to §5.4 and §5.6.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from datajoint_nb.errors import DataJointError

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
DRIVE = re.compile(r"[A-Za-z]:")
ALWAYS_ENCODED = re.compile(r'[/\\:*?"<>|%#\x00-\x1f\x7f-\x9f\ud800-\udfff]|^[\s.]|[\s.]$')
HASH_TEXT = re.compile(r"[a-z2-7]{26}")
LONGEST_PLAIN = 100  # characters
LONGEST_COMPONENT = 180  # bytes, so that `attribute=value` stays below the 255 of most filesystems
TOKEN_ALPHABET = string.ascii_letters + string.digits + "-_"


def safe_path(path: str, root: str | None = None) -> str:
    """The normalised path below the root of a store: no ``.``, no ``//``, no way out.

    Parameters
    ----------
    path : str
        As found in a row, a manifest, a subpath or a value.
    root : str, optional
        Absolute local root of the store. An absolute path below it is made relative.

    Raises
    ------
    DataJointError
        The path is empty, absolute, a URL, or has NUL, a drive letter, a backslash or ``..``.
    """
    if not isinstance(path, str):
        raise DataJointError(f"Unsafe path {path!r}: a path must be text.")
    reason = _reason_against(path)
    if reason:
        raise DataJointError(f"Unsafe path {path!r}: {reason}. Give a path below the store's root.")
    if path.startswith("/"):
        path = _below_root(path, root)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts:
        raise DataJointError(f"Unsafe path {path!r}: it names nothing below the store's root.")
    return "/".join(parts)


def _reason_against(path: str) -> str:
    if not path:
        return "it is empty"
    if "\0" in path:
        return "it holds NUL"
    if "\\" in path:
        return "it holds a backslash"
    if URL.match(path):
        return "it is a URL"
    if DRIVE.match(path):
        return "it begins with a drive letter"
    if ".." in path.split("/"):
        return "it holds '..'"
    return ""


def _below_root(path: str, root: str | None) -> str:
    if root is not None:
        for base in (Path(root), Path(root).resolve()):
            if Path(path).is_relative_to(base):
                return Path(path).relative_to(base).as_posix()
    raise DataJointError(f"Unsafe path {path!r}: it is absolute and not under the root of the store.")


def single_segment(name: str, what: str) -> str:
    """`name` itself, when it can be one folder name: schema, table and attribute names must be.

    Raises
    ------
    DataJointError
        `name` is empty, ``.``, ``..``, or holds a separator, a control character or NUL.
    """
    if not name or name in (".", "..") or re.search(r"[/\\\x00-\x1f]", name):
        raise DataJointError(f"Unsafe {what} {name!r}: it must be a single path segment.")
    return name


def in_section(path: str, prefix: str | None) -> bool:
    """Whether the normalised `path` is the section `prefix` or lies below it; never in an empty one."""
    section = (prefix or "").strip("/")
    return bool(section) and (path == section or path.startswith(section + "/"))


def join(*parts: str) -> str:
    """The parts that are not empty, joined by ``/``, each without outer slashes."""
    return "/".join(stripped for part in parts if (stripped := part.strip("/")))


def hash_path(spec: Mapping[str, Any], schema: str, content_hash: str) -> str:
    """Path of the hash-addressed object of `schema` with this 26-character hash (§5.2).

    Raises
    ------
    DataJointError
        The hash is not 26 characters of ``a-z2-7``, or the schema name is no single segment.
    """
    if not HASH_TEXT.fullmatch(content_hash):
        raise DataJointError(f"Content hash {content_hash!r} is not 26 characters of a-z and 2-7.")
    folders, position = [], 0
    for width in spec.get("subfolding") or ():
        folders.append(content_hash[position : position + width])
        position += width
    prefix = str(_or_default(spec.get("hash_prefix"), "_hash"))
    return join(prefix, single_segment(schema, "schema name"), *folders, content_hash)


def _or_default(value: Any, default: Any) -> Any:
    return default if value is None else value


def schema_path(
    spec: Mapping[str, Any],
    schema: str,
    table: str,
    field: str,
    key: Mapping[str, Any],
    ext: str | None = None,
) -> tuple[str, str]:
    """A fresh path for one attribute of one row, and its random token (§5.3).

    Parameters
    ----------
    spec : mapping
        The completed specification of the store.
    schema, table, field : str
        Names in the database; the table with its tier prefix.
    key : mapping
        Primary-key values in heading order.
    ext : str, optional
        Extension; a leading dot is added when missing.

    Raises
    ------
    DataJointError
        A name or the extension cannot be part of one path segment.
    """
    partition = [name for name in partition_attributes(spec.get("partition_pattern")) if name in key]
    token = new_token(spec.get("token_length"))
    suffix = dotted(ext)
    path = join(
        str(_or_default(spec.get("schema_prefix"), "_schema")),
        *(key_component(name, key[name]) for name in partition),
        single_segment(schema, "schema name"),
        single_segment(table, "table name"),
        *(key_component(name, value) for name, value in key.items() if name not in partition),
        f"{single_segment(field, 'attribute name')}_{token}{suffix}",
    )
    return path, token


def dotted(ext: str | None) -> str:
    """The extension with one leading dot, or ``''`` for none.

    Raises
    ------
    DataJointError
        The extension is no part of a file name, or longer than 64 bytes.
    """
    if not ext:
        return ""
    suffix = ext if ext.startswith(".") else f".{ext}"
    bad = re.search(r"[/\\:\x00-\x1f\x7f]", suffix) or ".." in suffix or suffix == "."
    if bad or len(suffix.encode(errors="surrogatepass")) > 64:
        raise DataJointError(f"Unsafe extension {ext!r}: give a short one such as '.csv'.")
    return suffix


def partition_attributes(pattern: str | None) -> tuple[str, ...]:
    """Attribute names of a partition pattern; ``{site}/{day}`` and ``site/day`` mean the same."""
    names = (part.strip().strip("{}").strip() for part in (pattern or "").split("/"))
    return tuple(dict.fromkeys(name for name in names if name))


def new_token(length: int | None = None) -> str:
    """A random name of `length` characters, 8 by default, at least 4 and at most 16."""
    size = min(16, max(4, 8 if length is None else int(length)))
    return "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(size))


def key_component(name: str, value: Any) -> str:
    """``name=value`` as one path segment of at most 255 bytes (§5.4)."""
    return f"{single_segment(name, 'attribute name')}={key_text(value)}"


def key_text(value: Any) -> str:
    """A key value as text that is safe inside a path segment."""
    text = _plain_text(value)
    if len(text) <= LONGEST_PLAIN:
        encoded = _encoded(text) if ALWAYS_ENCODED.search(text) else text
        if len(encoded.encode(errors="surrogatepass")) <= LONGEST_COMPONENT:
            return encoded
    return _shortened(text)


def _plain_text(value: Any) -> str:
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(value + 0.0)  # -0.0 + 0.0 is 0.0
    if isinstance(value, dt.datetime):
        fraction = f".{value.microsecond:06}" if value.microsecond else ""
        return value.strftime("%Y-%m-%dT%H-%M-%S").rjust(19, "0") + fraction
    return str(value)


def _encoded(text: str) -> str:
    encoded = quote(text, safe="", errors="surrogatepass")
    # quote exempts the dot, which must not begin or end a segment
    if encoded.startswith("."):
        encoded = "%2E" + encoded[1:]
    if encoded.endswith("."):
        encoded = encoded[:-1] + "%2E"
    return encoded


def _shortened(text: str) -> str:
    digest = hashlib.md5(text.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()[:8]
    head = text[:50]
    while len(_encoded(head)) + 9 > LONGEST_COMPONENT:
        head = head[:-1]
    return f"{_encoded(head)}_{digest}"
