import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from domain.settings import Settings, load
from domain.terms.access import Denial
from graph.serving import connection
from graph.serving.connection import MAX_MESSAGES

SUBPROTOCOL = "graphql-transport-ws"
FOREVER = "subscription ($key: String!) { forever(key: $key) }"


@contextmanager
def opened(address: str, subprotocols: list[str] | None = None, **options: Any) -> Iterator[ClientConnection]:
    subprotocols = [SUBPROTOCOL] if subprotocols is None else subprotocols
    with connect(f"ws://{address}/graphql", subprotocols=subprotocols or None, **options) as socket:  # type: ignore[arg-type]  # plain strings are what they are
        yield socket


@contextmanager
def acknowledged(address: str, payload: object = None, **options: Any) -> Iterator[ClientConnection]:
    with opened(address, **options) as socket:
        send(socket, type="connection_init", **({} if payload is None else {"payload": payload}))
        assert receive(socket) == {"type": "connection_ack"}
        yield socket


def send(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def receive(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=20))


def subscribe(socket: ClientConnection, id: str, query: str, **payload: Any) -> None:
    send(socket, type="subscribe", id=id, payload={"query": query, **payload})


def closed(socket: ClientConnection) -> tuple[int, str]:
    with suppress(ConnectionClosed):
        for _ in socket:
            pass  # what was said before
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


def test_a_subscription_is_told_event_by_event_and_completes(address: str) -> None:
    with acknowledged(address) as socket:
        assert socket.subprotocol == SUBPROTOCOL
        subscribe(socket, "1", "subscription ($to: Int!) { count(to: $to) }", variables={"to": 2})
        assert [receive(socket) for _ in range(3)] == [
            {"type": "next", "id": "1", "payload": {"data": {"count": 0}}},
            {"type": "next", "id": "1", "payload": {"data": {"count": 1}}},
            {"type": "complete", "id": "1"},
        ]


def test_queries_and_mutations_run_too(address: str) -> None:
    with acknowledged(address) as socket:
        for query, data in (
            ("{ hello }", {"hello": "hello world"}),
            ('mutation { change(to: "a") }', {"change": "a"}),
        ):
            subscribe(socket, "1", query)
            assert receive(socket) == {"type": "next", "id": "1", "payload": {"data": data}}
            assert receive(socket) == {"type": "complete", "id": "1"}


def test_the_named_one_of_several_operations_runs(address: str) -> None:
    with acknowledged(address) as socket:
        subscribe(socket, "1", "query a { hello } query b { atOnce }", operationName="b")
        assert receive(socket)["payload"] == {"data": {"atOnce": "at once"}}


@pytest.mark.parametrize(
    "payload",
    [
        {"Authorization": "Bearer ada"},
        {"authorization": "bearer ada"},
        {"X-API-Key": "ada"},
        {"x-api-key": " ada "},
        {"AUTHORIZATION": "BEARER ada", "other": 1},
    ],
)
def test_who_the_client_says_it_is_at_first_holds_for_every_operation(
    address: str, payload: dict[str, object]
) -> None:
    with acknowledged(address, payload) as socket:
        for id_ in ("1", "2"):
            subscribe(socket, id_, "{ me membersOnly }")
            assert receive(socket)["payload"] == {"data": {"me": "ada", "membersOnly": "welcome"}}
            receive(socket)


def test_who_the_handshake_says_it_is_holds_where_the_client_says_nothing_at_first(address: str) -> None:
    headers = {"X-API-Key": "ada"}
    for payload, name in ((None, "ada"), ({"more": 1}, "ada"), ({"authorization": "Bearer eva"}, "eva")):
        with acknowledged(address, payload, additional_headers=headers) as socket:
            subscribe(socket, "1", "{ me }")
            assert receive(socket)["payload"] == {"data": {"me": name}}


def test_who_shows_nothing_is_let_in_for_what_is_open_to_anyone(address: str, witness: Any) -> None:
    with acknowledged(address) as socket:
        subscribe(socket, "1", "{ hello membersOnly }")
        message = receive(socket)
        assert (message["type"], message["id"]) == ("error", "1")
        assert message["payload"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
        assert witness.calls == []
        subscribe(socket, "2", "{ me }")
        assert receive(socket)["payload"] == {"data": {"me": None}}


def test_too_low_a_role_is_the_error_of_its_operation(address: str, witness: Any) -> None:
    with acknowledged(address, {"X-API-Key": "ada"}) as socket:
        subscribe(socket, "1", "{ hello secret }")
        message = receive(socket)
        assert (message["type"], message["id"]) == ("error", "1")
        assert message["payload"][0]["extensions"] == {"code": "FORBIDDEN", "requiredRole": "ADMIN"}
        assert witness.calls == []


@pytest.mark.parametrize(
    ("payload", "headers"), [({"Authorization": "Bearer wrong"}, {}), ({}, {"X-API-Key": "wrong"})]
)
def test_a_token_that_does_not_hold_is_closed_with_4403(
    address: str, witness: Any, payload: dict[str, str], headers: dict[str, str]
) -> None:
    with opened(address, additional_headers=headers) as socket:
        send(socket, type="connection_init", payload=payload)
        # The server may have closed by then.
        with suppress(ConnectionClosed):
            subscribe(socket, "1", "{ hello }")
        code, reason = closed(socket)
        assert code == 4403
        assert reason.startswith("Forbidden: What was sent in Authorization or X-API-Key is no token or key")
        assert len(reason.encode()) <= 123
    assert witness.calls == []


def test_a_failure_to_find_out_who_connects_is_closed_as_what_passes_and_masked(address: str) -> None:
    with opened(address) as socket:
        send(socket, type="connection_init", payload={"X-API-Key": "broken"})
        assert closed(socket) == (1013, "Internal error: try again later")


@pytest.mark.parametrize("denial", list(Denial))
def test_a_session_that_ends_closes_its_connection_with_4403_and_what_it_watches(
    address: str, witness: Any, door: Any, denial: Denial
) -> None:
    name = f"leaving a socket, {denial}"
    keys = [witness.watch(f"{name} {n}") for n in range(2)]
    with acknowledged(address, {"X-API-Key": name}) as socket, acknowledged(address) as other:
        for key in keys:
            subscribe(
                socket,
                key,
                "subscription ($key: String!) { members(key: $key) }",
                variables={"key": key},
            )
            assert receive(socket)["payload"] == {"data": {"members": "open"}}
        door.end(name, denial)
        code, reason = closed(socket)
        assert (code, reason[:11]) == (4403, "Forbidden: ")
        assert all(witness.closed[key].wait(10) for key in keys)
        subscribe(other, "1", "{ hello }")
        assert receive(other)["type"] == "next"


def test_what_is_under_way_when_a_session_ends_is_answered_before_the_connection_is_closed(
    address: str, witness: Any, door: Any
) -> None:
    name = "signing out"
    mutation, watched = witness.watch(f"{name}, a mutation"), witness.watch(f"{name}, watched")
    with acknowledged(address, {"X-API-Key": name}) as socket:
        subscribe(
            socket,
            "2",
            "subscription ($key: String!) { members(key: $key) }",
            variables={"key": watched},
        )
        assert receive(socket)["type"] == "next"
        subscribe(
            socket, "1", "mutation ($key: String!) { takeLong(key: $key) }", variables={"key": mutation}
        )
        assert witness.opened[mutation].wait(10)
        door.end(name)
        # What is watched ends at once, and nothing new is begun.
        assert witness.closed[watched].wait(10)
        subscribe(socket, "3", 'mutation { change(to: "too late") }')
        send(socket, type="ping")
        assert receive(socket) == {"type": "pong"}
        witness.closed[mutation].set()
        assert [receive(socket) for _ in range(2)] == [
            {"type": "next", "id": "1", "payload": {"data": {"takeLong": "done"}}},
            {"type": "complete", "id": "1"},
        ]
        assert closed(socket)[0] == 4403
    assert witness.calls == [f"took long {mutation}"]


def test_what_takes_too_long_after_a_session_has_ended_is_not_waited_for(
    address: str, witness: Any, door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PARTING_SECONDS", 0.1)
    name = "signed out long ago"
    key = witness.watch(name)
    with acknowledged(address, {"X-API-Key": name}) as socket:
        subscribe(socket, "1", "mutation ($key: String!) { takeLong(key: $key) }", variables={"key": key})
        assert witness.opened[key].wait(10)
        door.end(name)
        with pytest.raises(ConnectionClosed):
            receive(socket)
        assert socket.close_code == 4403
    witness.closed[key].set()


def test_who_asks_too_often_is_told_so_by_the_operation(address: str, door: Any) -> None:
    door.left["hasty socket"] = 1
    with acknowledged(address, {"X-API-Key": "hasty socket"}) as socket:
        subscribe(socket, "1", "{ me }")
        assert [receive(socket)["type"] for _ in range(2)] == ["next", "complete"]
        subscribe(socket, "2", "{ me }")
        assert receive(socket) == {
            "type": "error",
            "id": "2",
            "payload": [
                {"message": "that is enough: wait", "extensions": {"code": "RATE_LIMITED", "retryAfter": 7}}
            ],
        }


def test_subscriptions_of_a_caller_are_capped_over_all_its_connections(address: str, witness: Any) -> None:
    keys = [witness.watch(f"cap {n}") for n in range(4)]
    members = "subscription ($key: String!) { members(key: $key) }"
    shown = {"X-API-Key": "in two windows"}
    with acknowledged(address, shown) as one, acknowledged(address, shown) as other:
        for socket, key in zip((one, one, other), keys, strict=False):
            subscribe(socket, key, members, variables={"key": key})
            assert receive(socket)["type"] == "next"
        subscribe(other, "4", members, variables={"key": keys[3]})
        refused = receive(other)
        assert (refused["type"], refused["id"]) == ("error", "4")
        assert refused["payload"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 5}
        assert not witness.opened[keys[3]].is_set()
        subscribe(other, "a query", "{ me }")
        assert [receive(other)["type"] for _ in range(2)] == ["next", "complete"]

        send(one, type="complete", id=keys[0])
        assert witness.closed[keys[0]].wait(10)
        # The place is free a moment after the source is closed.
        deadline = time.monotonic() + 10
        answer = refused
        while answer["type"] == "error" and time.monotonic() < deadline:
            subscribe(other, "5", members, variables={"key": keys[3]})
            answer = receive(other)
        assert answer == {"type": "next", "id": "5", "payload": {"data": {"members": "open"}}}


def test_a_client_that_never_stops_talking_is_closed_with_1008(address: str) -> None:
    # More than two minutes may have, so that it makes no odds when one begins.
    with acknowledged(address) as socket, suppress(ConnectionClosed):
        for _ in range(2 * MAX_MESSAGES + 1):
            send(socket, type="pong")
    assert closed(socket) == (1008, "More than 1200 messages a minute")


def test_as_many_messages_as_allowed_are_taken(address: str) -> None:
    with acknowledged(address) as socket:
        for _ in range(MAX_MESSAGES - 2):
            send(socket, type="pong")
        subscribe(socket, "1", "{ hello }")
        assert receive(socket)["type"] == "next"


@pytest.mark.parametrize("subprotocols", [[], ["graphql-ws"], ["mqtt", "graphql-ws"]])
def test_another_subprotocol_is_closed_with_4406(address: str, subprotocols: list[str]) -> None:
    with opened(address, subprotocols) as socket:
        assert closed(socket) == (4406, "Subprotocol not acceptable: use graphql-transport-ws")


def test_ours_is_chosen_from_several_subprotocols(address: str) -> None:
    with opened(address, ["graphql-ws", SUBPROTOCOL]) as socket:
        assert socket.subprotocol == SUBPROTOCOL


def test_a_client_that_does_not_begin_is_closed_with_4408(serve: Any, small_settings: Settings) -> None:
    with serve(small_settings, init_timeout=0.05) as address, opened(address) as socket:
        assert closed(socket) == (4408, "Connection initialisation timeout")


def test_a_second_beginning_is_closed_with_4429(address: str) -> None:
    with acknowledged(address) as socket:
        send(socket, type="connection_init")
        assert closed(socket) == (4429, "Too many initialisation requests")


def test_an_operation_before_the_beginning_is_closed_with_4401(address: str, witness: Any) -> None:
    with opened(address) as socket:
        subscribe(socket, "1", "{ hello }")
        assert closed(socket) == (4401, "Unauthorized")
    assert witness.calls == []


def test_an_id_that_is_taken_is_closed_with_4409(address: str, witness: Any) -> None:
    key = witness.watch("taken")
    with acknowledged(address) as socket:
        subscribe(socket, "one", FOREVER, variables={"key": key})
        subscribe(socket, "one", "{ hello }")
        assert closed(socket) == (4409, "Subscriber for one already exists")
    assert not witness.opened[key].is_set() or witness.closed[key].wait(10)


def test_an_id_is_free_again_when_its_operation_is_over(address: str) -> None:
    with acknowledged(address) as socket:
        for _ in range(50):
            subscribe(socket, "1", "{ hello }")
            assert receive(socket)["type"] == "next"
            assert receive(socket) == {"type": "complete", "id": "1"}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "null",
        "1",
        "[]",
        '"ping"',
        "{}",
        '{"type": 1}',
        '{"type": null}',
        '{"type": "start", "id": "1", "payload": {"query": "{ hello }"}}',
        '{"type": "next", "id": "1"}',
        '{"type": "ping", "payload": 1}',
        '{"type": "pong", "payload": []}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": {}, "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": "{ hello }"}',
        '{"type": "subscribe", "id": "1", "payload": []}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "extensions": ""}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": {"a": NaN}}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": {"a": "\\ud800"}}}',
        '{"type": "complete"}',
        '{"type": "complete", "id": 1}',
        '{"type": "' + "ö" * 500 + '"}',
        "[" * 20_000,
        b'{"type": "ping"}',
        '{"type": "ping"}' + " " * 100_000,
    ],
)
def test_a_message_that_is_not_of_the_protocol_is_closed_with_4400_and_a_reason(
    address: str, message: str | bytes
) -> None:
    with acknowledged(address) as socket:
        socket.send(message)
        code, reason = closed(socket)
        assert code == 4400
        assert reason


@pytest.mark.parametrize("payload", ["[]", '"a"', "1", "false"])
def test_a_beginning_with_a_payload_that_is_no_object_is_closed_with_4400(address: str, payload: str) -> None:
    with opened(address) as socket:
        socket.send(f'{{"type": "connection_init", "payload": {payload}}}')
        assert closed(socket) == (
            4400,
            "Invalid message: The payload of connection_init should be an object.",
        )


def test_a_ping_is_answered_by_a_pong_with_its_payload(address: str) -> None:
    with opened(address) as socket:
        send(socket, type="ping")
        assert receive(socket) == {"type": "pong"}
        send(socket, type="ping", payload={"a": 1})
        assert receive(socket) == {"type": "pong", "payload": {"a": 1}}


def test_the_server_pings_and_takes_pongs(serve: Any, small_settings: Settings) -> None:
    with serve(small_settings, ping_interval=0.02) as address, acknowledged(address) as socket:
        for _ in range(3):
            assert receive(socket) == {"type": "ping"}
            send(socket, type="pong", payload={})


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query ($n: String!) { hello(name: $n) }"}, "BAD_USER_INPUT"),
        ({"query": "query a { hello } query b { hello }"}, "BAD_REQUEST"),
    ],
)
def test_what_is_wrong_with_an_operation_is_its_error_and_the_socket_stays_open(
    address: str, payload: dict[str, Any], code: str
) -> None:
    with acknowledged(address) as socket:
        send(socket, type="subscribe", id="1", payload=payload)
        message = receive(socket)
        assert (message["type"], message["id"]) == ("error", "1")
        assert message["payload"][0]["extensions"]["code"] == code
        subscribe(socket, "1", "{ hello }")
        assert receive(socket)["payload"] == {"data": {"hello": "hello world"}}


def test_a_source_that_breaks_ends_in_a_masked_error(address: str) -> None:
    with acknowledged(address) as socket:
        subscribe(socket, "1", "subscription { breaks }")
        assert receive(socket)["payload"] == {"data": {"breaks": 1}}
        message = receive(socket)
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "INTERNAL"
        assert "hunter2" not in json.dumps(message)


def test_an_answer_that_json_cannot_hold_is_a_masked_error(address: str) -> None:
    with acknowledged(address) as socket:
        subscribe(socket, "1", "{ unwritable }")
        message = receive(socket)
        assert (message["type"], message["id"]) == ("next", "1")
        assert message["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"


def test_a_client_that_completes_closes_the_source(address: str, witness: Any) -> None:
    key = witness.watch("completed")
    with acknowledged(address) as socket:
        subscribe(socket, "1", FOREVER, variables={"key": key})
        assert receive(socket)["payload"] == {"data": {"forever": "open"}}
        send(socket, type="complete", id="1")
        assert witness.closed[key].wait(10)
        send(socket, type="ping")
        assert receive(socket) == {"type": "pong"}


def test_completing_what_is_not_there_does_nothing(address: str) -> None:
    with acknowledged(address) as socket:
        send(socket, type="complete", id="none")
        send(socket, type="ping")
        assert receive(socket) == {"type": "pong"}


def test_a_client_that_goes_closes_all_its_sources_and_is_no_failure(
    address: str, witness: Any, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [witness.watch(f"gone {n}") for n in range(3)]
    with caplog.at_level(logging.WARNING), acknowledged(address) as socket:
        for key in keys:
            subscribe(socket, key, FOREVER, variables={"key": key})
            assert receive(socket)["payload"] == {"data": {"forever": "open"}}
        socket.socket.close()
        for key in keys:
            assert witness.closed[key].wait(10)
    # The client under test complains of itself: only the server's own words count.
    assert [record for record in caplog.records if not record.name.startswith("websockets")] == []


def test_more_operations_than_allowed_are_refused_one_by_one(address: str, witness: Any, door: Any) -> None:
    keys = [witness.watch(f"limit {n}") for n in range(3)]
    with acknowledged(address, {"X-API-Key": "many at once"}) as socket:
        for key in keys:
            subscribe(socket, key, FOREVER, variables={"key": key})
            assert receive(socket)["type"] == "next"
        subscribe(socket, "4", "{ hello }")
        message = receive(socket)
        assert (message["type"], message["id"]) == ("error", "4")
        assert message["payload"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 5}
        assert "SEGMENTGRAPH_MAX_SUBSCRIPTIONS" in message["payload"][0]["message"]
        send(socket, type="complete", id=keys[0])
        subscribe(socket, "5", "{ hello }")
        assert receive(socket) == {"type": "next", "id": "5", "payload": {"data": {"hello": "hello world"}}}
    assert [each for each in door.told if each[0] == "many at once"] == [
        ("many at once", "request", "RATE_LIMITED")
    ]


def test_a_client_that_reads_slowly_holds_its_source_up(address: str, witness: Any) -> None:
    key = witness.watch("flood")
    # A buffer of one message on the client's side: after that, its TCP window closes.
    with acknowledged(address, max_queue=1, compression=None, close_timeout=0.1) as socket:
        subscribe(socket, "1", "subscription ($key: String!) { flood(key: $key) }", variables={"key": key})
        assert receive(socket)["type"] == "next"
        made = _settled(lambda: len(witness.calls))
        # What the buffers of both systems and the server's own take, and no more: 20 MB at most.
        assert made < 200
    assert witness.closed[key].wait(10)


def _settled(measure: Any, looks: int = 200_000) -> int:
    """The measure, once it has not moved for many looks."""
    last, same = measure(), 0
    while same < looks:
        now = measure()
        last, same = now, same + 1 if now == last else 0
    return int(last)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
def test_a_page_of_a_foreign_origin_is_refused_at_the_handshake(address: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught, opened(address, origin=origin):
        pass
    assert caught.value.response.status_code == 403


def test_a_page_of_our_own_host_or_of_an_allowed_origin_is_welcome(address: str) -> None:
    for origin in (f"http://{address}", "https://allowed.example"):
        with acknowledged(address, origin=origin) as socket:
            subscribe(socket, "1", "{ hello }")
            assert receive(socket)["type"] == "next"


def test_a_page_at_the_public_address_is_welcome_whatever_host_a_proxy_hands_on(
    tmp_path: Path, serve: Any
) -> None:
    with serve(load(data_dir=tmp_path, public_url="https://segments.example:8443")) as address:
        with acknowledged(address, origin="https://segments.example:8443") as socket:
            subscribe(socket, "1", "{ hello }")
            assert receive(socket)["type"] == "next"
        for origin in ("https://segments.example", "http://segments.example:8443", "null"):
            with pytest.raises(InvalidStatus) as caught, opened(address, origin=origin):
                pass
            assert caught.value.response.status_code == 403


def test_the_handshake_is_answered_with_a_request_id(address: str) -> None:
    with opened(address, additional_headers={"X-Request-ID": "trace-2"}) as socket:
        assert socket.response is not None
        assert socket.response.headers["X-Request-ID"] == "trace-2"
