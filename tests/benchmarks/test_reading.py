"""Whether a page deep in a large dataset costs what the first page costs."""

import io
from statistics import median
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pytest

from domain.tables import planted
from tests.benchmarks.customers import customers, table
from tests.benchmarks.measuring import Report, milliseconds, timing
from tests.servers.api import Api
from tests.servers.running import Server

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 1_000_000
MILLIONS = 4_000_000
PAGE = 100
STRIDE = 10_000
REPEATS = 15
CLUSTERED = ("age", "annual_income")

Row: TypeAlias = dict[str, Any]


async def test_pages_deep_in_a_dataset_and_in_a_segment_hold_whom_they_should(
    api: Api, server: Server, report: Report
) -> None:
    dataset = await api.dataset(customers(ROWS))
    deep = await from_the_end(api, "Dataset", dataset, strides=10)
    (first, last), (at_first, at_last) = await pages(api, "Dataset", dataset, deep)
    assert first == table(ROWS).slice(0, PAGE).to_pylist()
    # The cursor is that of row 900,000, and what is read comes after it.
    assert last == table(ROWS).slice(900_001, PAGE).to_pylist()
    report.compare(
        f"customers(first: {PAGE}) from row 900,001 of {ROWS:,}", at_last, "row 0", at_first, milliseconds
    )

    segment = await largest_segment(api, dataset)
    deep = await from_the_end(api, "Segment", segment["id"], strides=2)
    (typical, far), (at_typical, at_far) = await pages(api, "Segment", segment["id"], deep)
    people = typical + far
    assert people == rows_of([row["customer_id"] for row in people]).to_pylist()
    assert len({row["customer_id"] for row in people}) == 2 * PAGE
    report.compare(
        f"customers(first: {PAGE}) of a segment of {segment['size']:,}, 20,000 from its end",
        at_far,
        "its first",
        at_typical,
        milliseconds,
    )
    report.compare(
        f"customers(first: {PAGE}) of a segment", at_typical, "of the dataset", at_first, milliseconds
    )


async def test_pages_and_searches_in_four_million_customers_cost_what_the_first_page_costs(
    api: Api, server: Server, report: Report
) -> None:
    people = planted.generate(MILLIONS, 0).select(["customer_id", "age", "preferred_channel"])
    file = io.BytesIO()
    planted.write_csv(people, file)
    dataset = await api.dataset(file.getvalue())
    deep = await from_the_end(api, "Dataset", dataset, strides=25)
    (first, last), (at_first, at_last) = await pages(api, "Dataset", dataset, deep)
    assert first == people.slice(0, PAGE).to_pylist()
    assert last == people.slice(3_750_001, PAGE).to_pylist()
    beside = f"row 0 of {MILLIONS:,}"
    report.compare(f"customers(first: {PAGE}) from row 3,750,001", at_last, beside, at_first, milliseconds)

    key = people["customer_id"][3_999_998].as_py()
    found: list[float] = []
    for _ in range(REPEATS):
        with timing(found):
            customer = (await api.node("Dataset", dataset, f'customer(key: "{key}") {{ key }}'))["customer"]
        assert customer == {"key": key}
    report.compare("customer(key)", median(found), f"customers(first: {PAGE})", at_first, milliseconds)

    by_age = f'customers(first: {PAGE}, orderBy: {{column: "age"}})'
    search = f"{by_age} {{ totalCount edges {{ node {{ key }} }} }}"
    sorting: list[float] = []
    for _ in range(REPEATS):
        with timing(sorting):
            sorted_ = (await api.node("Dataset", dataset, search))["customers"]
    assert sorted_["totalCount"] == MILLIONS
    what = "the first customers by age, the first time"
    report.compare(what, sorting[0], "unsorted", at_first, milliseconds)
    report.compare("the same, again", median(sorting[1:]), "unsorted", at_first, milliseconds)


async def largest_segment(api: Api, dataset: str) -> Row:
    """Train on two columns only: it is the pages that are measured."""
    roles = [{"name": name, "role": "IGNORED"} for name in table(ROWS).column_names if name not in CLUSTERED]
    algorithm = {"kmeans": {"clusterCount": 2}}
    run = await api.run(dataset, columns=roles, algorithm=algorithm, selection="segments { id size }")
    assert sum(each["size"] for each in run["segments"]) == ROWS
    segment: Row = max(run["segments"], key=lambda each: each["size"])
    return segment


async def from_the_end(api: Api, kind: str, key: str, strides: int) -> str:
    """Walk back from the end, 10,000 customers a stride, and answer the cursor that is come to."""
    before = ""
    for _ in range(strides):
        page = f"customers(last: {STRIDE}{before}) {{ pageInfo {{ startCursor }} }}"
        cursor: str = (await api.node(kind, key, page))["customers"]["pageInfo"]["startCursor"]
        before = f', before: "{cursor}"'
    return cursor


async def pages(api: Api, kind: str, key: str, cursor: str) -> tuple[list[list[Row]], list[float]]:
    """Read the first page and the one after a cursor, in turns; answer both, and their median seconds."""
    times: tuple[list[float], list[float]] = ([], [])
    found: list[list[Row]] = [[], []]
    for _ in range(REPEATS):
        for place, after in enumerate(("", f', after: "{cursor}"')):
            with timing(times[place]):
                selection = f"customers(first: {PAGE}{after}) {{ edges {{ node {{ attributes }} }} }}"
                page = (await api.node(kind, key, selection))["customers"]
            found[place] = [edge["node"]["attributes"] for edge in page["edges"]]
    return found, [median(each) for each in times]


def rows_of(keys: list[str]) -> pa.Table:
    """The generated rows of these customers, who are numbered from 1."""
    return table(ROWS).take(np.array([int(key.removeprefix("C-")) - 1 for key in keys]))
