"""What an import costs, beside reading the same file without looking at it."""

from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from domain.tables import planted
from tests.benchmarks.importing import TARGET
from tests.benchmarks.measuring import Report, megabytes, run_alone, seconds

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 1_000_000
COLUMNS = ["customer_id", "age", "annual_income", "average_basket", "preferred_channel", "signup_date"]
REPEATS = 3


def test_an_import_keeps_every_value_that_a_bare_reader_finds(report: Report, tmp_path: Path) -> None:
    source = tmp_path / "customers.csv"
    with source.open("wb") as file:
        planted.write_csv(planted.generate(ROWS, 0).select(COLUMNS), file)
    took: dict[str, list[float]] = {"ours": [], "bare": []}
    held: dict[str, list[int]] = {"ours": [], "bare": []}
    for way in list(took) * REPEATS:
        (tmp_path / way).mkdir(exist_ok=True)
        duration, most = run_alone("tests.benchmarks.importing", way, str(source), str(tmp_path / way))
        took[way].append(duration)
        held[way].append(most)

    imported, read = (pq.ParquetFile(tmp_path / way / TARGET).read() for way in took)
    assert imported.column_names == COLUMNS
    assert len(imported) == ROWS
    for name in COLUMNS:
        assert values(imported[name]).equals(values(read[name])), name

    what, beside = f"import of {ROWS:,} x {len(COLUMNS)}", "pyarrow.csv and Parquet"
    report.compare(f"{what}, time", median(took["ours"]), beside, median(took["bare"]), seconds)
    report.compare(f"{what}, peak memory", median(held["ours"]), beside, median(held["bare"]), megabytes)


def values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a column in one chunk. The reader takes some texts for dates, and for missing ones gives ""."""
    if not pa.types.is_integer(column.type) and not pa.types.is_floating(column.type):
        column = pc.cast(column, pa.string()).fill_null("")
    return column.combine_chunks()
