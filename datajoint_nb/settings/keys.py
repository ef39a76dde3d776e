"""The names of all settings, their environment variables, and which values are secret."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from datajoint_nb.errors import SettingsError

ENVIRONMENT: dict[str, str | None] = {
    "database.backend": "DJ_BACKEND",
    "database.host": "DJ_HOST",
    "database.user": "DJ_USER",
    "database.password": "DJ_PASS",
    "database.port": "DJ_PORT",
    "database.name": "DJ_DATABASE_NAME",
    "database.reconnect": "DJ_RECONNECT",
    "database.use_tls": "DJ_USE_TLS",
    "database.create_tables": "DJ_CREATE_TABLES",
    "database.database_prefix": "DJ_DATABASE_PREFIX",
    "database.path": "DJ_DATABASE_PATH",
    "database.lock_timeout": "DJ_DATABASE_LOCK_TIMEOUT",
    "database.connect_timeout": "DJ_DATABASE_CONNECT_TIMEOUT",
    "database.journal_mode": "DJ_DATABASE_JOURNAL_MODE",
    "database.synchronous": "DJ_DATABASE_SYNCHRONOUS",
    "database.collation": "DJ_DATABASE_COLLATION",
    "connection.charset": "DJ_CHARSET",
    "connection.init_function": None,
    "display.limit": "DJ_DISPLAY_LIMIT",
    "display.width": "DJ_DISPLAY_WIDTH",
    "display.show_tuple_count": "DJ_DISPLAY_SHOW_TUPLE_COUNT",
    "display.diagram_direction": "DJ_DIAGRAM_DIRECTION",
    "display.diagram_theme": "DJ_DIAGRAM_THEME",
    "jobs.auto_refresh": "DJ_JOBS_AUTO_REFRESH",
    "jobs.keep_completed": "DJ_JOBS_KEEP_COMPLETED",
    "jobs.stale_timeout": "DJ_JOBS_STALE_TIMEOUT",
    "jobs.default_priority": "DJ_JOBS_DEFAULT_PRIORITY",
    "jobs.version_method": "DJ_JOBS_VERSION_METHOD",
    "jobs.add_job_metadata": "DJ_JOBS_ADD_JOB_METADATA",
    "jobs.allow_new_pk_fields_in_computed_tables": "DJ_JOBS_ALLOW_NEW_PK_FIELDS_IN_COMPUTED_TABLES",
    "jobs.lease_timeout": "DJ_JOBS_LEASE_TIMEOUT",
    "jobs.heartbeat": "DJ_JOBS_HEARTBEAT",
    "jobs.max_attempts": "DJ_JOBS_MAX_ATTEMPTS",
    "jobs.retry_errors": "DJ_JOBS_RETRY_ERRORS",
    "jobs.verify_make": "DJ_JOBS_VERIFY_MAKE",
    "jobs.on_sigterm": "DJ_JOBS_ON_SIGTERM",
    "jobs.share_credentials": "DJ_JOBS_SHARE_CREDENTIALS",
    "definition_drift": None,
    "storage.content_hash": None,
    "storage.threads": None,
    "storage.max_inflight_mb": None,
    "storage.verify_hash": None,
    "storage.compression_level": None,
    "provenance.capture": "DJ_PROVENANCE_CAPTURE",
    "provenance.source": "DJ_PROVENANCE_SOURCE",
    "loglevel": "DJ_LOG_LEVEL",
    "safemode": "DJ_SAFEMODE",
    "query_cache": "DJ_QUERY_CACHE",
    "download_path": "DJ_DOWNLOAD_PATH",
    "ignore_config_file": "DJ_IGNORE_CONFIG_FILE",
}
"""Every key with one value, in the order of display, and the variable that sets it (None: no variable)."""

GROUPS = tuple(dict.fromkeys(key.split(".")[0] for key in ENVIRONMENT if "." in key))
JSON_KEYS = frozenset({"provenance.source"})
"""Keys whose text in the environment or in a secret file is JSON."""

MASK = "**********"
_SECRET = re.compile(r"(^|_)(password|passwd|secret|token|key|credentials?|connection_string|sas)(_|$)")
_NOT_SECRET = frozenset({"token_length"})
_RETIRED = frozenset({"cache", "enable_python_native_blobs"})


class UnknownKeyError(SettingsError, KeyError):
    """``config[key]`` names no setting."""

    def __str__(self) -> str:
        # KeyError would show the repr of the message
        return Exception.__str__(self)


class UnknownNameError(SettingsError, AttributeError):
    """``config.name`` names no setting."""


class SecretText(str):
    """Text that is itself everywhere but in a repr, so that tracebacks and logs do not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)


def is_secret(key: str) -> bool:
    """Tell from its last word whether `key` holds a secret: a password, an access key, a token."""
    name = key.rpartition(".")[2]
    return name not in _NOT_SECRET and _SECRET.search(name) is not None


def hide(value: Any) -> Any:
    """Return `value` with all text in it replaced by equal text whose repr is masked."""
    if isinstance(value, str):
        return SecretText(value)
    if isinstance(value, Mapping):
        return {name: hide(item) for name, item in value.items()}
    return value


def is_known(key: str) -> bool:
    """Tell whether `key` is a setting, a group of settings, or a place below ``stores``."""
    parts = key.split(".")
    if parts[0] == "stores":
        return len(parts) <= 3 and all(parts)
    return key in ENVIRONMENT or key in GROUPS


def describe_unknown(key: str) -> str:
    """Return the message for a key that is no setting, with the nearest one that is."""
    if key in _RETIRED:
        return f"`{key}` is a setting of earlier versions without effect; remove it"
    near = difflib.get_close_matches(key, [*ENVIRONMENT, *GROUPS, "stores"], n=1)
    if not near:
        # a bare name, or a name in the wrong group
        last = key.rpartition(".")[2]
        near = [known for known in ENVIRONMENT if known.rpartition(".")[2] == last]
    return f"`{key}` is not a setting" + (f"; did you mean `{near[0]}`?" if near else "")


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, value) for nested groups, dotted keys and mixtures of them.

    Mappings are opened only where they are groups: ``provenance.source`` and the values of
    stores are single values. An empty store is kept as ``("stores.name", {})``.
    """
    for name, value in values.items():
        key = f"{prefix}{name}"
        is_store = key.startswith("stores.") and key.count(".") == 1
        if (
            isinstance(value, Mapping)
            and (value or not is_store)
            and (is_store or key in (*GROUPS, "stores"))
        ):
            yield from flatten(value, f"{key}.")
        else:
            yield key, value


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested dictionaries for dotted keys; the inverse of `flatten`."""
    root: dict[str, Any] = {}
    for key, value in sorted(values.items()):
        *path, name = key.split(".")
        place = root
        for part in path:
            below = place.setdefault(part, {})
            if not isinstance(below, dict):
                below = place[part] = {}
            place = below
        place[name] = dict(value) if isinstance(value, Mapping) else value
    return root
