"""Connections to databases: sessions, transactions, catalogue, and the default connection."""

from __future__ import annotations

from datajoint_nb.connection.catalogue import Catalogue
from datajoint_nb.connection.connection import Connection
from datajoint_nb.connection.default import conn

__all__ = ["Catalogue", "Connection", "conn"]
