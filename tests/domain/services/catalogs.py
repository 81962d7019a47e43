"""What a database says of its own tables, in a form that can be compared."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from tortoise import BaseDBAsyncClient

from domain.models.connection import Dialect, dialect_of

Catalog: TypeAlias = dict[str, list[tuple[Any, ...]]]
"""Columns, indexes and foreign keys, each sorted."""

POSTGRES = {
    "columns": """
        SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    # Constraints of every kind, foreign keys with what they do on delete.
    "constraints": """
        SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
}


async def catalog_of(client: BaseDBAsyncClient, url: str) -> Catalog:
    """Read the catalog of a database, but for the table in which migrations are remembered."""
    read = _of_sqlite if dialect_of(url) is Dialect.SQLITE else _of_postgres
    found = await read(client)
    return {
        kind: sorted((row for row in rows if row[0] != "aerich"), key=repr) for kind, rows in found.items()
    }


async def _of_postgres(client: BaseDBAsyncClient) -> Catalog:
    return {kind: _rows(await client.execute_query_dict(query)) for kind, query in POSTGRES.items()}


async def _of_sqlite(client: BaseDBAsyncClient) -> Catalog:
    tables = await client.execute_query_dict("SELECT name FROM sqlite_master WHERE type = 'table'")
    found: Catalog = {"columns": [], "indexes": [], "foreign keys": []}
    for table in (row["name"] for row in tables if not row["name"].startswith("sqlite_")):
        columns = await client.execute_query_dict(f"PRAGMA table_info('{table}')")
        found["columns"] += [(table, *row[1:]) for row in _rows(columns)]
        keys = await client.execute_query_dict(f"PRAGMA foreign_key_list('{table}')")
        found["foreign keys"] += [(table, *row[2:]) for row in _rows(keys)]
        for index in await client.execute_query_dict(f"PRAGMA index_list('{table}')"):
            parts = await client.execute_query_dict(f"PRAGMA index_info('{index['name']}')")
            members = [part["name"] for part in parts]
            found["indexes"].append((table, _given(index["name"]), index["unique"], index["origin"], members))
    return found


def _is_ours(row: tuple[Any, ...]) -> bool:
    return bool(row[0] != "aerich")


def _given(name: str) -> str:
    # SQLite numbers what it makes for constraints in the order these were written.
    return "" if name.startswith("sqlite_autoindex") else name


def _rows(found: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in found]
