import json
import re
import socket
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.settings import load

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
PARSE_ERROR = {"query": "{"}
VALIDATION_ERROR = {"query": "{ nothing }"}
COERCION_ERROR = {"query": "query ($name: String!) { hello(name: $name) }", "variables": {"name": 1}}
AMBIGUOUS = {"query": "query a { hello } query b { hello }"}
TYPENAME = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
def client() -> Any:
    with httpx.Client(timeout=30) as client:
        yield client


def post(
    client: httpx.Client, url: str, body: Any, accept: str | None = GRAPHQL, **headers: str
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = client.build_request("POST", url, content=content, headers={"Content-Type": JSON, **headers})
    if accept is None:
        del request.headers["Accept"]
    else:
        request.headers["Accept"] = accept
    return client.send(request)


def code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (None, JSON),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL}, {JSON}, text/event-stream, multipart/mixed", GRAPHQL),
        ("text/html, */*;q=0.1", JSON),
        (f"*/*, {JSON};q=0", GRAPHQL),
    ],
)
def test_answers_in_the_media_type_that_is_accepted_most(
    client: httpx.Client, url: str, accept: str | None, answered: str
) -> None:
    response = post(client, url, TYPENAME, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("accept", ["text/html", "application/xml", f"{JSON};q=0", "image/*"])
def test_a_client_that_accepts_none_of_the_media_types_gets_406(
    client: httpx.Client, url: str, accept: str
) -> None:
    response = post(client, url, TYPENAME, accept)
    assert response.status_code == 406
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert code(response) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (PARSE_ERROR, "GRAPHQL_PARSE_FAILED"),
        (VALIDATION_ERROR, "GRAPHQL_VALIDATION_FAILED"),
        (COERCION_ERROR, "BAD_USER_INPUT"),
        (AMBIGUOUS, "BAD_REQUEST"),
        ({**AMBIGUOUS, "operationName": "c"}, "BAD_REQUEST"),
        ({"query": "subscription { count(to: 1) }"}, "BAD_REQUEST"),
    ],
)
def test_an_operation_that_cannot_run_is_400_in_the_new_media_type_and_200_in_the_old(
    client: httpx.Client, url: str, body: object, expected: str
) -> None:
    for accept, status in ((GRAPHQL, 400), (JSON, 200)):
        response = post(client, url, body, accept)
        assert response.status_code == status
        assert code(response) == expected
        assert "data" not in response.json()


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"{",
        b"null",
        b"1",
        b'"{ hello }"',
        b"[]",
        json.dumps([TYPENAME, TYPENAME]).encode(),
        b"{}",
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": 1}',
        b'{"query": ["{ hello }"]}',
        b'{"query": {"a": 1}}',
        b'{"query": true}',
        b'{"query": "{ hello }", "variables": "{}"}',
        b'{"query": "{ hello }", "variables": []}',
        b'{"query": "{ hello }", "variables": 0}',
        b'{"query": "{ hello }", "operationName": 1}',
        b'{"query": "{ hello }", "operationName": {}}',
        b'{"query": "{ hello }", "operationName": []}',
        b'{"query": "{ hello }", "extensions": "{}"}',
        b'{"query": "{ hello }", "extensions": false}',
        b'{"query": "{ hello }", "variables": {"a": NaN}}',
        b'{"query": "{ hello }", "variables": {"a": -Infinity}}',
        b'{"query": "{ hello }", "variables": {"a": 1e999}}',
        b'{"query": "{ hello }", "variables": {"a": ' + b"9" * 5000 + b"}}",
        b'{"query": "{ hello }", "variables": {"a": "\\ud800"}}',
        b'{"query": "{ hello }", "variables": {"\\uDFFF": 1}}',
        b'{"query": "{ hello }", "variables": {"a": "\xff"}}',
        b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}}",
        '{"query": "{ hello }"}'.encode("utf-16"),
        b"\xef\xbb\xbf" + b'{"query": "{ hello }"}',
    ],
)
def test_a_body_that_is_no_graphql_request_is_400_with_an_error_in_graphqls_shape(
    client: httpx.Client, url: str, accept: str, body: bytes
) -> None:
    response = post(client, url, body, accept)
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"
    assert "data" not in response.json()


def test_a_batch_is_refused_by_a_message_that_says_so(client: httpx.Client, url: str) -> None:
    message = post(client, url, [TYPENAME, TYPENAME]).json()["errors"][0]["message"]
    assert message == "Send one operation a request: batches, as a JSON array, are not taken."


@pytest.mark.parametrize("name", ["variables", "operationName", "extensions"])
def test_null_stands_for_a_parameter_that_is_not_there(client: httpx.Client, url: str, name: str) -> None:
    assert post(client, url, {**TYPENAME, name: None}).json() == {"data": {"__typename": "Query"}}


def test_a_surrogate_pair_is_a_character_like_any_other(client: httpx.Client, url: str) -> None:
    body = b'{"query": "query ($n: String!) { hello(name: $n) }", "variables": {"n": "\\ud83d\\ude00"}}'
    assert post(client, url, body).json() == {"data": {"hello": "hello 😀"}}


def test_extensions_may_be_any_object(client: httpx.Client, url: str) -> None:
    assert post(client, url, {**TYPENAME, "extensions": {"a": [1]}}).status_code == 200


def test_the_named_one_of_several_operations_runs(client: httpx.Client, url: str) -> None:
    body = {"query": "query a { hello } query b { atOnce }", "operationName": "b"}
    assert post(client, url, body).json() == {"data": {"atOnce": "at once"}}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/graphql",
        "",
        JSON + "; charset=latin-1",
    ],
)
def test_a_body_of_another_content_type_is_415_and_does_nothing(
    client: httpx.Client, url: str, witness: Any, content_type: str
) -> None:
    response = post(client, url, {"query": 'mutation { change(to: "x") }'}, **{"Content-Type": content_type})
    assert response.status_code == 415
    assert code(response) == "BAD_REQUEST"
    assert witness.calls == []


@pytest.mark.parametrize(
    "content_type", [JSON, JSON + "; charset=utf-8", JSON + ';charset="UTF-8"', "Application/JSON"]
)
def test_json_in_utf8_is_taken_however_it_is_announced(
    client: httpx.Client, url: str, content_type: str
) -> None:
    response = post(
        client, url, '{"query": "{ hello(name: \\"é\\") }"}'.encode(), **{"Content-Type": content_type}
    )
    assert response.json() == {"data": {"hello": "hello é"}}


def test_a_query_may_be_sent_by_get(client: httpx.Client, url: str) -> None:
    parameters = {
        "query": "query a($name: String!) { hello(name: $name) } query b { hello }",
        "operationName": "a",
        "variables": '{"name": "Ada"}',
        "extensions": "{}",
    }
    response = client.get(url, params=parameters, headers={"Accept": GRAPHQL})
    assert response.status_code == 200
    assert response.json() == {"data": {"hello": "hello Ada"}}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": ""},
        {"query": "{ hello }", "variables": "{"},
        {"query": "{ hello }", "variables": "[]"},
        {"query": "{ hello }", "variables": "NaN"},
        {"query": "{ hello }", "extensions": '"a"'},
    ],
)
def test_a_get_with_wrong_parameters_is_400(
    client: httpx.Client, url: str, parameters: dict[str, str]
) -> None:
    response = client.get(url, params=parameters, headers={"Accept": JSON})
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"


@pytest.mark.parametrize("accept", [GRAPHQL, JSON, "text/event-stream"])
def test_a_mutation_by_get_is_405_and_does_nothing(
    client: httpx.Client, url: str, witness: Any, accept: str
) -> None:
    response = client.get(url, params={"query": 'mutation { change(to: "x") }'}, headers={"Accept": accept})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert witness.calls == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_405(client: httpx.Client, url: str, method: str) -> None:
    response = client.request(method, url, headers={"Accept": JSON})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


def test_a_subscription_without_a_stream_is_told_where_to_go(client: httpx.Client, url: str) -> None:
    message = post(client, url, {"query": "subscription { count(to: 1) }"}).json()["errors"][0]["message"]
    assert "WebSocket (graphql-transport-ws)" in message
    assert "Accept: text/event-stream" in message


def test_a_browser_is_shown_the_page_and_a_client_is_not(client: httpx.Client, url: str) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = client.get(url, headers={"Accept": browser})
    assert page.text == "<h1>Explorer</h1>"
    assert client.get(url, params=TYPENAME, headers={"Accept": "*/*"}).json() == {
        "data": {"__typename": "Query"}
    }


def test_a_body_that_announces_more_than_the_limit_is_413_before_it_is_sent(address: str) -> None:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100001\r\n\r\n"
        )
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.status == 413
        assert answer.headers["connection"] == "close"
        error = json.loads(answer.read())["errors"][0]
    assert error["extensions"]["code"] == "TOO_LARGE"
    assert "100,000 bytes" in error["message"]
    assert "SEGMENTGRAPH_MAX_REQUEST_BYTES" in error["message"]


def test_a_body_that_grows_over_the_limit_is_413_before_its_end(address: str) -> None:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n186a1\r\n" + b" " * 100_001 + b"\r\n"
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_sends_on_after_a_413_still_reads_it(client: httpx.Client, url: str) -> None:
    for _ in range(5):
        response = post(client, url, b" " * 20_000_000)
        assert response.status_code == 413
        assert code(response) == "TOO_LARGE"


def test_a_body_as_long_as_the_limit_is_read(client: httpx.Client, url: str) -> None:
    body = json.dumps(TYPENAME).encode().ljust(100_000)
    assert post(client, url, body).json() == {"data": {"__typename": "Query"}}


def test_a_failed_field_leaves_the_rest_of_the_answer(client: httpx.Client, url: str) -> None:
    response = post(client, url, {"query": "{ hello forbidden }"})
    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "hello world", "forbidden": None}
    assert response.json()["errors"] == [
        {
            "message": "Only an administrator may do this.",
            "locations": [{"line": 1, "column": 9}],
            "path": ["forbidden"],
            "extensions": {"code": "FORBIDDEN"},
        }
    ]


def test_a_bug_is_masked(client: httpx.Client, url: str) -> None:
    response = post(client, url, {"query": "{ broken }"})
    assert "hunter2" not in response.text
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL"
    assert (
        error["message"] == f"Something went wrong on our side; quote {error['extensions']['correlationId']}."
    )
    assert response.status_code == 200


def test_an_answer_that_json_cannot_hold_is_a_masked_bug(client: httpx.Client, url: str) -> None:
    response = post(client, url, {"query": "{ unwritable }"})
    assert response.json()["data"] is None
    assert code(response) == "INTERNAL"


def test_a_mistake_in_a_query_is_told_with_its_own_code(client: httpx.Client, url: str) -> None:
    error = post(client, url, {"query": "{ invalid }"}).json()["errors"][0]
    assert error["message"] == "first is 0: from 1 to 100 can be asked for"
    assert error["extensions"] == {"code": "INVALID", "path": ["first"]}


@pytest.mark.parametrize(
    ("token", "reason"),
    [(None, {}), ("Bearer wrong", {"reason": "INVALID"}), ("Basic YTpi", {"reason": "INVALID"})],
)
def test_who_is_not_signed_in_gets_401_in_the_new_media_type_and_nothing_of_the_operation_runs(
    client: httpx.Client, url: str, witness: Any, token: str | None, reason: dict[str, str]
) -> None:
    headers = {"Authorization": token} if token else {}
    response = post(client, url, {"query": "{ hello here: membersOnly }"}, **headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert "retry-after" not in response.headers
    (error,) = response.json()["errors"]
    assert (error["path"], error["extensions"]) == (["here"], {"code": "UNAUTHENTICATED", **reason})
    assert "data" not in response.json()
    assert witness.calls == []
    assert post(client, url, {"query": "{ membersOnly }"}, JSON, **headers).status_code == 200
    assert witness.calls == []


def test_who_has_too_low_a_role_gets_403_in_the_new_media_type_and_nothing_of_the_operation_runs(
    client: httpx.Client, url: str, witness: Any
) -> None:
    for accept, status in ((GRAPHQL, 403), (JSON, 200)):
        response = post(client, url, {"query": "{ membersOnly secret }"}, accept, Authorization="Bearer ada")

        assert response.status_code == status
        assert "www-authenticate" not in response.headers
        assert response.json() == {
            "errors": [
                {
                    "message": "Query.secret takes the role ADMIN, yours is USER: ask an administrator.",
                    "path": ["secret"],
                    "extensions": {"code": "FORBIDDEN", "requiredRole": "ADMIN"},
                }
            ]
        }
    assert witness.calls == []


@pytest.mark.parametrize("headers", [{"Authorization": "bearer ADMIN-eva"}, {"x-api-key": "ADMIN-eva"}])
def test_who_may_is_answered(client: httpx.Client, url: str, headers: dict[str, str]) -> None:
    response = post(client, url, {"query": "{ secret me }"}, **headers)

    assert (response.status_code, response.json()) == (
        200,
        {"data": {"secret": "the secret", "me": "ADMIN-eva"}},
    )


@pytest.mark.parametrize("token", [None, "Bearer wrong"])
def test_what_is_open_to_anyone_is_so_to_those_whose_token_does_not_hold(
    client: httpx.Client, url: str, token: str | None
) -> None:
    headers = {"Authorization": token} if token else {}

    assert post(client, url, {"query": "{ hello me }"}, **headers).json() == {
        "data": {"hello": "hello world", "me": None}
    }


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
def test_who_asks_too_often_gets_429_with_the_seconds_to_wait(
    client: httpx.Client, url: str, witness: Any, door: Any, accept: str
) -> None:
    door.left["hasty"] = 1
    body = {"query": "{ membersOnly }"}
    answers = [post(client, url, body, accept, **{"X-API-Key": "hasty"}) for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 429, 429]
    for refused in answers[1:]:
        assert refused.headers["retry-after"] == "7"
        assert refused.headers["content-type"] == f"{accept}; charset=utf-8"
        assert refused.json()["errors"] == [
            {"message": "that is enough: wait", "extensions": {"code": "RATE_LIMITED", "retryAfter": 7}}
        ]
    assert witness.calls == ["members only"]
    assert post(client, url, body, accept, **{"X-API-Key": "patient"}).status_code == 200


def test_a_document_that_is_wrong_counts_as_any_other(client: httpx.Client, url: str, door: Any) -> None:
    door.left["guesser"] = 1
    headers = {"X-API-Key": "guesser"}

    assert post(client, url, VALIDATION_ERROR, **headers).status_code == 400
    assert post(client, url, VALIDATION_ERROR, **headers).status_code == 429


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b'{"query": 1}', 400), (b" " * 100_001, 413)],
)
def test_what_is_no_request_counts_as_one(
    client: httpx.Client, url: str, door: Any, accept: str, body: bytes, status: int
) -> None:
    name = f"sloppy {accept} {body[:20]!r} {status}"
    door.left[name] = 2
    answers = [post(client, url, body, accept, **{"X-API-Key": name}) for _ in range(3)]

    assert [each.status_code for each in answers] == [status, status, 429]
    assert answers[-1].headers["retry-after"] == "7"
    assert code(answers[-1]) == "RATE_LIMITED"


def test_parameters_that_are_no_request_count_as_one(client: httpx.Client, url: str, door: Any) -> None:
    door.left["sloppy getter"] = 1
    for status in (400, 429):
        params = {"query": "{ hello }", "variables": "{"}
        headers = {"X-API-Key": "sloppy getter", "Accept": GRAPHQL}
        assert client.get(url, params=params, headers=headers).status_code == status


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
def test_what_a_resolver_refuses_as_too_often_says_in_a_header_when_to_come_again(
    client: httpx.Client, url: str, accept: str
) -> None:
    response = post(client, url, {"query": "{ hello slowed }"}, accept)

    assert (response.status_code, response.headers["retry-after"]) == (200, "7")
    assert response.json()["data"] == {"hello": "hello world", "slowed": None}
    assert response.json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 7}


def test_a_failure_to_find_out_who_calls_is_masked(client: httpx.Client, url: str, witness: Any) -> None:
    for accept, status in ((GRAPHQL, 500), (JSON, 200)):
        response = post(client, url, {"query": "{ hello }"}, accept, Authorization="Bearer broken")

        assert (response.status_code, code(response)) == (status, "INTERNAL")
        assert "db.example" not in response.text
    assert witness.calls == []


def test_an_operation_is_told_its_cost(client: httpx.Client, url: str) -> None:
    assert post(client, url, {"query": "{ cost hello }"}).json()["data"]["cost"] == 2


@pytest.mark.parametrize("content_type", [JSON, "multipart/form-data; boundary=line"])
def test_a_client_that_falls_silent_in_the_middle_of_its_body_gets_408(
    tmp_path: Path, serve: Any, content_type: str
) -> None:
    settings = load(data_dir=tmp_path, idle_seconds=0.2)
    with serve(settings) as address, _connected(address) as connection:
        connection.sendall(
            f"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\nGraphQL-Preflight: 1\r\n"
            'Content-Length: 1000\r\n\r\n--line\r\nContent-Disposition: form-data; name="operations"'.encode()
        )
        answer = HTTPResponse(connection)
        answer.begin()

        assert answer.status == 408
        assert answer.headers["connection"] == "close"
        error = json.loads(answer.read())["errors"][0]
        assert error["extensions"] == {"code": "BAD_REQUEST"}
        assert error["message"] == "Nothing came for 0.2 seconds: send it again."
        assert connection.recv(1) == b""
    assert list(tmp_path.glob("uploads/*")) == []


def _connected(address: str) -> socket.socket:
    host, port = address.split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_an_operation_that_costs_too_much_is_refused_with_the_limit_and_the_setting(
    client: httpx.Client, url: str
) -> None:
    body = {
        "query": "query ($n: Int) { items(first: $n) { edges { cursor node { "
        + " ".join(f"a{n}: name" for n in range(20))
        + " } } } }"
    }
    assert post(client, url, {**body, "variables": {"n": 100}}).status_code == 200
    response = post(client, url, {**body, "variables": {"n": 10_000}})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {
        "code": "TOO_COMPLEX",
        "limit": 200_000,
        "found": 230_002,
        "setting": "SEGMENTGRAPH_MAX_QUERY_COST",
    }


def test_the_request_id_of_a_client_is_answered_and_another_is_made_where_it_is_not_sane(
    client: httpx.Client, url: str
) -> None:
    assert post(client, url, TYPENAME, **{"X-Request-ID": "trace-1"}).headers["x-request-id"] == "trace-1"
    for odd in (b"a b", b"x" * 65, b"\xe9", b""):
        answered = client.get(url, params=TYPENAME, headers=[(b"X-Request-ID", odd)])
        assert re.fullmatch("[0-9a-f]{32}", answered.headers["x-request-id"])


def test_a_mutation_by_get_is_refused_and_written_down_by_its_own_name(
    client: httpx.Client, url: str, witness: Any, door: Any
) -> None:
    params = {"query": 'mutation { secretly: change(to: "a") }'}
    response = client.get(url, params=params, headers={"X-API-Key": "getter", "Accept": GRAPHQL})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert witness.calls == []
    assert [each for each in door.told if each[0] == "getter"] == [("getter", "change", "BAD_REQUEST")]
