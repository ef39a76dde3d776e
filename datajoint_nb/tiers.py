"""The tiers: where the rows of a table come from. ``tests/spec/01-definitions.md`` §2."""

from __future__ import annotations

from typing import Any, ClassVar

from datajoint_nb.model.names import Tier
from datajoint_nb.populate.auto import AutoPopulate
from datajoint_nb.tables.altering import Altering
from datajoint_nb.tables.deletion import PartDeletion
from datajoint_nb.tables.drifting import Drifting
from datajoint_nb.tables.staging import Staging
from datajoint_nb.tables.table import UserTable


class Manual(Altering, Drifting, Staging, UserTable, tier=Tier.MANUAL):
    """A table whose rows users insert."""


class Lookup(Altering, Drifting, Staging, UserTable, tier=Tier.LOOKUP):
    """A table whose rows stand in its class, as ``contents``."""


class Imported(AutoPopulate, Altering, Drifting, Staging, UserTable, tier=Tier.IMPORTED):
    """A table whose rows ``make`` computes, with data from outside the database."""


class Computed(AutoPopulate, Altering, Drifting, Staging, UserTable, tier=Tier.COMPUTED):
    """A table whose rows ``make`` computes from other tables."""


class Part(PartDeletion, Altering, Drifting, Staging, UserTable, tier=Tier.PART):
    """A table whose rows belong to rows of its master, the class it stands in."""

    master: ClassVar[Any] = None


Entry = Manual
Ingest = Imported
Compute = Computed
