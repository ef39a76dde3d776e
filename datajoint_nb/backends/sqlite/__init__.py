"""SQLite: sessions on the standard library, catalogue, errors, functions of MySQL."""
