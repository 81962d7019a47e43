import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from domain.settings import Settings
from domain.terms.access import Denial

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


@pytest.mark.parametrize(
    ("denial", "says"),
    [(Denial.EXPIRED, "has expired: refresh the session"), (Denial.ENDED, "has been ended: sign in again")],
)
def test_a_subscription_ends_with_the_session_and_says_so(
    url: str, witness: Any, door: Any, denial: Denial, says: str
) -> None:
    name = f"leaving, {denial}"
    key = witness.watch(name)
    body = {"query": "subscription ($key: String!) { members(key: $key) }", "variables": {"key": key}}
    with httpx.stream("POST", url, json=body, headers={**STREAM, "X-API-Key": name}, timeout=30) as response:
        lines = response.iter_lines()
        assert _until(lines, "data: ") == 'data: {"data":{"members":"open"}}'
        door.end(name, denial)
        last = json.loads(_until(lines, "data: ").removeprefix("data: "))
        rest = [line for line in lines if line]

    (error,) = last["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED", "reason": denial.value}
    assert says in error["message"]
    assert "data" not in last
    assert rest == ["event: complete", "data:"]
    assert witness.closed[key].wait(10)


def test_a_subscription_of_who_is_signed_out_lasts(url: str) -> None:
    assert len(events(ask(url, "subscription { count(to: 3) }"))) == 4


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "UNAUTHENTICATED"),
        ({"X-API-Key": "wrong"}, "UNAUTHENTICATED"),
        ({"X-API-Key": "broken"}, "INTERNAL"),
    ],
)
def test_a_subscription_that_is_refused_is_never_opened(
    url: str, witness: Any, headers: dict[str, str], code: str
) -> None:
    key = witness.watch(f"refused {headers}")
    (kind, payload), end = events(ask(url, f'subscription {{ members(key: "{key}") }}', **headers))

    assert (kind, end) == ("next", ("complete", None))
    assert payload["errors"][0]["extensions"]["code"] == code
    assert not witness.opened[key].is_set()


def test_more_subscriptions_than_a_caller_may_have_are_refused_until_one_is_over(
    url: str, witness: Any
) -> None:
    keys = [witness.watch(f"sse cap {n}") for n in range(4)]
    body = {"query": "subscription ($key: String!) { members(key: $key) }"}
    headers = {**STREAM, "X-API-Key": "greedy"}
    with ExitStack() as stack:
        streams = [
            stack.enter_context(
                httpx.stream("POST", url, json={**body, "variables": {"key": key}}, headers=headers)
            )
            for key in keys
        ]
        first = [json.loads(_until(each.iter_lines(), "data: ").removeprefix("data: ")) for each in streams]

    assert first[:3] == [{"data": {"members": "open"}}] * 3
    assert first[3]["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 5}
    assert [witness.opened[key].is_set() for key in keys] == [True, True, True, False]
    assert all(witness.closed[key].wait(10) for key in keys[:3])


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
