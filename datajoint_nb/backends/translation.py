"""From the errors of drivers to those of the library."""

from __future__ import annotations

from datajoint_nb.errors import AccessError, DataJointError, QueryError


def translated(
    error_class: type[DataJointError], message: str, sql: str | None, code: int | str | None
) -> DataJointError:
    """An error with the statement, as text without values, and the server's code."""
    if issubclass(error_class, AccessError):
        error: DataJointError = error_class("Insufficient privileges.", message, sql)
    else:
        error = error_class(message)
    if isinstance(error, QueryError):
        error.query, error.code = sql, code
    else:
        # lost connections and missing tables are no refusals of a statement, but tell the same
        error.__dict__.update(query=sql, code=code)
    return error
