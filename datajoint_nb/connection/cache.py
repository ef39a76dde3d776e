"""Answers of SELECT statements kept in files: ``tests/spec/06-connection-settings.md`` §6."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from datajoint_nb.backends import Result
from datajoint_nb.codecs import blob
from datajoint_nb.errors import DataJointError
from datajoint_nb.settings import Config
from datajoint_nb.sql.statement import Statement

CACHEABLE = re.compile(r"\s*(select|show)\b", re.IGNORECASE)
SUFFIX = ".djquery"


class QueryCache:
    """Answers under a name.

    Attributes
    ----------
    name : str or None
        None while the cache is off.
    """

    def __init__(self, config: Config):
        self._config = config
        self.name: str | None = None

    @property
    def is_on(self) -> bool:
        """Whether answers are kept and used."""
        return self.name is not None

    def fetch(self, statement: Statement, send: Callable[[], Result]) -> Result:
        """The kept answer, else the server's, which is kept.

        Raises
        ------
        DataJointError
            For statements that are no SELECT or SHOW, or when no folder is configured.
        """
        if not CACHEABLE.match(statement.sql):
            raise DataJointError(
                "Only SELECT and SHOW are possible while the query cache is on; "
                "set_query_cache(None) turns it off"
            )
        file = self._folder() / self._file_name(statement)
        if file.exists():
            columns, rows = blob.unpack(file.read_bytes())
            return Result(list(columns), [tuple(row) for row in rows], len(rows))
        result = send()
        packed = blob.pack([result.columns, [list(row) for row in result.rows]])
        temporary = file.with_name(f"{file.name}.{os.getpid()}")
        temporary.write_bytes(packed)
        temporary.replace(file)
        return result

    def _folder(self) -> Path:
        folder = self._config["query_cache"]
        if folder is None:
            raise DataJointError("Provide a folder for the query cache: config['query_cache'] = 'path'")
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def _file_name(self, statement: Statement) -> str:
        digest = hashlib.md5(str(self.name).encode(), usedforsecurity=False)
        digest.update(blob.pack(list(statement.params)))
        digest.update(statement.sql.encode())
        return digest.hexdigest() + SUFFIX

    def purge(self) -> None:
        """Delete every kept answer; other files in the folder stay."""
        folder = self._config["query_cache"]
        if folder is not None and Path(folder).is_dir():
            for file in Path(folder).glob(f"*{SUFFIX}"):
                file.unlink(missing_ok=True)
