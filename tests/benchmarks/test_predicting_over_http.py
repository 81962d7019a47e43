"""How soon one customer is placed over HTTP, beside a query that does next to nothing, in the same run."""

import asyncio
import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

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

TRAINED_ROWS = 2_000
QUESTIONS = 500
MANY = 10_000
TRIVIAL = "{ viewer { id } }"
PREDICT = """mutation($input: PredictInput!) { predict(input: $input) {
  predictions { row segment { id name } confidence distance runnerUp { id } errors { message } }
  userErrors { message }
} }"""
BRIEFLY = """mutation($input: PredictInput!) { predict(input: $input) {
  predictions { segment { id } } userErrors { message }
} }"""


async def test_one_customer_is_placed_within_milliseconds(
    api: Api, server: Server, report: Report, request: pytest.FixtureRequest
) -> None:
    database = request.node.callspec.params["server"]
    dataset = await api.dataset(customers(TRAINED_ROWS))
    selection = "customers(first: 1) { edges { node { attributes } } }"
    (edge,) = (await api.node("Dataset", dataset, selection))["customers"]["edges"]
    customer = edge["node"]["attributes"]
    for name, algorithm in (
        ("kmeans", {"kmeans": {"clusterCount": 4}}),
        ("ward", {"hierarchical": {"clusterCount": 4}}),
    ):
        run = (await api.run(dataset, algorithm=algorithm))["id"]
        one = {"runId": run, "customers": [customer]}
        trivial, predict, remember = await asyncio.to_thread(
            answers,
            server.url,
            [
                {"query": TRIVIAL},
                {"query": PREDICT, "variables": {"input": one}},
                {"query": PREDICT, "variables": {"input": {**one, "remember": True}}},
            ],
            QUESTIONS,
        )
        for what, measured in (("placed", predict), ("placed and remembered", remember)):
            for percentile in (50, 99):
                report.compare(
                    f"one customer {what}, p{percentile} of {QUESTIONS}, {name}, {database}",
                    float(np.percentile(measured, percentile)),
                    f"trivial query, p{percentile}",
                    float(np.percentile(trivial, percentile)),
                    milliseconds,
                )
        many = {"runId": run, "customers": [customer] * MANY}
        (large,) = await asyncio.to_thread(
            answers, server.url, [{"query": BRIEFLY, "variables": {"input": many}}], 5
        )
        report.compare(
            f"{MANY:,} customers placed, p50 of 5, {name}, {database}",
            float(np.percentile(large, 50)),
            "trivial query, p50",
            float(np.percentile(trivial, 50)),
            milliseconds,
        )


def answers(url: str, bodies: list[dict[str, Any]], count: int) -> list[list[float]]:
    """Send each of the operations so many times, in turns, and give the seconds that each took."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    headers = {"Content-Type": "application/json", **signed_in(url)}
    contents = [json.dumps(body) for body in bodies]
    seconds: list[list[float]] = [[] for _ in bodies]
    # The first of each finds nothing made ready.
    for turn in range(count + 1):
        for content, found in zip(contents, seconds, strict=True):
            begun = time.perf_counter()
            connection.request("POST", "/graphql", content, headers)
            answer = json.loads(connection.getresponse().read())
            found.append(time.perf_counter() - begun)
            assert answer.keys() == {"data"}, answer
            if "predict" in answer["data"]:
                assert answer["data"]["predict"]["userErrors"] == [], answer
        if turn == 0:
            seconds = [[] for _ in bodies]
    connection.close()
    return seconds
