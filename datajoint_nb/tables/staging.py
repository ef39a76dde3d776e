"""Writing objects straight to their store before the row is inserted: ``07`` §8."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, cast

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.values import converter
from datajoint_nb.storage.staged import StagedObjects
from datajoint_nb.tables.either import either_property

if TYPE_CHECKING:
    from datajoint_nb.tables.table import Table


class Staging:
    """Adds ``staged_insert1`` to tables."""

    @either_property
    def staged_insert1(self) -> AbstractContextManager[StagedObjects]:
        """A context in which one row's objects are written where they will stay.

        Inside it, set the primary key in ``staged.rec``, write through ``staged.store(name, ext)``
        (a mapping for Zarr and xarray) or ``staged.open(name, ext)``; at its end the row is
        inserted. After an exception nothing stays.

        Raises
        ------
        DataJointError
            For attributes that are no ``<object@>``, an incomplete key, or nothing written.
        DuplicateError
            When the key is stored already.
        """
        return staged_insert1(cast("Table", self))


@contextmanager
def staged_insert1(table: Any) -> Iterator[StagedObjects]:
    """As the property of tables, for any table."""
    heading = table.own_heading
    connection = table._require_connection()
    name = table.name

    def convert_key(key: dict[str, Any]) -> dict[str, Any]:
        try:
            return {k: converter(heading[k].core)(v) for k, v in key.items()}
        except ValueError as error:
            raise DataJointError(f"The key {key} of {name} is not valid: {error}") from error

    staged = StagedObjects(
        connection.config,
        name.schema,
        name.table,
        heading.primary_key,
        {n: a.store for n, a in heading.items() if a.codec == "object"},
        {},
        convert_key=convert_key,
    )
    try:
        yield staged
        table.insert1({**staged.rec, **staged.finish()})
    except BaseException:
        staged.discard()
        raise
    connection.after_rollback(staged.discard)
