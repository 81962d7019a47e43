"""Two ways from a CSV file to a Parquet file, each in a process of its own.

`python -m tests.benchmarks.importing WAY SOURCE FOLDER` writes customers.parquet into the
folder, and prints how many seconds that took.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from domain.learning.progress import unwatched
from domain.storage.files import Storage
from domain.storage.tables import write_table
from domain.tables.importing import import_table
from domain.terms.imports import ImportLimits, TableFormat

TARGET = "customers.parquet"
LIMITS = ImportLimits(max_rows=10_000_000, max_columns=1_000, max_cell_length=100_000)


def ours(source: Path, folder: Path) -> None:
    """Import it as an upload is imported: typed, described, checked."""
    with source.open("rb") as file:
        imported = import_table(file, TableFormat.CSV, (), LIMITS, unwatched)
    write_table(Storage.open(str(folder)), TARGET, imported.table)


def bare(source: Path, folder: Path) -> None:
    """Read it and write it, and no more."""
    pq.write_table(pa_csv.read_csv(source), folder / TARGET)


WAYS: dict[str, Callable[[Path, Path], None]] = {"ours": ours, "bare": bare}


def main(way: str, source: Path, folder: Path) -> None:
    """Go one way, and print its seconds."""
    begun = time.perf_counter()
    WAYS[way](source, folder)
    sys.stdout.write(json.dumps(time.perf_counter() - begun))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
