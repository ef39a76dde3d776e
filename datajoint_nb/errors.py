"""Every exception that the library raises on purpose.

Whatever a caller can act on has a class of its own. Exceptions of database drivers, of
fsspec and of codecs never reach a user bare: they are translated into one of these, with
the original as ``__cause__``.

See ``tests/spec/06-connection-settings.md`` §8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "AccessError",
    "BucketInaccessible",
    "CodecTypeError",
    "CodecValueError",
    "DataJointError",
    "DefinitionError",
    "DefinitionProblem",
    "DuplicateError",
    "IntegrityError",
    "LockError",
    "LostConnectionError",
    "MissingAttributeError",
    "MissingExternalFile",
    "MissingTableError",
    "QueryError",
    "QuerySyntaxError",
    "SettingsError",
    "SkipKey",
    "SourceFileError",
    "StorageIntegrityError",
    "ThreadSafetyError",
    "UnknownAttributeError",
    "UnknownFieldError",
]


class DataJointError(Exception):
    """Base of all errors of this library, and the error for misuse of its interface."""

    def suggest(self, *args: object) -> DataJointError:
        """Return an error of the same class with `args` appended, as advice to the user."""
        copy = self.__class__.__new__(self.__class__, *self.args, *args)
        copy.args = (*self.args, *args)
        copy.__dict__.update(self.__dict__)
        return copy


class SettingsError(DataJointError, ValueError):
    """A setting is unknown or its value is not valid; the former value is kept."""


class ThreadSafetyError(DataJointError):
    """A global object was used while ``DJ_THREAD_SAFE`` is set."""


class LostConnectionError(DataJointError):
    """The database server could not be reached, or the connection to it was lost."""


class MissingTableError(DataJointError):
    """The table, or its schema, is not in the database."""


class QueryError(DataJointError):
    """The database refused a statement.

    Attributes
    ----------
    query : str or None
        The statement, without its bound values.
    code : int or str or None
        The server's own code: a MySQL error number, an SQLSTATE, or an extended SQLite code.
    """

    query: str | None = None
    code: int | str | None = None


class QuerySyntaxError(QueryError):
    """A piece of SQL is not well formed, or holds more than one expression."""


class AccessError(QueryError):
    """The user lacks a privilege, or the credentials were refused."""


class DuplicateError(QueryError):
    """A row with the same primary key, or the same unique attribute, is already stored."""


class IntegrityError(QueryError):
    """A foreign key would be violated."""


class UnknownAttributeError(QueryError):
    """A name is not an attribute of the expression that it was applied to."""


class UnknownFieldError(UnknownAttributeError, KeyError):
    """An inserted row has a field that is no attribute of the table."""

    def __str__(self) -> str:
        # KeyError would show the repr of the message
        return Exception.__str__(self)


class MissingAttributeError(QueryError):
    """A required attribute was given no value."""


class LockError(QueryError):
    """A lock could not be had: lock timeout, deadlock, or serialisation failure.

    The transaction was rolled back (or never started) and may be tried again.
    """

    retriable = True


class MissingExternalFile(DataJointError, FileNotFoundError):
    """An object that a row refers to is not in its store."""

    def __str__(self) -> str:
        return Exception.__str__(self)


class BucketInaccessible(DataJointError):
    """The bucket or container of a store cannot be reached."""


class StorageIntegrityError(DataJointError):
    """A stored object differs from what its row says about it: size, hash, shape or type."""


class CodecTypeError(DataJointError, TypeError):
    """A codec refused a value for its type."""


class CodecValueError(DataJointError, ValueError):
    """A codec refused a value for its content."""


class SourceFileError(DataJointError, FileNotFoundError):
    """A file that was given as a value does not exist."""

    def __str__(self) -> str:
        return Exception.__str__(self)


class SkipKey(Exception):  # noqa: N818 - a signal, not an error
    """Raised inside ``make`` to leave its key out on purpose; the reason is kept."""


@dataclass(frozen=True)
class DefinitionProblem:
    """One fault of a definition text.

    Attributes
    ----------
    line, column : int
        Position in the definition, both counted from 1.
    length : int
        Number of characters at fault, at least 1.
    message : str
        What is wrong and what was expected.
    hint : str
        The way out, such as the nearest valid name; may be empty.
    source : str
        The line at fault, without its line end.
    """

    line: int
    column: int
    length: int
    message: str
    hint: str = ""
    source: str = ""

    def __str__(self) -> str:
        caret = " " * (self.column - 1) + "^" * max(1, self.length)
        hint = f" ({self.hint})" if self.hint else ""
        return f"line {self.line}, column {self.column}: {self.message}{hint}\n    {self.source}\n    {caret}"


class DefinitionError(DataJointError):
    """A definition text was refused; all of its faults are listed.

    Attributes
    ----------
    problems : tuple of DefinitionProblem
        Every fault, in the order of the text. At least one.
    line, column, hint
        Those of the first fault.
    table : str or None
        The table or class that the definition is for, when known.
    """

    def __init__(self, problems: Sequence[DefinitionProblem], table: str | None = None):
        self.problems = tuple(problems)
        self.table = table
        first = self.problems[0]
        self.line, self.column, self.hint = first.line, first.column, first.hint
        where = f"Definition of `{table}`" if table else "Definition"
        many = "" if len(self.problems) == 1 else f" has {len(self.problems)} faults"
        super().__init__(f"{where}{many}: " + "\n".join(str(p) for p in self.problems))

    def __reduce__(self) -> tuple[type[DefinitionError], tuple[tuple[DefinitionProblem, ...], str | None]]:
        return type(self), (self.problems, self.table)
