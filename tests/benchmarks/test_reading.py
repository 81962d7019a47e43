"""Whether a page deep in a large dataset costs what the first page costs."""

import re
from statistics import median
from typing import Any

import pytest

from tests.benchmarks.customers import customers
from tests.benchmarks.measuring import Report, milliseconds, timing
from tests.servers.api import Api, Server

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 1_000_000
DEEP = 900_000
PAGE = 100
STRIDE = 10_000
REPEATS = 15


async def test_a_deep_page_holds_its_customers_as_the_first_does(
    api: Api, server: Server, report: Report
) -> None:
    dataset = await api.dataset(customers(ROWS))
    deep = await cursor(api, "Dataset", dataset, ROWS - DEEP)
    shallow, at_row = await read(api, "Dataset", dataset), await read(api, "Dataset", dataset, deep)
    assert shallow.keys == [f"C-{row:06d}" for row in range(1, PAGE + 1)]
    assert at_row.keys == [f"C-{row}" for row in range(DEEP + 2, DEEP + PAGE + 2)]
    report.compare(
        f"customers(first: {PAGE}) at row {DEEP:,} of {ROWS:,}",
        at_row.seconds,
        "at row 0",
        shallow.seconds,
        milliseconds,
    )
