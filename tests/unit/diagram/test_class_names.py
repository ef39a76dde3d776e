"""What tables are called in pictures."""

from __future__ import annotations

from types import ModuleType

import pytest

from datajoint_nb.diagram.class_names import ClassNames, label_of, naming_part
from datajoint_nb.model.names import TableName
from datajoint_nb.tiers import Computed, Manual, Part

TANK, DROP = TableName("wet", "tank"), TableName("wet", "__titration__drop")


def bound(base: type, name: str, table: TableName) -> type:
    return type(name, (base,), {"database": table.schema, "table_name": table.table})


Tank = bound(Manual, "Tank", TANK)
Titration = bound(Computed, "Titration", TableName("wet", "__titration"))
Drop = bound(Part, "Drop", DROP)
Titration.Drop, Drop.master = Drop, Titration
lab = ModuleType("lab")
lab.Tank, lab.Titration = Tank, Titration
CLASSES = {TANK: Tank, DROP: Drop}


@pytest.mark.parametrize(
    ("context", "classes", "expected"),
    [
        ({"Tank": Tank}, {}, {TANK: "Tank"}),
        ({"lab": lab}, {}, {TANK: "lab.Tank", DROP: "lab.Titration.Drop"}),
        ({"lab": lab, "Tank": Tank}, {}, {TANK: "Tank", DROP: "lab.Titration.Drop"}),
        ({}, CLASSES, {TANK: "Tank", DROP: "Titration.Drop"}),
        ({"lab": lab}, CLASSES, {TANK: "lab.Tank", DROP: "lab.Titration.Drop"}),
        ({}, {}, {}),
    ],
)
def test_paths_come_from_the_context_then_from_the_declared_classes(context, classes, expected):
    assert ClassNames(context, classes).paths([TANK, DROP]) == expected


@pytest.mark.parametrize(
    ("table", "path", "frame", "label"),
    [
        (TANK, "Tank", "wet", "Tank"),
        (TANK, "lab.Tank", "lab", "Tank"),
        (TANK, "lab.Tank", "wet", "lab.Tank"),
        (DROP, "lab.Titration.Drop", "lab", "Drop"),
        (TANK, None, "wet", "wet.tank"),
    ],
)
def test_labels(table, path, frame, label):
    assert label_of(table, path, frame) == label


def test_only_what_leads_to_classes_is_kept_of_a_context():
    assert naming_part({"Tank": Tank, "lab": lab, "n": 3, "rows": [Tank]}) == {"Tank": Tank, "lab": lab}


@pytest.mark.parametrize(
    ("context", "classes", "expected"),
    [
        ({"lab": lab, "other": lab}, {}, {"lab": lab}),
        ({}, CLASSES, {"Tank": Tank, "Titration": Titration}),
    ],
)
def test_a_small_context_names_the_same_tables(context, classes, expected):
    assert ClassNames(context, classes).context_for([TANK, DROP]) == expected
