"""Semantic matching: namesakes combine only when they were declared in one place.

See ``tests/spec/03-queries.md`` §11.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Attribute, Heading

logger = logging.getLogger("datajoint_nb")


def common_names(left: Heading, right: Heading) -> tuple[str, ...]:
    """Visible names of both, in the order of `left`."""
    return tuple(name for name in left if name in right)


def check_homologous(left: Heading, right: Heading, names: Iterable[str], action: str) -> None:
    """Refuse namesakes of different or missing origin.

    Raises
    ------
    DataJointError
        Naming the attribute, both origins, and the ways out.
    """
    names = tuple(names)
    if not (left.lineage_available and right.lineage_available):
        if names:
            logger.warning(
                "Lineage is not recorded for one of the schemas, so attributes are matched by name; "
                "call schema.rebuild_lineage() to record it."
            )
        return
    for name in names:
        _check(left[name], right[name], action)


def _check(left: Attribute, right: Attribute, action: str) -> None:
    if left.lineage is not None and left.lineage == right.lineage:
        return
    pair = f"({left.lineage} vs {right.lineage})"
    rename = f"Rename one of them with .proj(new_name='{left.name}'), or leave it out with .proj()"
    if left.lineage is not None and right.lineage is not None:
        raise DataJointError(
            f"Cannot {action} on attribute `{left.name}`: it has different lineages {pair}. {rename}."
        )
    if left.lineage is None and right.lineage is None:
        reason = "secondary and computed attributes never match"
    else:
        reason = "if the lineage got lost, schema.rebuild_lineage() restores it"
    raise DataJointError(
        f"Cannot {action} on attribute `{left.name}`: lineage missing {pair}; {reason}. {rename}."
    )
