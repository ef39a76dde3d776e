"""The public names of the package."""

from __future__ import annotations

import pytest

import datajoint_nb as dj


@pytest.mark.parametrize("name", [n for n in dj.__all__ if n != "config"])
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(dj, name) is not None


@pytest.mark.spec("D-066")
def test_aliases_are_the_same_classes() -> None:
    assert dj.Entry is dj.Manual
    assert dj.Ingest is dj.Imported
    assert dj.Compute is dj.Computed


@pytest.mark.spec("S-067")
@pytest.mark.parametrize(("name", "replacement"), [("ERD", "Diagram"), ("schema", "Schema"), ("key", "keys")])
def test_removed_names_name_their_replacement(name: str, replacement: str) -> None:
    with pytest.raises(AttributeError, match=replacement):
        getattr(dj, name)


def test_config_is_the_global_one() -> None:
    assert dj.config["display.limit"] == 12
