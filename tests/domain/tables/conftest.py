"""Imports of small tables, as the tests of this room write them."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from domain.tables.importing import ImportedTable, import_table
from domain.terms.columns import RoleOverride
from domain.terms.imports import ImportLimits, TableFormat

LIMITS = ImportLimits(max_rows=10_000_000, max_columns=1_000, max_cell_length=100_000)
PUBLIC_FILES = Path(__file__).parents[4] / "shared" / "data"

ReadCsv = Callable[..., ImportedTable]
ReadJson = Callable[..., ImportedTable]


def _unwatched(_fraction: float, _doing: str) -> None:
    pass


def _bytes(content: str | bytes) -> io.BytesIO:
    return io.BytesIO(content.encode() if isinstance(content, str) else content)


@pytest.fixture
def read_csv() -> ReadCsv:
    def read(
        content: str | bytes, overrides: Sequence[RoleOverride] = (), limits: ImportLimits = LIMITS
    ) -> ImportedTable:
        return import_table(_bytes(content), TableFormat.CSV, overrides, limits, _unwatched)

    return read


@pytest.fixture
def read_json() -> ReadJson:
    def read(
        content: object, overrides: Sequence[RoleOverride] = (), limits: ImportLimits = LIMITS
    ) -> ImportedTable:
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        return import_table(_bytes(text), TableFormat.JSON, overrides, limits, _unwatched)

    return read


@pytest.fixture
def public_file(read_csv: ReadCsv) -> Callable[[str], ImportedTable]:
    def read(name: str) -> ImportedTable:
        path = PUBLIC_FILES / name
        if not path.exists():
            pytest.skip(f"{name} is not beside the checkout")
        return read_csv(path.read_bytes())

    return read
