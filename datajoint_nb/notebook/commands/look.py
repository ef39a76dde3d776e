"""``%dj ls``, ``describe``, ``progress``, ``sql``, ``preview``, ``diagram``: looking, without changing."""

from __future__ import annotations

import ast
from argparse import Namespace
from typing import Any

from IPython.core.error import UsageError

from datajoint_nb.diagram.diagram import Diagram
from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook import cards
from datajoint_nb.notebook.command import argument, declares, unquoted
from datajoint_nb.notebook.evaluation import evaluate_query, parse_expression
from datajoint_nb.notebook.progress import progress_of
from datajoint_nb.notebook.schemas import list_schema, schema_tables
from datajoint_nb.notebook.state import Notebook, bound, schema_of
from datajoint_nb.render.card import Card
from datajoint_nb.render.listing import Column, Listing, Named
from datajoint_nb.tables.references import is_table_class
from datajoint_nb.tables.schema import Schema
from datajoint_nb.tables.table import Table


@declares("dj ls")
@argument("schema", nargs="?", help="a schema, by variable or database name; default: the active one")
def ls(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """List the tables of a schema in dependency order: tier, rows, bytes, progress, comment."""
    name = arguments.schema and unquoted(arguments.schema)
    notebook.show(list_schema(notebook.require_schema(name)))


@declares("dj describe")
@argument("table", help="a table, by class or by name")
def describe(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """Show the definition of a table as it is in the database."""
    table = notebook.require_table(unquoted(arguments.table))
    notebook.show(cards.described(notebook, table))


@declares("dj progress")
@argument("name", nargs="?", metavar="SCHEMA|TABLE", help="default: the active schema")
def progress(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """Show how many keys of the auto-populated tables are done, and how many are left."""
    name = unquoted(arguments.name or "")
    tables, caption = _progress_tables(notebook, name)
    rows = []
    for table in tables:
        bar = progress_of(table)
        if bar is not None:
            label = Named(cards.name_of(notebook, table.name), table.name.tier.label)
            rows.append((label, bar, bar.total - bar.done))
    columns = (Column("table"), Column("done"), Column("left", "number"))
    notebook.show(Listing(caption, columns, tuple(rows), empty="no table that a class with make fills"))


def _progress_tables(notebook: Notebook, name: str) -> tuple[list[Table], str]:
    schema = _schema_named(notebook, name)
    if schema is not None:
        return list(schema_tables(schema)), f"Progress of {schema.database}"
    table = notebook.require_table(name)
    if progress_of(table) is None:
        raise DataJointError(f"{name} has no progress: it is no imported or computed table with a class")
    return [table], f"Progress of {name}"


def _schema_named(notebook: Notebook, name: str) -> Schema | None:
    """The schema of a name; None when the name means a table."""
    if not name:
        return notebook.require_schema()
    if bound(notebook.find(name)):
        return None
    known = {key: value for n, value in notebook.schemas() for key in (n, str(value.database))}
    return known.get(name)


@declares("dj sql")
@argument("expression", nargs="+", metavar="EXPR", help="a query expression")
def sql(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """Show the SQL of a query expression."""
    expression = evaluate_query(notebook, text, "sql")
    notebook.show(Card("SQL", code=pretty_sql(expression.make_sql(), expression.connection.spec.backend)))


def pretty_sql(text: str, backend: str) -> str:
    """SQL with a clause on each line."""
    import sqlglot

    dialect = {"postgresql": "postgres"}.get(backend, backend)
    return sqlglot.transpile(text, read=dialect, write=dialect, pretty=True)[0]


@declares("dj preview")
@argument("expression", nargs="+", metavar="EXPR", help="a query expression")
def preview(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """Show the first rows of a query expression."""
    notebook.show(evaluate_query(notebook, text, "preview"))


@declares("dj diagram")
@argument("expression", nargs="*", metavar="EXPR", help="tables and schemas with + - * and numbers")
def diagram(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """Show the diagram of the active schema, or of a Diagram expression such as `Recording - 1 + 2`."""
    if not text:
        notebook.show(Diagram(notebook.require_schema(), context=notebook.names))
        return
    notebook.show(_diagram(notebook, parse_expression(text, "%dj diagram").body))


def _diagram(notebook: Notebook, node: ast.expr) -> Any:
    """The value of a Diagram expression; nothing but names, numbers and + - * is evaluated."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
        left, right = _diagram(notebook, node.left), _diagram(notebook, node.right)
        if isinstance(left, int):
            raise UsageError("%dj diagram: begin with a table or a schema; a number follows + or -")
        if isinstance(node.op, ast.Add):
            return left + right
        return left - right if isinstance(node.op, ast.Sub) else left * right
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, (ast.Name, ast.Attribute)):
        return _source(notebook, ast.unparse(node))
    raise UsageError(f"%dj diagram: only names, numbers and + - * are understood, not `{ast.unparse(node)}`")


def _source(notebook: Notebook, path: str) -> Any:
    found = notebook.find(path)
    if isinstance(found, Diagram):
        return found
    schema = schema_of(found)
    if schema is not None:
        return Diagram(schema, context=notebook.names)
    if is_table_class(found):
        return Diagram(found, context=notebook.names)
    return Diagram(notebook.require_table(path), context=notebook.names)
