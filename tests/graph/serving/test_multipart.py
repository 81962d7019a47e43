import asyncio
import hashlib
import json
import socket
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request

from domain.settings import Settings, load
from domain.terms.access import Denial
from graph.serving.multipart import incoming
from graph.serving.refusing import LINGER_SECONDS
from graph.serving.requests import GraphQLRequest
from tests.graph.serving.conftest import app, serving

UPLOAD = "mutation ($input: UploadInput!) { upload(input: $input) { name size sha256 folder content } }"
KEEP = "mutation ($input: UploadInput!) { keep(input: $input) }"
PREFLIGHT = {"GraphQL-Preflight": "1", "Accept": "application/graphql-response+json"}
OPERATIONS = json.dumps({"query": UPLOAD, "variables": {"input": {"file": None}}})
MAP = '{"0": ["variables.input.file"]}'
FILE = ("0", "customers.csv", "a,b\n1,2\n")


def form(
    *fields: tuple[str, str | bytes] | tuple[str, str, str | bytes], end: bytes = b"--line--\r\n"
) -> bytes:
    return b"".join(_part(*field) for field in fields) + end


def _part(name: str, *rest: str | bytes) -> bytes:
    content = rest[-1].encode() if isinstance(rest[-1], str) else rest[-1]
    file = f'; filename="{rest[0]!s}"' if len(rest) == 2 else ""
    return (
        f'--line\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"
    )


def send(
    url: str, body: bytes, headers: dict[str, str] = PREFLIGHT, boundary: str = "; boundary=line"
) -> httpx.Response:
    content_type = {"Content-Type": f"multipart/form-data{boundary}"}
    return httpx.post(url, content=body, headers={**content_type, **headers}, timeout=30)


def upload(
    url: str, *files: tuple[str, str, str | bytes], operations: str = OPERATIONS, map_: str = MAP
) -> httpx.Response:
    return send(url, form(("operations", operations), ("map", map_), *files))


def test_a_file_is_put_where_the_map_says_with_its_size_and_checksum(url: str) -> None:
    (uploaded,) = upload(url, FILE).json()["data"]["upload"]
    assert uploaded["name"] == "customers.csv"
    assert uploaded["size"] == 8
    assert uploaded["sha256"] == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert uploaded["content"] == "a,b\n1,2\n"


def test_httpx_and_its_kind_can_send_files(url: str) -> None:
    fields = {"operations": OPERATIONS, "map": MAP}
    response = httpx.post(url, data=fields, files={"0": ("é.csv", b"x" * 300_000)}, headers=PREFLIGHT)
    (uploaded,) = response.json()["data"]["upload"]
    assert uploaded["name"] == "é.csv"
    assert uploaded["sha256"] == hashlib.sha256(b"x" * 300_000).hexdigest()


def test_bytes_that_look_like_a_boundary_are_content(url: str) -> None:
    content = b"\r\n--lin\r\n--line\n--line--\n\r\n--linE\r\n" * 5_000
    (uploaded,) = upload(url, ("0", "a", content)).json()["data"]["upload"]
    assert uploaded["sha256"] == hashlib.sha256(content).hexdigest()


def test_an_empty_file_is_a_file(url: str) -> None:
    (uploaded,) = upload(url, ("0", "empty.csv", "")).json()["data"]["upload"]
    assert uploaded["size"] == 0
    assert uploaded["sha256"] == hashlib.sha256(b"").hexdigest()


def test_several_files_go_to_their_places_and_one_file_to_several(url: str) -> None:
    operations = json.dumps({"query": UPLOAD, "variables": {"input": {"file": None, "more": [None, None]}}})
    paths = {"b": ["variables.input.file", "variables.input.more.1"], "a": ["variables.input.more.0"]}
    response = upload(
        url, ("a", "a.csv", "A"), ("b", "b.csv", "B"), operations=operations, map_=json.dumps(paths)
    )
    assert [each["name"] for each in response.json()["data"]["upload"]] == ["b.csv", "a.csv", "b.csv"]


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("/etc/passwd", "passwd"),
        ("..\\..\\x.csv", "x.csv"),
        ("C:\\me\\x.csv", "x.csv"),
        ("", ""),
        ("..", ".."),
    ],
)
def test_a_file_name_loses_its_folders_and_opens_nothing(url: str, filename: str, name: str) -> None:
    (uploaded,) = upload(url, ("0", filename, "1")).json()["data"]["upload"]
    assert (uploaded["name"], uploaded["content"]) == (name, "1")


def test_the_files_are_gone_when_the_request_is_answered(url: str, uploads: Path) -> None:
    (uploaded,) = upload(url, FILE).json()["data"]["upload"]
    assert uploaded["folder"]
    _wait_for(lambda: not list(uploads.iterdir()))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (form(), "operations, map, and then the files"),
        (form(("operations", OPERATIONS)), "operations, map, and then the files"),
        (form(("map", MAP), ("operations", OPERATIONS)), "operations should come here"),
        (form(FILE, ("operations", OPERATIONS), ("map", MAP)), "operations should come here"),
        (form(("operations", OPERATIONS), FILE, ("map", MAP)), "map should come here"),
        (form(("operations", "{"), ("map", MAP), FILE), "not valid JSON"),
        (form(("operations", b"\xff"), ("map", MAP), FILE), "UTF-8"),
        (form(("operations", '{"query": 1}'), ("map", MAP), FILE), "query should be a string"),
        (form(("operations", "null"), ("map", MAP), FILE), "JSON object"),
        (form(("operations", f"[{OPERATIONS}]"), ("map", MAP), FILE), "one operation a request"),
        (form(("operations", OPERATIONS), ("map", "["), FILE), "not valid JSON"),
        (form(("operations", OPERATIONS), ("map", "[]"), FILE), "map should be a JSON object"),
        (form(("operations", OPERATIONS), ("map", '{"0": "variables.input.file"}'), FILE), "list of paths"),
        (form(("operations", OPERATIONS), ("map", '{"0": []}'), FILE), "list of paths"),
        (form(("operations", OPERATIONS), ("map", '{"0": [1]}'), FILE), "list of paths"),
        (
            form(("operations", OPERATIONS), ("map", '{"0": ["variables.input.files"]}'), FILE),
            "leads nowhere",
        ),
        (
            form(("operations", OPERATIONS), ("map", '{"0": ["variables.input.file.0"]}'), FILE),
            "leads nowhere",
        ),
        (form(("operations", OPERATIONS), ("map", '{"0": ["variables.other.file"]}'), FILE), "leads nowhere"),
        (form(("operations", OPERATIONS), ("map", '{"0": ["variables"]}'), FILE), "begin with variables"),
        (form(("operations", OPERATIONS), ("map", '{"0": ["query"]}'), FILE), "begin with variables"),
        (form(("operations", OPERATIONS), ("map", '{"0": [""]}'), FILE), "begin with variables"),
        (form(("operations", OPERATIONS), ("map", '{"0": ["variables.input"]}'), FILE), "lead to a null"),
        (
            form(
                ("operations", OPERATIONS),
                ("map", '{"0": ["variables.input.file", "variables.input.file"]}'),
                FILE,
            ),
            "two files for one place",
        ),
        (form(("operations", OPERATIONS), ("map", MAP)), "did not come: 0"),
        (form(("operations", OPERATIONS), ("map", MAP), FILE, ("1", "b.csv", "1")), "not in map"),
        (form(("operations", OPERATIONS), ("map", MAP), FILE, FILE), "comes twice"),
        (form(("operations", OPERATIONS), ("map", MAP), ("0", "text")), "should be a file"),
        (form(("operations", OPERATIONS), ("map", MAP), FILE, end=b""), "cut off"),
        (form(("operations", OPERATIONS), ("map", MAP), FILE, end=b"--li"), "cut off"),
        (b"", "cut off"),
        (b"nonsense", "broken"),
        (b"--line\r\n\r\nx\r\n--line--\r\n", "Content-Disposition"),
        (b"--line\r\nContent-Disposition: form-data\r\n\r\nx\r\n--line--\r\n", "Content-Disposition"),
        (
            b'--line\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--line--\r\n',
            "Content-Disposition",
        ),
        (b"--line\r\n" + b"A: b\r\n" * 1_000 + b"\r\nx\r\n--line--\r\n", "header count"),
        (b"--line\r\nA: " + b"b" * 50_000 + b"\r\n\r\nx\r\n--line--\r\n", "header size"),
        (
            form(("operations", OPERATIONS), ("map", json.dumps({str(n): [] for n in range(101)}))),
            "101 files",
        ),
    ],
)
def test_a_form_that_breaks_the_specification_is_400_and_nothing_runs_or_stays(
    url: str, witness: Any, uploads: Path, body: bytes, says: str
) -> None:
    response = send(url, body)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert says in error["message"]
    assert witness.calls == []
    _wait_for(lambda: not uploads.exists() or not list(uploads.iterdir()))


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "x" * 300])
def test_a_form_without_a_usable_boundary_is_400(url: str, boundary: str) -> None:
    response = send(url, form(("operations", OPERATIONS), ("map", MAP), FILE), boundary=boundary)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("headers", [{}, {"GraphQL-Preflight": ""}, {"X-Custom": "1"}])
def test_a_form_without_a_preflight_header_is_refused_by_its_name(
    url: str, witness: Any, headers: dict[str, str]
) -> None:
    response = send(url, form(("operations", OPERATIONS), ("map", MAP), FILE), headers)
    assert response.status_code == 400
    assert "GraphQL-Preflight: 1" in response.json()["errors"][0]["message"]
    assert witness.calls == []


@pytest.mark.parametrize("name", ["GraphQL-Preflight", "Apollo-Require-Preflight", "x-requested-with"])
def test_each_preflight_header_will_do(url: str, name: str) -> None:
    assert send(url, form(("operations", OPERATIONS), ("map", MAP), FILE), {name: "true"}).status_code == 200


def test_a_file_over_the_limit_is_413_with_the_path_of_its_field(
    url: str, witness: Any, uploads: Path
) -> None:
    response = upload(url, ("0", "big.csv", b"x" * 1_000_001))
    assert response.status_code == 413
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "TOO_LARGE", "path": ["input", "file"]}
    assert "1,000,000 bytes" in error["message"]
    assert "SEGMENTGRAPH_MAX_UPLOAD_BYTES" in error["message"]
    assert witness.calls == []
    _wait_for(lambda: not list(uploads.iterdir()))


def test_a_file_of_the_limit_is_taken(url: str) -> None:
    assert upload(url, ("0", "big.csv", b"x" * 1_000_000)).json()["data"]["upload"][0]["size"] == 1_000_000


def test_files_that_are_over_the_limit_together_are_413(url: str) -> None:
    operations = json.dumps({"query": UPLOAD, "variables": {"input": {"file": None, "more": [None]}}})
    paths = '{"0": ["variables.input.file"], "1": ["variables.input.more.0"]}'
    files = [("0", "a", b"x" * 600_000), ("1", "b", b"x" * 400_001)]
    response = upload(url, *files, operations=operations, map_=paths)
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"] == {"code": "TOO_LARGE", "path": ["input", "more", "0"]}


def test_form_fields_are_bounded_too(url: str) -> None:
    spaces = " " * 100_000
    assert send(url, form(("operations", OPERATIONS + spaces), ("map", MAP), FILE)).status_code == 413
    assert send(url, form(("operations", OPERATIONS), ("map", MAP + spaces), FILE)).status_code == 413


def test_an_upload_that_announces_more_than_the_limit_is_413_before_it_is_sent(address: str) -> None:
    with _connected(address) as connection:
        connection.sendall(_head(length=1_100_001))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_goes_in_the_middle_leaves_no_file(address: str, url: str, uploads: Path) -> None:
    body = form(("operations", OPERATIONS), ("map", MAP), ("0", "a.csv", b"x" * 500_000))
    with _connected(address) as connection:
        connection.sendall(_head(len(body)) + body[:400_000])
        _wait_for(lambda: any(uploads.glob("*/0")))
    _wait_for(lambda: not list(uploads.iterdir()))
    assert upload(url, FILE).status_code == 200


def test_a_file_written_into_the_variables_is_refused_with_the_way_to_send_it(url: str) -> None:
    body = {"query": UPLOAD, "variables": {"input": {"file": "a,b"}}}
    response = httpx.post(url, json=body, headers=PREFLIGHT)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "multipart" in response.json()["errors"][0]["message"]


def _connected(address: str) -> socket.socket:
    host, port = address.split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def _head(length: int, more: str = "") -> bytes:
    return (
        f"POST /graphql HTTP/1.1\r\nHost: a\r\nGraphQL-Preflight: 1\r\n{more}"
        f"Accept: {PREFLIGHT['Accept']}\r\n"
        f"Content-Type: multipart/form-data; boundary=line\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _wait_for(condition: Any) -> None:
    # The file system tells nobody when it changes: look until the test's time is up.
    while not condition():
        pass


def test_a_disk_that_takes_nothing_is_a_masked_failure(tmp_path: Path, serve: Any) -> None:
    (tmp_path / "uploads").write_text("a file is where the folder should be")
    with serve(load(data_dir=tmp_path)) as address:
        response = upload(f"http://{address}/graphql", FILE)
    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert str(tmp_path) not in response.text


@pytest.mark.parametrize(
    ("token", "query", "status", "code"),
    [
        (None, KEEP, 401, "UNAUTHENTICATED"),
        ("wrong", KEEP, 401, "UNAUTHENTICATED"),
        ("broken", KEEP, 500, "INTERNAL"),
        ("busy", KEEP, 429, "RATE_LIMITED"),
        ("full", KEEP, 429, "RATE_LIMITED"),
        ("ada", "{ secret }", 403, "FORBIDDEN"),
        ("ada", "{ nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_what_is_refused_is_so_before_its_files_come_and_none_of_them_is_kept(
    address: str, witness: Any, uploads: Path, token: str | None, query: str, status: int, code: str
) -> None:
    operations = json.dumps({"query": query, "variables": {"input": {"file": None}}})
    body = form(("operations", operations), ("map", MAP), ("0", "a.csv", b"x" * 900_000))
    shown = f"X-API-Key: {token}\r\n" if token else ""
    with _connected(address) as connection:
        connection.sendall(_head(len(body), shown) + body[:300_000])
        answer = HTTPResponse(connection)
        answer.begin()
        read = answer.read(1)
        # Not all of the file has been sent, so the answer did not wait for it.
        kept = list(uploads.glob("*/*"))
        connection.sendall(body[300_000:])
        read += answer.read()
        assert connection.recv(1) == b""

    assert (answer.status, answer.headers["connection"]) == (status, "close")
    assert json.loads(read)["errors"][0]["extensions"]["code"] == code
    assert kept == []
    assert witness.calls == []
    _wait_for(lambda: not list(uploads.iterdir()))


def test_a_client_that_sends_all_of_a_large_file_still_reads_why_it_was_refused(
    url: str, witness: Any
) -> None:
    operations = json.dumps({"query": KEEP, "variables": {"input": {"file": None}}})
    for _ in range(5):
        response = upload(url, ("0", "a.csv", b"x" * 900_000), operations=operations)

        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert witness.calls == []


def test_who_is_out_of_uploads_is_told_when_to_come_again(url: str, witness: Any) -> None:
    operations = json.dumps({"query": KEEP, "variables": {"input": {"file": None}}})
    body = form(("operations", operations), ("map", MAP), FILE)
    response = send(url, body, {**PREFLIGHT, "Authorization": "Bearer full"})

    assert (response.status_code, response.headers["retry-after"]) == (429, "60")
    assert witness.calls == []
    assert send(url, body, {**PREFLIGHT, "Authorization": "Bearer ada"}).json() == {
        "data": {"keep": "customers.csv"}
    }


def test_an_upload_counts_as_one_operation(url: str, door: Any) -> None:
    door.left["one upload"] = 1
    operations = json.dumps({"query": KEEP, "variables": {"input": {"file": None}}})
    body = form(("operations", operations), ("map", MAP), FILE)
    answers = [send(url, body, {**PREFLIGHT, "X-API-Key": "one upload"}) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 429]


async def anybody(operation: GraphQLRequest) -> None:
    """Admit every operation."""


async def any_number(files: int) -> None:
    """Expect so many files."""


async def test_a_canceled_request_leaves_no_file(tmp_path: Path) -> None:
    arrived = asyncio.Event()
    body = form(("operations", OPERATIONS), ("map", MAP), ("0", "a.csv", b"x" * 3_000_000))
    messages = [{"type": "http.request", "body": body[:2_500_000], "more_body": True}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        arrived.set()
        return await asyncio.Event().wait()

    async def read() -> None:
        headers = [(b"content-type", b"multipart/form-data; boundary=line")]
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
        async with incoming(request, load(data_dir=tmp_path), anybody, any_number):
            pytest.fail("the request is not complete")

    task = asyncio.create_task(read())
    await arrived.wait()
    assert len(list((tmp_path / "uploads").glob("*/0"))) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list((tmp_path / "uploads").iterdir()) == []


def test_each_file_counts_as_an_upload_and_each_field_that_one_is_given_to(
    url: str, witness: Any, door: Any
) -> None:
    def send_files(name: str, files: int, fields: int) -> int:
        query = "mutation ($input: UploadInput!) { " + " ".join(
            f"k{number}: keep(input: $input)" for number in range(fields)
        )
        variables = {"input": {"file": None, "more": [None] * (files - 1)}}
        places = {"0": ["variables.input.file"]}
        places |= {str(number): [f"variables.input.more.{number - 1}"] for number in range(1, files)}
        body = form(
            ("operations", json.dumps({"query": query + " }", "variables": variables})),
            ("map", json.dumps(places)),
            *((str(number), "a.csv", "1") for number in range(files)),
        )
        return send(url, body, {**PREFLIGHT, "X-API-Key": name}).status_code

    for files, fields in ((3, 1), (1, 3), (2, 3)):
        name = f"{files} files, {fields} fields"
        door.uploads[name] = 3
        witness.calls.clear()
        assert [send_files(name, files, fields) for _ in range(2)] == [200, 429]
        assert witness.calls == ["keep"] * fields


@pytest.mark.parametrize(("denial", "status"), [(Denial.ENDED, 401), (Denial.EXPIRED, 200)])
def test_an_upload_runs_where_its_token_expired_on_the_way_and_not_where_its_session_ended(
    address: str, witness: Any, door: Any, uploads: Path, denial: Denial, status: int
) -> None:
    name = f"uploading until {denial}"
    operations = json.dumps({"query": KEEP, "variables": {"input": {"file": None}}})
    body = form(("operations", operations), ("map", MAP), ("0", "a.csv", b"x" * 500_000))
    _wait_for(lambda: not any(uploads.glob("*")))  # of the test before
    with _connected(address) as connection:
        connection.sendall(_head(len(body), f"X-API-Key: {name}\r\n") + body[:400_000])
        _wait_for(lambda: any(uploads.glob("*/0")))
        door.end(name, denial)
        connection.sendall(body[400_000:])
        answer = HTTPResponse(connection)
        answer.begin()
        told = json.loads(answer.read())

    # All of it has come: nothing is to be waited for, and the connection is of further use.
    assert (answer.status, answer.headers["connection"]) == (status, None)
    refusals = [each[1:] for each in door.told if each[0] == name]
    if denial is Denial.ENDED:
        assert told["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED", "reason": "ENDED"}
        assert (witness.calls, refusals) == ([], [("keep", "UNAUTHENTICATED")])
    else:
        assert (witness.calls, refusals) == (["keep"], [])


def test_a_form_that_is_broken_after_its_operation_counts_once(url: str, door: Any) -> None:
    door.left["broken form"] = 2
    headers = {**PREFLIGHT, "X-API-Key": "broken form"}
    operations = json.dumps({"query": KEEP, "variables": {"input": {"file": None}}})
    broken = form(("operations", operations), ("map", "["), FILE)
    whole = form(("operations", operations), ("map", MAP), FILE)

    assert [send(url, body, headers).status_code for body in (broken, whole, whole)] == [400, 200, 429]


def test_a_refusal_is_whole_before_the_files_are_also_where_answers_are_compressed(
    small_settings: Settings,
) -> None:
    operations = json.dumps({"query": KEEP, "variables": {"input": {"file": None}}})
    body = form(("operations", operations), ("map", MAP), ("0", "a.csv", b"x" * 900_000))
    compressing = GZipMiddleware(app(small_settings), minimum_size=1_024, compresslevel=5)
    with serving(compressing) as address, _connected(address) as connection:
        connection.settimeout(LINGER_SECONDS / 2)
        connection.sendall(_head(len(body), "Accept-Encoding: gzip\r\n") + body[:300_000])
        answer = HTTPResponse(connection)
        answer.begin()

        assert (answer.status, answer.headers["content-encoding"]) == (401, "identity")
        assert json.loads(answer.read())["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
