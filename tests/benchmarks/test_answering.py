"""Whether small queries keep being answered while the server has other work."""

import asyncio
import json

import numpy as np
import pytest

from tests.benchmarks.asking import QUERY, Asked, asked, asking
from tests.benchmarks.customers import customers
from tests.benchmarks.measuring import Report, milliseconds
from tests.servers.api import Api
from tests.servers.running import Server
from tests.servers.signing_in import signed_in

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.parametrize("server", ["sqlite", "postgres"], indirect=True),
]

IDLE_QUESTIONS = 250
TRAINED_ROWS = 10_000
IMPORTED_ROWS = 200_000
IMPORTS = 6


async def test_small_queries_are_answered_rightly_during_a_training_and_during_imports(
    api: Api, server: Server, report: Report, request: pytest.FixtureRequest
) -> None:
    database = request.node.callspec.params["server"]
    for number in range(10):
        await api.dataset(customers(200), name=f"Customers {number}")
    crowd = await api.dataset(customers(TRAINED_ROWS))
    await api.run(await api.dataset(customers(200)))  # the workers are up by then
    listed = await told(api)
    shown = signed_in(server.url)["Authorization"]

    idle = await asyncio.to_thread(asked, server.url, IDLE_QUESTIONS, shown)
    with asking(server.url, shown) as training:
        run = await api.run(crowd, algorithm={"hierarchical": {"linkage": "WARD"}}, selection="status")
    between = await asyncio.to_thread(asked, server.url, IDLE_QUESTIONS, shown)
    idle.seconds += between.seconds

    assert run == {"status": "SUCCEEDED"}
    assert [as_told(each) for each in idle.answers | training.answers | between.answers] == [listed]

    states = [listed]
    with asking(server.url, shown) as importing:
        for _ in range(IMPORTS):
            await api.dataset(customers(IMPORTED_ROWS))
            states.append(await told(api))
    assert all(as_told(each) in states for each in importing.answers)
    assert [edge["node"]["rowCount"] for edge in states[-1]["edges"][:IMPORTS]] == [IMPORTED_ROWS] * IMPORTS

    compare(report, f"{database}, a run trains (ward, {TRAINED_ROWS:,} rows)", training, idle)
    compare(report, f"{database}, uploads are imported ({IMPORTED_ROWS:,} rows each)", importing, idle)


async def told(api: Api) -> dict[str, list[dict[str, dict[str, int]]]]:
    """What the query should answer now."""
    answer: dict[str, list[dict[str, dict[str, int]]]] = (await api.ask(QUERY))["datasets"]
    return answer


def as_told(answer: str) -> object:
    """What an answer says; it says no errors."""
    said = json.loads(answer)
    assert said.keys() == {"data"}
    return said["data"]["datasets"]


def compare(report: Report, when: str, busy: Asked, idle: Asked) -> None:
    for percentile in (50, 99):
        report.compare(
            f"small query, p{percentile} of {len(busy.seconds)}, {when}",
            float(np.percentile(busy.seconds, percentile)),
            f"idle, p{percentile} of {len(idle.seconds)}",
            float(np.percentile(idle.seconds, percentile)),
            milliseconds,
        )
