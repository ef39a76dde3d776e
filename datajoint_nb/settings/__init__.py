"""Settings: one `Config` for the process, one for each `Instance`; read at the first use.

See ``tests/spec/06-connection-settings.md`` §9.
"""

from __future__ import annotations

from datajoint_nb.settings.config import Config, default_database_path, global_config, new_config
from datajoint_nb.settings.keys import SecretText, is_secret
from datajoint_nb.settings.sources import thread_safe

__all__ = [
    "Config",
    "SecretText",
    "default_database_path",
    "global_config",
    "is_secret",
    "new_config",
    "thread_safe",
]
