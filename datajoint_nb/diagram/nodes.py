"""Tables in the JSON form: one node each, or one for the folded tables of a schema.

See ``tests/spec/08-compute-diagram.md`` §15 and §18.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from datajoint_nb.model.names import TableName, Tier
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.render.diagram.form import AttributeForm, NodeForm
from datajoint_nb.render.diagram.form import Tier as TierWord

TIER_WORDS: Mapping[Tier, TierWord] = {
    Tier.MANUAL: "manual",
    Tier.LOOKUP: "lookup",
    Tier.IMPORTED: "imported",
    Tier.COMPUTED: "computed",
    Tier.PART: "part",
}


def table_node(name: TableName, stored: StoredTable | None, label: str, path: str | None) -> NodeForm:
    """The node of a table, with all that its stored form tells; None where that cannot be read."""
    node = _node(str(name), name.schema, name.table, label, TIER_WORDS.get(name.tier, "unknown"))
    node["name"] = path
    node["accessible"] = stored is not None
    if stored is None:
        return node
    node["comment"] = stored.comment or None
    node["primary_key"] = list(stored.heading.primary_key)
    node["own_key"] = own_key(stored)
    # a singleton has no visible key, hence adds no dimension
    node["introduces_dimension"] = bool(node["own_key"])
    return node


def folded_node(schema: str, n_tables: int) -> NodeForm:
    """The node of the folded tables of a schema."""
    label = f"({n_tables:,} {'table' if n_tables == 1 else 'tables'})"
    return _node(f"{schema}.*", schema, "*", label, "collapsed")


def _node(node_id: str, schema: str, table: str, label: str, tier: TierWord) -> NodeForm:
    return NodeForm(
        id=node_id,
        schema=schema,
        table=table,
        name=None,
        label=label,
        tier=tier,
        group=schema,
        master=None,
        comment=None,
        definition=None,
        attributes=[],
        primary_key=[],
        own_key=[],
        introduces_dimension=False,
        accessible=True,
        in_graph_only=False,
        rows=None,
        restricted_rows=None,
        progress=None,
    )


def own_key(stored: StoredTable) -> list[str]:
    """Visible key attributes that no foreign key provides, in order."""
    provided = {column for key in stored.foreign_keys for column in key.columns}
    return [name for name in stored.heading.primary_key if name not in provided]


def attribute_forms(stored: StoredTable, brought: Sequence[tuple[int, Iterable[str]]]) -> list[AttributeForm]:
    """The visible attributes in order.

    Parameters
    ----------
    stored : StoredTable
    brought : sequence of (index of a drawn edge, columns of its foreign key in this table)
        The first that holds an attribute is the one that brings it.
    """
    edge_of: dict[str, int] = {}
    for index, columns in brought:
        for column in columns:
            edge_of.setdefault(column, index)
    return [
        AttributeForm(
            name=name,
            type=attribute.declared_type,
            key=attribute.in_key,
            nullable=attribute.nullable,
            default=attribute.default,
            comment=attribute.comment,
            fk=edge_of.get(name),
        )
        for name, attribute in stored.heading.items()
    ]
