"""Imports of small tables, as the tests of this room write them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.domain.tables.imported import ImportedTable, import_csv, import_records

PUBLIC_FILES = Path(__file__).parents[4] / "shared" / "data"

ReadFile = Callable[..., ImportedTable]


@pytest.fixture
def read_csv() -> ReadFile:
    return import_csv


@pytest.fixture
def read_json() -> ReadFile:
    return import_records


@pytest.fixture
def public_file() -> Callable[[str], ImportedTable]:
    def read(name: str) -> ImportedTable:
        path = PUBLIC_FILES / name
        if not path.exists():
            pytest.skip(f"{name} is not beside the checkout")
        return import_csv(path.read_bytes())

    return read
