"""Tables that several test files read; made once for each database."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.backends.orchard import make_orchard
from tests.backends.sky import make_sky
from tests.conftest import SCHEMA_PREFIX

if TYPE_CHECKING:
    import datajoint_nb as dj


@pytest.fixture(scope="session")
def sky(
    backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimpleNamespace]:
    """The tables of ``03-queries.md`` §0, for tests that only read."""
    import datajoint_nb as dj

    settings: dict[str, Any]
    if backend == "sqlite":
        settings = {"backend": backend, "path": str(tmp_path_factory.mktemp("sky") / "sky.db")}
    else:
        settings = request.getfixturevalue(f"{backend}_server").settings
    former = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("DJ_")}
    connection = dj.Connection(**settings)
    schema = dj.Schema(f"{SCHEMA_PREFIX}sky_{uuid.uuid4().hex[:6]}", connection=connection)
    try:
        yield make_sky(schema)
    finally:
        schema.drop(prompt=False)
        connection.close()
        os.environ.update(former)


@pytest.fixture
def farm(schema: dj.Schema, schema_name: Callable[[], str]) -> SimpleNamespace:
    """The tables of ``05-data-manipulation.md`` §10, for one test to change."""
    import datajoint_nb as dj

    return make_orchard(schema, dj.Schema(schema_name(), connection=schema.connection))
