"""Characters that a server would not keep in definitions."""

from __future__ import annotations

import pytest

from datajoint_nb.errors import DataJointError
from tests.unit.offline import OfflineConnection


@pytest.mark.parametrize(
    "definition",
    [
        "# owls 🦉\nk : int32",
        "k : int32 # 🦉",
        "k : int32\n---\nkind : enum('🦉','b')",
        "k = '🦉' : varchar(4)",
    ],
)
def test_wide_characters_are_refused_where_they_would_be_lost(definition: str) -> None:
    for dialect in ("sqlite", "postgresql"):
        OfflineConnection(dialect).declare("owl", definition)
    for dialect in ("mysql", "mariadb"):
        with pytest.raises(DataJointError, match="🦉"):
            OfflineConnection(dialect).declare("owl", definition)
