"""The tables of ``tests/spec/05-data-manipulation.md`` §10, with rows, in two schemas."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import datajoint_nb as dj

ORCHARDS = (1, 2, 3, 4)
TREES = tuple(itertools.product(ORCHARDS, (1, 2)))


def make_orchard(schema: dj.Schema, other: dj.Schema) -> SimpleNamespace:
    """Declare and fill the tables; `Yield` stands in `other`.

    Four orchards with two trees each, of height 10 × orchard + tree; each tree has two rows with
    one leaf each. `Graft` joins tree 1 of an orchard to tree 2 of the next; `Label` 1 to 4
    are on tree 1 of each orchard, 5 is on none.
    """

    @schema
    class Orchard(dj.Manual):
        definition = """
        orchard : int32
        ---
        town : varchar(20)
        area=null : float64
        n=5 : int32
        unique index(town)
        """

    @schema
    class Tree(dj.Manual):
        definition = """
        -> Orchard
        tree : int32
        ---
        height : float64
        """

        class Row(dj.Part):
            definition = """
            -> master
            row : int32
            """

        class Leaf(dj.Part):
            definition = """
            -> Tree.Row
            leaf : int32
            """

    @schema
    class Graft(dj.Manual):
        definition = """
        -> Tree.proj(a_o='orchard', a_t='tree')
        -> Tree.proj(b_o='orchard', b_t='tree')
        """

    @schema
    class Label(dj.Manual):
        definition = """
        label : int32
        ---
        -> [nullable] Tree
        """

    @other
    class Yield(dj.Computed):
        definition = """
        -> Tree
        """

    Orchard.insert({"orchard": o, "town": f"town {o}"} for o in ORCHARDS)
    Tree.insert({"orchard": o, "tree": t, "height": 10 * o + t} for o, t in TREES)
    Tree.Row.insert({"orchard": o, "tree": t, "row": r} for o, t in TREES for r in (1, 2))
    Tree.Leaf.insert({"orchard": o, "tree": t, "row": r, "leaf": 1} for o, t in TREES for r in (1, 2))
    Graft.insert({"a_o": o, "a_t": 1, "b_o": o % 4 + 1, "b_t": 2} for o in ORCHARDS)
    Label.insert({"label": o, "orchard": o, "tree": 1} for o in ORCHARDS)
    Label.insert1({"label": 5})
    Yield.insert(({"orchard": o, "tree": t} for o, t in TREES), allow_direct_insert=True)
    return SimpleNamespace(
        Orchard=Orchard, Tree=Tree, Graft=Graft, Label=Label, Yield=Yield, schema=schema, other=other,
        connection=schema.connection,
    )  # fmt: skip


def counts(farm: SimpleNamespace) -> dict[str, int]:
    """The number of rows of each table."""
    tree = farm.Tree
    tables = {"Orchard": farm.Orchard, "Tree": tree, "Row": tree.Row, "Leaf": tree.Leaf}
    tables |= {"Graft": farm.Graft, "Label": farm.Label, "Yield": farm.Yield}
    return {name: len(table()) for name, table in tables.items()}


EVERYTHING = {"Orchard": 4, "Tree": 8, "Row": 16, "Leaf": 16, "Graft": 4, "Label": 5, "Yield": 8}
# what stays when both trees of one orchard go
WITHOUT_ONE_ORCHARD = {"Tree": 6, "Row": 12, "Leaf": 12, "Graft": 2, "Label": 4, "Yield": 6}
