"""Users' SQL fragments: read as MySQL, checked, and written for the connected database.

A fragment is a condition (``"depth > 2 AND region LIKE 'h%'"``) or the expression of a
computed attribute (``"YEAR(added)"``). It is never sent as it was typed: it is parsed, every
name in it is looked up, whatever is not one plain expression is refused, and the text for the
database is written anew from the tree.

See ``tests/spec/03-queries.md`` §3.3, §13.1, §13.2.
"""

from __future__ import annotations

from datajoint_nb.sql.fragments.fragment import Fragment, Target
from datajoint_nb.sql.fragments.order import order_items
from datajoint_nb.sql.fragments.transpile import transpile

__all__ = ["Fragment", "Target", "order_items", "transpile"]
