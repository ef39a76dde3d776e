"""What a store's settings must be: checked and completed before anything is opened.

See ``tests/spec/06-connection-settings.md`` §9.3 and ``07-codecs-storage.md`` §5.1.
"""

from __future__ import annotations

import difflib
import functools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.settings.keys import hide, is_secret

COMMON_DEFAULTS: dict[str, Any] = {
    "subfolding": None,
    "partition_pattern": None,
    "token_length": 8,
    "hash_prefix": "_hash",
    "schema_prefix": "_schema",
    "filepath_prefix": None,
}
COMMON_KEYS = frozenset({"protocol", "location", "stage", *COMMON_DEFAULTS})
PREFIXES = ("hash_prefix", "schema_prefix", "filepath_prefix")
PLUGINS = ("datajoint_nb.storage", "datajoint.storage")
TOKEN_LENGTHS = (4, 16)
_LOGGER = logging.getLogger("datajoint_nb")


@dataclass(frozen=True)
class Protocol:
    """What one kind of store needs and takes, besides the keys common to all."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


PROTOCOLS = {
    "file": Protocol(("location",)),
    "s3": Protocol(
        ("bucket", "location"),
        ("endpoint", "access_key", "secret_key", "secure", "proxy_server"),
        {"secure": True},
    ),
    "gcs": Protocol(("bucket", "location"), ("token", "project")),
    "azure": Protocol(("container", "location"), ("account_name", "account_key", "connection_string")),
}


def complete_store(
    stores: Mapping[str, Any], store: str | None = None, *, use_filepath_default: bool = False
) -> dict[str, Any]:
    """Return a copy of one store's settings with defaults; see ``Config.get_store_spec``."""
    name = store or default_store(stores, "filepath_default" if use_filepath_default else "default")
    given = stores.get(name)
    if name in ("default", "filepath_default") or given is None:
        known = [key for key in stores if key not in ("default", "filepath_default")]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"configured: {', '.join(known) or 'none'}"
        raise DataJointError(f"Store {name!r} is not configured; {hint} (set `stores.{name}.protocol`)")
    if not isinstance(given, Mapping):
        raise DataJointError(f"Store {name!r} must be a mapping of settings, not a {type(given).__name__}")
    protocol_name = require_protocol(name, given)
    protocol = find_protocol(name, protocol_name)
    require_keys(name, given, protocol_name, protocol)
    values = {key: value for key, value in given.items() if value is not None}
    spec = {**COMMON_DEFAULTS, **protocol.defaults, **values, "protocol": protocol_name}
    spec["token_length"] = clamp_token_length(name, spec["token_length"])
    require_subfolding(name, spec["subfolding"])
    require_separate_prefixes(name, spec)
    return {key: hide(value) if is_secret(key) else value for key, value in spec.items()}


def default_store(stores: Mapping[str, Any], key: str) -> str:
    """Return the store that ``stores.default`` or ``stores.filepath_default`` names."""
    name = stores.get(key)
    if name is None or name == "":
        raise DataJointError(f"No default store: set `stores.{key}` to the name of a store, or name one")
    if not isinstance(name, str):
        raise DataJointError(f"`stores.{key}` must be the name of a store, not a {type(name).__name__}")
    return name


def require_protocol(name: str, given: Mapping[str, Any]) -> str:
    """Return the protocol of a store in lower case."""
    protocol = given.get("protocol")
    if not isinstance(protocol, str) or not protocol:
        raise DataJointError(f"Store {name!r}: `protocol` is missing; one of {', '.join(PROTOCOLS)}")
    return protocol.lower()


def find_protocol(name: str, protocol: str) -> Protocol:
    """Return the rules of a protocol, built in or of an installed plugin."""
    if protocol in PROTOCOLS:
        return PROTOCOLS[protocol]
    plugins = plugin_protocols()
    if protocol in plugins:
        return plugins[protocol]
    known = ", ".join((*PROTOCOLS, *sorted(plugins)))
    raise DataJointError(
        f"Store {name!r}: unknown protocol {protocol!r}; known: {known}. "
        f"Plugins provide others through the entry-point group `{PLUGINS[0]}`"
    )


@functools.cache  # what is installed does not change while a process runs
def plugin_protocols() -> Mapping[str, Protocol]:
    """Return the rules of the installed storage plugins, by the protocol that each class names."""
    from importlib.metadata import entry_points  # slow to import, and rarely needed

    found: dict[str, Protocol] = {}
    for plugin in (plugin for group in PLUGINS for plugin in entry_points(group=group)):
        try:
            adapter = plugin.load()
            rules = Protocol(tuple(adapter.required_keys), tuple(adapter.allowed_keys))
            found.setdefault(adapter.protocol.lower(), rules)
        except Exception:  # a foreign module may fail in any way; the others must still work
            _LOGGER.warning(
                "The storage plugin %s (%s) failed to load", plugin.name, plugin.value, exc_info=True
            )
    return found


def require_keys(name: str, given: Mapping[str, Any], protocol_name: str, protocol: Protocol) -> None:
    """Refuse missing and unknown keys, and half of a pair of credentials."""
    missing = [key for key in protocol.required if key != "protocol" and given.get(key) is None]
    if protocol_name == "file" and given.get("location") == "":
        missing.append("location")
    if missing:
        raise DataJointError(f"Store {name!r} ({protocol_name}): missing {', '.join(missing)}")
    allowed = {*COMMON_KEYS, *protocol.required, *protocol.optional}
    for key in given:
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"allowed: {', '.join(sorted(allowed))}"
            raise DataJointError(f"Store {name!r} ({protocol_name}): invalid key `{key}`; {hint}")
    if protocol_name == "s3" and bool(given.get("access_key")) != bool(given.get("secret_key")):
        raise DataJointError(
            f"Store {name!r}: give both `access_key` and `secret_key`, or neither to use ambient credentials"
        )


def clamp_token_length(name: str, length: Any) -> int:
    """Return the length of random tokens in object names, brought within limits."""
    shortest, longest = TOKEN_LENGTHS
    try:
        return max(shortest, min(longest, int(length)))
    except (TypeError, ValueError):
        raise DataJointError(f"Store {name!r}: `token_length` must be an integer, not {length!r}") from None


def require_subfolding(name: str, subfolding: Any) -> None:
    """Refuse what is not a list of widths."""
    if subfolding is None:
        return
    if not isinstance(subfolding, list | tuple) or not all(
        type(width) is int and width > 0 for width in subfolding
    ):
        raise DataJointError(
            f"Store {name!r}: `subfolding` must be a list of positive integers, such as [2, 2], "
            f"not {subfolding!r}"
        )


def require_separate_prefixes(name: str, spec: Mapping[str, Any]) -> None:
    """Refuse sections of which one is, or contains, another."""
    parts: dict[str, list[str]] = {}
    for key in PREFIXES:
        prefix = spec[key]
        if key == "filepath_prefix" and prefix in (None, ""):
            continue
        if not isinstance(prefix, str):
            raise DataJointError(f"Store {name!r}: `{key}` must be text, not {prefix!r}")
        parts[key] = [part for part in prefix.split("/") if part not in ("", ".")]
        if ".." in parts[key]:
            raise DataJointError(f"Store {name!r}: `{key}` must stay inside the store, not {prefix!r}")
    for (key, one), (other, two) in combinations(parts.items(), 2):
        shared = min(len(one), len(two))
        if one[:shared] == two[:shared]:
            raise DataJointError(
                f"Store {name!r}: `{key}` ({spec[key]!r}) and `{other}` ({spec[other]!r}) overlap; "
                "the sections of a store are mutually exclusive"
            )
