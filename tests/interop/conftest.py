"""The two libraries, side by side on one server: scripts that either of them can run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
import pytest

import datajoint_nb as dj
from tests.interop.reference import Reference, execute, running_reference


class Library(Protocol):
    """Runs scripts that know `dj`, `np`, ``Schema(name)`` and ``VirtualModule(name, schema)``."""

    def run(self, script: str, /, **names: Any) -> Any: ...


class Here:
    """The package under test."""

    def __init__(self, connection: dj.Connection) -> None:
        self.connection = connection

    def run(self, script: str, /, **names: Any) -> Any:
        tools = {
            "dj": dj,
            "np": np,
            "Schema": lambda name: dj.Schema(name, connection=self.connection),
            "VirtualModule": lambda name, schema: dj.VirtualModule(name, schema, connection=self.connection),
        }
        return execute(script, {**tools, **names})


class Pair(NamedTuple):
    """Who makes tables, and who then works with them."""

    maker: Library
    reader: Library


@pytest.fixture(scope="module")
def reference(backend: str, request: pytest.FixtureRequest) -> Iterator[Reference]:
    """The reference library, in one process for all tests of a module."""
    with running_reference(request.getfixturevalue(f"{backend}_server")) as library:
        yield library


@pytest.fixture
def here(connection: dj.Connection) -> Here:
    """The package under test, on the same server."""
    return Here(connection)


@pytest.fixture(params=["made here", "made by the reference"])
def pair(request: pytest.FixtureRequest, here: Here, reference: Reference) -> Pair:
    """Both directions: each library reads what the other made."""
    return Pair(here, reference) if request.param == "made here" else Pair(reference, here)
