"""Reading Parquet: every type as numbers or text, and files that are no good."""

import datetime as dt
import io
import math
from contextlib import suppress
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import DomainError, TooLarge, UnreadableFile, UnsuitableData
from domain.tables.files.ledger import Ledger
from domain.tables.files.parquet import ParquetSource, open_parquet
from domain.terms.imports import ImportLimits, ImportWarningCode, TableOptions

LIMITS = ImportLimits(max_rows=1_000_000, max_columns=100, max_cell_length=1_000)
FILE = ("input", "file")
BOMB = "SEGMENTGRAPH_MAX_DECOMPRESSED_BYTES"


def _unwatched(_fraction: float, _doing: str) -> None:
    pass


def _saved(table: pa.Table, **options: Any) -> bytes:
    saved = io.BytesIO()
    pq.write_table(table, saved, **options)
    return saved.getvalue()


def _opened(content: bytes, limits: ImportLimits = LIMITS) -> ParquetSource:
    return open_parquet(io.BytesIO(content), TableOptions(), limits, _unwatched, FILE)


def _table(source: ParquetSource) -> pa.Table:
    batches = list(source.read(Ledger(), _unwatched))
    assert all(1 <= batch.num_rows <= 65_536 for batch in batches)
    return pa.Table.from_batches(batches)


def _column(values: pa.Array) -> list[object]:
    return list(_table(_opened(_saved(pa.table({"x": values}))))["x"].to_pylist())


NOON = dt.datetime(2024, 1, 31, 12)  # noqa: DTZ001  # Parquet has moments without a zone
MIDNIGHT = dt.datetime(2024, 1, 31)  # noqa: DTZ001  # as above


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1, None, -3]), [1.0, None, -3.0]),
        (pa.array([1, 2**53]), ["1", "9007199254740992"]),
        (pa.array([-(2**63), None]), ["-9223372036854775808", ""]),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
        (pa.array([1.5, math.nan, None, math.inf]), [1.5, None, None, math.inf]),
        (pa.array([2.0**60]), [2.0**60]),
        (pa.array([1.5, None], pa.float16()), [1.5, None]),
        (pa.array([Decimal("1.25"), None]), [1.25, None]),
        (pa.array([Decimal(10**20), Decimal(7)], pa.decimal128(38, 0)), ["100000000000000000000", "7"]),
        (pa.array([True, None, False]), ["true", "", "false"]),
        (pa.array(["Köln", None, ""]), ["Köln", "", ""]),
        (pa.array(["a", None], pa.large_string()), ["a", ""]),
        (pa.array(["a", None], pa.string_view()), ["a", ""]),
        (pa.array(["b", None, "b"]).dictionary_encode(), ["b", "", "b"]),
        (pa.array([5, None, 5]).dictionary_encode(), [5.0, None, 5.0]),
        (pa.nulls(2), ["", ""]),
        (pa.array([dt.date(2024, 1, 31), None]), ["2024-01-31", ""]),
        (pa.array([MIDNIGHT, None], pa.timestamp("us")), ["2024-01-31", ""]),
        (pa.array([MIDNIGHT, NOON], pa.timestamp("us")), ["2024-01-31T00:00:00", "2024-01-31T12:00:00"]),
        (pa.array([-3600 * 10**9], pa.timestamp("ns")), ["1969-12-31T23:00:00"]),
        (pa.array([NOON.replace(microsecond=5000)], pa.timestamp("ns")), ["2024-01-31T12:00:00.005"]),
        (pa.array([NOON, None], pa.timestamp("ms", "Europe/Berlin")), ["2024-01-31T12:00:00Z", ""]),
        (pa.array([dt.time(7, 5)], pa.time32("s")), ["07:05:00"]),
    ],
)
def test_a_column_becomes_numbers_or_text(values: pa.Array, expected: list[object]) -> None:
    assert _column(values) == expected


def test_whole_numbers_of_a_column_are_text_in_every_row_if_one_is_long() -> None:
    values = np.arange(200_000)
    values[150_000] = 2**60
    found = _column(pa.array(values))
    assert (found[0], found[1], found[150_000]) == ("0", "1", str(2**60))


def test_a_table_reads_as_another_reader_has_it() -> None:
    generator = np.random.default_rng(3)
    table = pa.table(
        {
            "id": [f"C{place}" for place in range(100_000)],
            "spend": generator.normal(size=100_000),
            "visits": generator.integers(0, 90, 100_000),
            "city": generator.choice(["Köln", "Łódź", "東京"], 100_000),
        }
    )
    content = _saved(table, row_group_size=30_000)
    expected = pd.read_parquet(io.BytesIO(content))
    found = _table(_opened(content))
    for name in table.column_names:
        assert found[name].to_pylist() == expected[name].tolist()


def test_columns_that_fit_no_table_are_left_out_and_told() -> None:
    table = pa.table(
        {
            "id": [1, 2],
            "list": [[1], [2]],
            "part": [{"a": 1, "b": 2}] * 2,
            "raw": [b"a", b"b"],
            "took": pa.array([dt.timedelta(1)] * 2),
            "last": ["x", "y"],
        }
    )
    source = _opened(_saved(table))
    assert source.head.names == ("id", "last")
    assert _table(source).to_pydict() == {"id": [1.0, 2.0], "last": ["x", "y"]}
    assert [(warning.code, warning.column) for warning in source.head.warnings] == [
        (ImportWarningCode.COLUMN_LEFT_OUT, name) for name in ("list", "part", "raw", "took")
    ]
    assert "list<element: int64>" in source.head.warnings[0].message


def test_columns_of_one_name_are_read_by_their_place() -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"]), pa.array([3])], names=["x", "x", "x.y"])
    source = _opened(_saved(table))
    assert source.head.original_names == ("x", "x", "x.y")
    assert _table(source).to_pydict() == {"x": ["a"], "x_2": ["b"], "x.y": [3.0]}


def test_a_stored_index_of_pandas_keeps_its_name() -> None:
    saved = io.BytesIO()
    pd.DataFrame({"x": [1, 2]}, index=["a", "b"]).to_parquet(saved)
    assert _table(_opened(saved.getvalue())).to_pydict() == {"x": [1.0, 2.0], "__index_level_0__": ["a", "b"]}


def test_limits_are_told_by_the_footer() -> None:
    content = _saved(pa.table({"x": [1, 2], "y": [3, 4]}))
    for limits, setting in [
        (ImportLimits(1, 9, 9), "SEGMENTGRAPH_MAX_ROWS"),
        (ImportLimits(9, 1, 9), "SEGMENTGRAPH_MAX_COLUMNS"),
        (ImportLimits(9, 9, 9, max_decompressed_bytes=31), BOMB),
    ]:
        with pytest.raises(TooLarge, match=setting):
            _opened(content, limits)


def test_a_long_text_in_every_row_is_refused_before_it_is_unpacked() -> None:
    codes = pa.array(np.zeros(500_000, np.int32))
    bomb = _saved(pa.table({"x": pa.DictionaryArray.from_arrays(codes, pa.array(["y" * 1_000]))}))
    assert len(bomb) < 100_000
    limits = ImportLimits(1_000_000, 9, 1_000, max_decompressed_bytes=50_000_000)
    before = pa.total_allocated_bytes()
    with pytest.raises(TooLarge, match=BOMB):
        _table(_opened(bomb, limits))
    assert pa.total_allocated_bytes() - before < 1_000_000
    batches = _opened(bomb).read(Ledger(), _unwatched)
    assert next(batches).nbytes < 20_000_000


def test_a_cell_that_is_too_long_is_named() -> None:
    content = _saved(pa.table({"x": ["a", None, "ä" * 1_000, "b" * 1_001]}))
    with pytest.raises(TooLarge, match='column "x" in row 4') as caught:
        _table(_opened(content))
    assert caught.value.path == FILE


def _encrypted_footer(content: bytes) -> bytes:
    return content[:-4] + b"PARE"


PLAIN = _saved(pa.table({"id": ["a", "b"], "x": [1, 2]}))


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        (b"PAR1", UnreadableFile, "broken"),
        (PLAIN[:-20] + PLAIN[-8:], UnreadableFile, "broken"),
        (PLAIN[: len(PLAIN) // 2], UnreadableFile, "broken"),
        (_encrypted_footer(PLAIN), UnreadableFile, "encrypted"),
        (_saved(pa.table({"x": [[1]]})), UnsuitableData, "no column"),
        (_saved(pa.table({"x": pa.array([], pa.string())})), UnsuitableData, "no rows"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, kind: type[DomainError], told: str) -> None:
    with pytest.raises(kind) as caught:
        _opened(content)
    assert told in str(caught.value)
    assert caught.value.path == FILE


@pytest.mark.parametrize(("text", "told"), [(b"\xff", "not UTF-8"), (b"a\0b", "zero character")])
def test_text_that_is_none_is_refused_by_its_column(text: bytes, told: str) -> None:
    cells = pa.Array.from_buffers(pa.string(), 1, pa.array([text]).buffers())
    with pytest.raises(UnreadableFile, match=told):
        _table(_opened(_saved(pa.table({"x": cells}))))


def test_damaged_bytes_end_in_a_table_or_a_typed_error() -> None:
    for place in range(0, len(PLAIN), 7):
        damaged = PLAIN[:place] + bytes([PLAIN[place] ^ 0x55]) + PLAIN[place + 1 :]
        with suppress(DomainError):
            _table(_opened(damaged))
