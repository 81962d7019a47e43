"""Customers of a stored table: pages as roles have them, lookups by key, filters and sorts."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pytest

from domain.engine.engine import Engine
from domain.errors import Invalid
from domain.models import Dataset
from domain.services import customers
from domain.services.limiting import Limiter
from domain.services.runtime import Runtime
from domain.services.searching import search
from domain.settings import load
from domain.storage import found
from domain.storage.files import Storage
from domain.storage.indexes import write_index
from domain.storage.tables import StoredTable
from domain.storage.writing import table_writer
from domain.terms.columns import Column, ColumnRole
from domain.terms.customers import CustomerFilter, CustomerOrder, SortDirection
from domain.terms.imports import ImportReport, TableFormat
from domain.terms.readings import (
    READINGS,
    DateOrder,
    DecimalMark,
    Kind,
    NumberFormat,
    Reading,
    StoredColumn,
    written,
)
from domain.terms.texts import hash_text

NUMBERS = Reading(Kind.NUMBERS, stored_as_text=False)
TEXT = Reading(Kind.TEXT)
COMMA = Reading(Kind.NUMBERS, NumberFormat(DecimalMark.COMMA))
GERMAN_DATES = Reading(Kind.DATES, dates=DateOrder.DAY_MONTH_YEAR)

READ = (
    StoredColumn("id", TEXT, whole=False),
    StoredColumn("visits", NUMBERS, whole=True),
    StoredColumn("spend", NUMBERS, whole=False),
    StoredColumn("zip", NUMBERS, whole=True),
    StoredColumn("score", COMMA, whole=False),
    StoredColumn("city", TEXT, whole=False),
    StoredColumn("joined", GERMAN_DATES, whole=False),
)
TABLE = pa.table(
    {
        "id": ["b", "a", "01", "1", "ü"],
        "visits": [5.0, 12.0, None, 0.0, -3.0],
        "spend": [1.5, 2.0, 1e300, None, 0.1],
        "zip": [53111.0, 24103.0, 53111.0, 89073.0, None],
        "score": ["1,5", "10,25", None, "2", "0,5"],
        "city": ["Bonn", "Kiel", "Bonn", "Ulm", None],
        "joined": ["31.01.2024", "01.02.2024", "05.12.2023", None, "28.02.2025"],
    }
)
ROLES = {
    "visits": ColumnRole.NUMERIC,
    "spend": ColumnRole.NUMERIC,
    "score": ColumnRole.NUMERIC,
    "zip": ColumnRole.CATEGORICAL,
}


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    settings = load(data_dir=tmp_path / "data", storage_url=str(tmp_path / "store"))
    # The engine starts no worker before the first job, and these tests have none.
    engine = Engine(settings.storage, tmp_path / "scratch", warm_up={})
    return Runtime(settings, Storage.open(settings.storage), engine, "secret", limiter=Limiter(settings))


@pytest.fixture(autouse=True)
def nothing_found_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.services.searching.FOUND", found.FoundCache())


def dataset_of(
    runtime: Runtime, table: pa.Table = TABLE, identifier: str | None = "id", *, noted: bool = True
) -> Dataset:
    """Store a table, with no index yet, and describe it; no database is asked for this."""
    dataset = Dataset(
        id=uuid4(),
        row_count=table.num_rows,
        columns=tuple(described(name) for name in table.column_names),
        identifier=identifier,
        import_report=ImportReport(
            TableFormat.CSV, None, None, table.num_rows, 0, (), identifier_column=identifier
        ),
    )
    with table_writer(runtime.storage, dataset.table_key, table.schema) as writer:
        writer.write(table)
        if noted:
            writer.note(READINGS, written(READ))
    return dataset


def described(name: str) -> Column:
    return Column(name, ROLES.get(name, ColumnRole.TEXT), "", 0, 0, None, (), all_dates=name == "joined")


async def keys(runtime: Runtime, *filters: CustomerFilter, order: CustomerOrder | None = None) -> list[str]:
    dataset = dataset_of(runtime)
    rows = await search(runtime, dataset, filters, order)
    page = await customers.of_found(runtime, dataset, rows, 0, 100)
    return [customer.key for customer in page]


async def test_numbers_are_what_the_role_says_is_numeric_and_all_else_is_text(runtime: Runtime) -> None:
    page = await customers.of_dataset(runtime, dataset_of(runtime), 0, 3)

    assert [customer.attributes for customer in page] == [
        row(id="b", visits=5, spend=1.5, zip="53111", score=1.5, city="Bonn", joined="31.01.2024"),
        row(id="a", visits=12, spend=2.0, zip="24103", score=10.25, city="Kiel", joined="01.02.2024"),
        row(id="01", visits=None, spend=1e300, zip="53111", score=None, city="Bonn", joined="05.12.2023"),
    ]
    assert [type(value) for value in page[0].attributes.values()] == [str, int, float, str, float, str, str]


def row(**attributes: Any) -> dict[str, Any]:
    return attributes


async def test_a_table_from_before_readings_were_noted_keeps_its_numbers(runtime: Runtime) -> None:
    old = pa.table(
        {"id": [7, 8], "visits": pa.array([1, None], pa.int64()), "zip": [1, 2], "spend": [1.0, 2.5]}
    )
    dataset = dataset_of(runtime, old, noted=False)

    (first, second) = await customers.of_dataset(runtime, dataset, 0, 2)

    assert first.attributes == row(id="7", visits=1, zip="1", spend=1.0)
    assert second.attributes == row(id="8", visits=None, zip="2", spend=2.5)
    assert (first.key, second.key) == ("7", "8")
    assert await customers.find(runtime, dataset, "8") == second
    assert (await search(runtime, dataset, (CustomerFilter("visits", min=1),), None)).tolist() == [0]


@pytest.mark.parametrize("with_index", [True, False])
async def test_a_customer_is_found_by_its_identifier_with_an_index_and_without(
    runtime: Runtime, with_index: bool
) -> None:
    dataset = dataset_of(runtime)
    if with_index:
        assert dataset.index_key is not None
        write_index(runtime.storage, dataset.index_key, hash_text(TABLE["id"].chunk(0)))

    for place, key in enumerate(TABLE["id"].to_pylist()):
        customer = await customers.find(runtime, dataset, key)
        assert customer is not None
        assert (customer.key, customer.attributes["city"]) == (key, TABLE["city"][place].as_py())
    for nobody in ("2", "A", "", "b ", "001", "u"):
        assert await customers.find(runtime, dataset, nobody) is None


async def test_a_row_that_only_shares_the_keys_hash_is_not_the_customer(runtime: Runtime) -> None:
    dataset = dataset_of(runtime)
    assert dataset.index_key is not None
    same = hash_text(pa.array(["nobody", "nobody", "nobody", "1", "ü"]))
    write_index(runtime.storage, dataset.index_key, same)

    assert await customers.find(runtime, dataset, "nobody") is None


async def test_without_an_identifier_the_row_number_is_the_key(runtime: Runtime) -> None:
    dataset = dataset_of(runtime, identifier=None)

    assert [customer.key for customer in await customers.of_dataset(runtime, dataset, 3, 9)] == ["4", "5"]
    for key in ("1", "5"):
        customer = await customers.find(runtime, dataset, key)
        assert customer is not None
        assert customer.key == key
    for nobody in ("0", "6", "01", "+1", "1.0", " 1", "", "٣", "-1", "9" * 400):
        assert await customers.find(runtime, dataset, nobody) is None


FILTERS: list[tuple[CustomerFilter, list[str]]] = [
    (CustomerFilter("city", among=("Bonn", "Ulm")), ["b", "01", "1"]),
    (CustomerFilter("city", not_among=("Bonn",)), ["a", "1", "ü"]),
    (CustomerFilter("city", not_among=("Bonn",), missing=False), ["a", "1"]),
    (CustomerFilter("city", contains="n"), ["b", "01"]),
    (CustomerFilter("city", contains="N"), []),
    (CustomerFilter("city", missing=True), ["ü"]),
    (CustomerFilter("visits", min=0), ["b", "a", "1"]),
    (CustomerFilter("visits", min=0, max=5), ["b", "1"]),
    (CustomerFilter("visits", max=-3), ["ü"]),
    (CustomerFilter("visits", missing=False), ["b", "a", "1", "ü"]),
    (CustomerFilter("visits", among=("5", "12.0", "99")), ["b", "a"]),
    (CustomerFilter("visits", not_among=("5",)), ["a", "01", "1", "ü"]),
    (CustomerFilter("zip", among=("53111",)), ["b", "01"]),
    (CustomerFilter("zip", min=60000), ["1"]),
    (CustomerFilter("score", min=1.5), ["b", "a", "1"]),
    (CustomerFilter("score", among=("1,5",)), ["b"]),
    (CustomerFilter("joined", since=datetime(2024, 1, 31, tzinfo=UTC)), ["b", "a", "ü"]),
    (CustomerFilter("joined", since=datetime(2024, 1, 31, 0, 0, 1, tzinfo=UTC)), ["a", "ü"]),
    (CustomerFilter("joined", until=datetime(2024, 1, 31)), ["b", "01"]),  # noqa: DTZ001  # that is UTC
    (
        CustomerFilter("joined", until=datetime(2024, 1, 31, tzinfo=timezone(timedelta(hours=1)))),
        ["01"],
    ),
    (CustomerFilter("id", among=("01",)), ["01"]),
]


@pytest.mark.parametrize(("given", "expected"), FILTERS)
async def test_a_filter_lets_through_those_for_whom_all_of_it_holds(
    runtime: Runtime, given: CustomerFilter, expected: list[str]
) -> None:
    assert await keys(runtime, given) == expected


async def test_several_filters_let_through_those_for_whom_all_hold(runtime: Runtime) -> None:
    assert await keys(
        runtime, CustomerFilter("city", among=("Bonn",)), CustomerFilter("visits", missing=True)
    ) == ["01"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (CustomerFilter("town", contains="x"), "column"),
        (CustomerFilter("city"), None),
        (CustomerFilter("city", min=1), "min"),
        (CustomerFilter("joined", max=1), "max"),
        (CustomerFilter("visits", since=datetime(2024, 1, 1, tzinfo=UTC)), "since"),
        (CustomerFilter("city", until=datetime(2024, 1, 1, tzinfo=UTC)), "until"),
        (CustomerFilter("visits", min=2, max=1), "min"),
        (
            CustomerFilter(
                "joined", since=datetime(2024, 1, 2, tzinfo=UTC), until=datetime(2024, 1, 1, tzinfo=UTC)
            ),
            "since",
        ),
        (CustomerFilter("city", among=()), "in"),
        (CustomerFilter("city", not_among=()), "notIn"),
        (CustomerFilter("visits", among=("5", "five")), "in"),
        (CustomerFilter("visits", among=("1_2",)), "in"),
        (CustomerFilter("visits", not_among=("inf",)), "notIn"),
        (CustomerFilter("visits", contains="5"), "contains"),
        (CustomerFilter("city", contains=""), "contains"),
    ],
)
async def test_a_filter_that_does_not_fit_is_refused_with_its_path(
    runtime: Runtime, given: CustomerFilter, path: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        await keys(runtime, CustomerFilter("city", missing=False), given)
    assert refused.value.path == (("filter", "1", path) if path else ("filter", "1"))


@pytest.mark.parametrize(
    ("column", "ascending", "descending"),
    [
        ("visits", ["ü", "1", "b", "a", "01"], ["a", "b", "1", "ü", "01"]),
        ("zip", ["a", "b", "01", "1", "ü"], ["1", "b", "01", "a", "ü"]),
        ("score", ["ü", "b", "1", "a", "01"], ["a", "1", "b", "ü", "01"]),
        ("joined", ["01", "b", "a", "ü", "1"], ["ü", "a", "b", "01", "1"]),
        ("city", ["b", "01", "a", "1", "ü"], ["1", "a", "b", "01", "ü"]),
        ("id", ["01", "1", "a", "b", "ü"], ["ü", "b", "a", "1", "01"]),
    ],
)
async def test_customers_are_sorted_by_what_a_column_was_read_as_the_missing_last(
    runtime: Runtime, column: str, ascending: list[str], descending: list[str]
) -> None:
    assert await keys(runtime, order=CustomerOrder(column)) == ascending
    assert await keys(runtime, order=CustomerOrder(column, SortDirection.DESCENDING)) == descending
    some = CustomerFilter("id", not_among=("a",))
    assert await keys(runtime, some, order=CustomerOrder(column)) == [key for key in ascending if key != "a"]


async def test_an_order_by_an_unknown_column_is_refused_with_its_path(runtime: Runtime) -> None:
    with pytest.raises(Invalid) as refused:
        await keys(runtime, order=CustomerOrder("town"))
    assert refused.value.path == ("orderBy", "column")


async def test_the_same_search_reads_the_table_once(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = dataset_of(runtime)
    searched = (CustomerFilter("city", among=("Bonn",)),)
    first = await search(runtime, dataset, searched, None)
    read: list[int] = []
    group = StoredTable.group

    def counted(self: StoredTable, number: int, columns: Any = None) -> pa.Table:
        read.append(number)
        return group(self, number, columns)

    monkeypatch.setattr(StoredTable, "group", counted)
    again = await search(runtime, dataset, searched, None)
    other = await search(runtime, dataset, searched, CustomerOrder("visits"))

    assert np.array_equal(first, again)
    assert (other.tolist(), len(read)) == ([0, 2], 2)
