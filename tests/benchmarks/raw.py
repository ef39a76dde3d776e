"""The same work with the driver alone, in the fastest reasonable way."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.clock import Clock, rows


def connect(settings: dict[str, Any]) -> Any:
    if settings["backend"] == "mysql":
        import pymysql

        return pymysql.connect(
            host=settings["host"], port=settings["port"], user=settings["user"],
            password=settings["password"], autocommit=True, charset="utf8mb4",
        )  # fmt: skip
    import psycopg

    return psycopg.connect(
        host=settings["host"], port=settings["port"], user=settings["user"],
        password=settings["password"], dbname=settings["database_name"], autocommit=True,
    )  # fmt: skip


def main() -> None:
    clock = Clock()
    settings, name = clock.job["settings"], clock.job["schema"]
    connection = connect(settings)
    cursor = connection.cursor()
    double = "double" if settings["backend"] == "mysql" else "double precision"
    cursor.execute(f"CREATE SCHEMA {name}")
    item = f"{name}.item"
    cursor.execute(f"CREATE TABLE {item} (k int PRIMARY KEY, n int, x {double}, s varchar(40), d date)")
    cursor.execute(f"CREATE TABLE {name}.made (k int PRIMARY KEY, y {double})")
    data = [tuple(row.values()) for row in rows(clock.job["rows"])]

    def insert() -> None:
        for start in range(0, len(data), 10_000):
            chunk = data[start : start + 10_000]
            text = ", ".join(["(%s, %s, %s, %s, %s)"] * len(chunk))
            cursor.execute(f"INSERT INTO {item} VALUES {text}", [v for row in chunk for v in row])

    def fetch(columns: str = "k, n, x, s, d") -> Any:
        cursor.execute(f"SELECT {columns} FROM {item}")
        return cursor.fetchall()

    names = ("k", "n", "x", "s", "d")
    clock.time("insert dicts", insert)
    clock.time("to_dicts", lambda: [dict(zip(names, row)) for row in fetch()])  # noqa: B905
    clock.time("to_arrays of two columns", lambda: list(zip(*fetch("x, s"), strict=True)))
    clock.time("keys", lambda: [{"k": row[0]} for row in fetch("k")])
    clock.time("iteration", lambda: [dict(zip(names, row)) for row in fetch()])  # noqa: B905

    def one(columns: str) -> None:
        for n in range(500):
            cursor.execute(f"SELECT {columns} FROM {item} WHERE k = %s", (n,))
            cursor.fetchone()

    clock.time("fetch1() 500 times", lambda: one("k, n, x, s, d"))
    clock.time("fetch1('x') 500 times", lambda: one("x"))

    def many() -> None:
        cursor.execute(f"SELECT k, n, x, s, d FROM {item} WHERE k IN ({', '.join(map(str, range(5000)))})")
        [dict(zip(names, row)) for row in cursor.fetchall()]  # noqa: B905

    clock.time("restrict by 5000 keys, fetch", many)
    shift = len(data)

    def singles() -> None:
        for row in data[:500]:
            cursor.execute(f"INSERT INTO {item} VALUES (%s, %s, %s, %s, %s)", (row[0] + shift, *row[1:]))

    clock.time("insert1 500 times", singles)

    def populate() -> None:
        for n in range(500):
            cursor.execute("START TRANSACTION")
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {name}.made WHERE k = %s)", (n,))
            cursor.execute(f"INSERT INTO {name}.made VALUES (%s, %s)", (n, 1.0))
            cursor.execute("COMMIT")

    clock.time("populate 500 keys", populate)
    clock.finish()


if __name__ == "__main__":
    main()
