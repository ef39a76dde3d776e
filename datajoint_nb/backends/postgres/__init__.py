"""PostgreSQL: sessions over psycopg 3, catalogue, errors."""
