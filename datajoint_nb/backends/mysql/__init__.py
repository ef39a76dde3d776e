"""MySQL and MariaDB: sessions over PyMySQL, catalogue, errors."""
