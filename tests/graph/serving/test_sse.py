import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from domain.settings import Settings

STREAM = {"Accept": "text/event-stream", "Content-Type": "application/json"}


def events(response: httpx.Response) -> list[tuple[str, Any]]:
    return [_event(block) for block in response.text.split("\n\n") if block and not block.startswith(":")]


def _event(block: str) -> tuple[str, Any]:
    event, data = block.split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data:") or "null")


def ask(url: str, query: str, accept: str = "text/event-stream", **headers: str) -> httpx.Response:
    return httpx.post(url, json={"query": query}, headers={"Accept": accept, **headers}, timeout=30)


def test_a_subscription_is_streamed_as_next_events_and_a_complete(url: str) -> None:
    response = ask(url, "subscription { count(to: 2) }")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.text == (
        ":\n\n"
        'event: next\ndata: {"data":{"count":0}}\n\n'
        'event: next\ndata: {"data":{"count":1}}\n\n'
        "event: complete\ndata:\n\n"
    )


def test_queries_and_mutations_are_streamed_too(url: str) -> None:
    assert events(ask(url, "{ hello }")) == [("next", {"data": {"hello": "hello world"}}), ("complete", None)]
    assert events(ask(url, 'mutation { change(to: "b") }')) == [
        ("next", {"data": {"change": "b"}}),
        ("complete", None),
    ]


def test_a_subscription_may_be_asked_for_by_get(url: str) -> None:
    query = {"query": "subscription { count(to: 1) }"}
    response = httpx.get(url, params=query, headers={"Accept": "text/event-stream"})
    assert events(response) == [("next", {"data": {"count": 0}}), ("complete", None)]


@pytest.mark.parametrize(
    ("query", "code"), [("{", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED")]
)
def test_what_is_wrong_with_a_document_is_the_only_event_of_its_stream(
    url: str, query: str, code: str
) -> None:
    response = ask(url, query)
    (kind, payload), end = events(response)
    assert response.status_code == 200
    assert (kind, end) == ("next", ("complete", None))
    assert payload["errors"][0]["extensions"]["code"] == code
    assert "data" not in payload


def test_a_malformed_request_is_answered_as_json(url: str) -> None:
    response = httpx.post(url, content=b"nonsense", headers=STREAM)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "accept",
    [
        "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
        "application/json, text/event-stream",
    ],
)
def test_a_client_that_lists_the_stream_last_gets_json(url: str, accept: str) -> None:
    assert ask(url, "{ hello }", accept).json() == {"data": {"hello": "hello world"}}


def test_a_client_that_lists_the_stream_first_gets_one(url: str) -> None:
    assert len(events(ask(url, "{ hello }", "text/event-stream, application/json"))) == 2


def test_a_source_that_breaks_is_told_masked_and_ends_the_stream(url: str) -> None:
    response = ask(url, "subscription { breaks }")
    first, (kind, broken), end = events(response)
    assert first == ("next", {"data": {"breaks": 1}})
    assert kind == "next"
    assert broken["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert end == ("complete", None)
    assert "hunter2" not in response.text


def test_each_event_has_a_context_of_its_own(url: str) -> None:
    answered = [
        payload["data"]["loads"]["times"]
        for _, payload in events(ask(url, "subscription { loads { times } }"))[:-1]
    ]
    assert answered == [1, 1]


def test_a_client_that_goes_closes_the_source(url: str, witness: Any) -> None:
    key = witness.watch("sse gone")
    body = {"query": "subscription ($key: String!) { forever(key: $key) }", "variables": {"key": key}}
    with httpx.stream("POST", url, json=body, headers=STREAM, timeout=30) as response:
        lines = response.iter_lines()
        assert _until(lines, "data: ") == 'data: {"data":{"forever":"open"}}'
        assert not witness.closed[key].is_set()
    assert witness.closed[key].wait(10)


def test_a_silent_source_is_bridged_by_comments(serve: Any, small_settings: Settings, witness: Any) -> None:
    key = witness.watch("heartbeat")
    body = {"query": "subscription ($key: String!) { forever(key: $key) }", "variables": {"key": key}}
    with (
        serve(small_settings, heartbeat=0.05) as address,
        httpx.stream("POST", f"http://{address}/graphql", json=body, headers=STREAM, timeout=30) as response,
    ):
        lines = response.iter_lines()
        _until(lines, "data: ")
        assert [_until(lines, ":") for _ in range(3)] == [":", ":", ":"]


def _until(lines: Iterator[str], start: str) -> str:
    return next(line for line in lines if line.startswith(start))
