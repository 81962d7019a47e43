"""Whoever asks too often is slowed, whatever name, address or way they take."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.end_to_end.attackers import client, signed_in
from tests.servers.api import Api, connected
from tests.servers.running import ADMIN_PASSWORD, Server, serving

pytestmark = pytest.mark.slow

WRONG = "no harbour 5 lanterns"
SIGN_IN = """mutation($i: SignInInput!) {
  signIn(input: $i) { accessToken refreshToken user { id } userErrors { code message path } }
}"""
CSV = b"id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\n"


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server of this test's own with these settings."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(serving(tmp_path / "data", database_url, **settings))


async def attempt(url: str, username: str, password: str, **headers: str) -> tuple[int, dict[str, Any]]:
    stranger = client(url, signed_out=True)
    body = {"query": SIGN_IN, "variables": {"i": {"username": username, "password": password}}}
    response = await stranger.client.post(f"{url}/graphql", json=body, headers=headers)
    return response.status_code, response.json()


def code_of(answer: dict[str, Any]) -> str | None:
    if "errors" in answer:
        told: str = answer["errors"][0]["extensions"]["code"]
        return told
    mistakes = answer["data"]["signIn"]["userErrors"]
    return mistakes[0]["code"] if mistakes else None


async def audited(admin: Api, **wanted: object) -> int:
    query = """query($action: String, $outcome: AuditOutcome, $address: String, $actorId: ID) {
      auditEvents(first: 0, action: $action, outcome: $outcome, address: $address, actorId: $actorId) {
        totalCount
      }
    }"""
    count: int = (await admin.ask(query, **wanted))["auditEvents"]["totalCount"]
    return count


async def test_names_that_nobody_has_are_answered_and_slowed_as_those_that_somebody_has(
    start: Callable[..., Server],
) -> None:
    server = start(sign_in_limit="3/10 minutes")
    told = {}
    for username in ("admin", "nobody-here", "service:00000000", "x" * 5_000, "quiet harbour 4 lanterns"):
        answers = [(await attempt(server.url, username, WRONG))[1] for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        refused = (await attempt(server.url, username, ADMIN_PASSWORD))[1]
        assert code_of(refused) == "RATE_LIMITED"
        error = refused["errors"][0]
        assert 1 <= error["extensions"]["retryAfter"] <= 600
        told[username] = json.dumps(answers[0])
    assert len(set(told.values())) == 1
    # In all five times as many from an address: by now for every name.
    assert code_of((await attempt(server.url, "somebody-else", WRONG))[1]) == "RATE_LIMITED"


async def test_wrong_passwords_and_unknown_names_take_the_same_time(start: Callable[..., Server]) -> None:
    server = start(sign_in_limit="100000/minute")
    taken: dict[str, list[float]] = {"admin": [], "nobody-here": [], "no name !": []}
    for _ in range(6):
        for name, times in taken.items():
            begun = time.perf_counter()
            await attempt(server.url, name, WRONG)
            times.append(time.perf_counter() - begun)
    fastest = {name: min(times) for name, times in taken.items()}
    middle = {name: statistics.median(times) for name, times in taken.items()}
    # What is not hashed takes a tenth of it, or less.
    for times_ in (fastest, middle):
        assert min(times_.values()) > 0.5 * max(times_.values()), taken


async def test_an_address_that_is_only_said_does_not_evade_a_limit(start: Callable[..., Server]) -> None:
    server = start(sign_in_limit="2/10 minutes")
    codes = []
    for last in range(4):
        headers = {"X-Forwarded-For": f"192.0.2.{last}", "X-Real-IP": f"192.0.2.{last}"}
        headers |= {"Forwarded": f"for=192.0.2.{last}", "True-Client-IP": f"192.0.2.{last}"}
        codes.append(code_of((await attempt(server.url, "somebody", WRONG, **headers))[1]))
    assert codes == ["INVALID", "INVALID", "RATE_LIMITED", "RATE_LIMITED"]
    admin = Api(server.url)
    async with admin.client:
        assert await audited(admin, address="192.0.2.0") == 0


async def test_a_proxy_that_is_trusted_is_believed_about_the_last_address_only(
    start: Callable[..., Server],
) -> None:
    server = start(sign_in_limit="2/10 minutes", trusted_proxies="127.0.0.1")
    codes = []
    for last in range(4):
        headers = {"X-Forwarded-For": f"192.0.2.{last}, 198.51.100.7"}
        codes.append(code_of((await attempt(server.url, "somebody", WRONG, **headers))[1]))
    assert codes == ["INVALID", "INVALID", "RATE_LIMITED", "RATE_LIMITED"]
    other = {"X-Forwarded-For": "198.51.100.8"}
    assert code_of((await attempt(server.url, "somebody", WRONG, **other))[1]) == "INVALID"
    admin = Api(server.url)
    async with admin.client:
        assert await audited(admin, address="198.51.100.7") == 4
        assert await audited(admin, address="192.0.2.0") == 0


async def test_sixty_operations_a_minute_are_all_that_anybody_has_unless_it_is_set_otherwise(
    start: Callable[..., Server],
) -> None:
    server = start(rate_limit="60/minute")
    stranger = client(server.url, signed_out=True)
    body = {"query": "{ viewer { id } }"}
    answers = [await stranger.client.post(f"{server.url}/graphql", json=body) for _ in range(63)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429] * 3
    error = answers[-1].json()["errors"][0]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert int(answers[-1].headers["retry-after"]) == error["extensions"]["retryAfter"]
    assert 1 <= error["extensions"]["retryAfter"] <= 60
    # By WebSocket too, and for whoever says to be somebody else.
    async with connected(server.url, {}) as socket_:
        payload = {"query": "{ viewer { id } }"}
        await socket_.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        message = json.loads(await socket_.recv())
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
    for shown in ({"Authorization": "Bearer x"}, {"X-API-Key": "sg_x"}, {"X-Forwarded-For": "192.0.2.1"}):
        answer = await stranger.client.post(f"{server.url}/graphql", json=payload, headers=shown)
        assert answer.status_code == 429


async def test_each_field_of_a_mutation_counts_and_whoever_is_refused_does_not_fill_the_audit(
    start: Callable[..., Server],
) -> None:
    server = start(rate_limit="20/minute")
    person = await signed_in(server.url, "admin", ADMIN_PASSWORD)
    admin = person.api
    before = await audited(admin)
    stranger = client(server.url, signed_out=True)

    def many(count: int) -> str:
        one = 'refreshSession(input: {refreshToken: "x"}) { userErrors { code } }'
        direct = " ".join(f"a{each}: {one}" for each in range(count // 2))
        spread = " ".join(f"b{each}: {one}" for each in range(count - count // 2))
        return f"mutation {{ {direct} ... on Mutation {{ ...f }} }} fragment f on Mutation {{ {spread} }}"

    for count in (150, 20, 40):
        (error,) = await stranger.errors(many(count))
        assert error["extensions"]["code"] == "RATE_LIMITED"
    assert "errors" not in await stranger.post(many(16))
    for _ in range(10):
        (error,) = await stranger.errors(many(2))
        assert error["extensions"]["code"] == "RATE_LIMITED"
    # What was done, and that there was more, once.
    assert await audited(admin) - before == 17
    assert await audited(admin, action="request") == 1


async def test_a_key_has_the_limit_that_it_was_given_and_no_more(start: Callable[..., Server]) -> None:
    server = start()
    admin = Api(server.url)
    async with admin.client:
        token = (await admin.mutate("createApiKey", "token", name="k", role="ANALYST", rateLimit="5/hour"))[
            "token"
        ]
    codes = []
    by_key = client(server.url, key=token)
    for shown in ({}, {"Authorization": f"Bearer {token}"}):
        for _ in range(4):
            answer = await by_key.client.post(
                f"{server.url}/graphql", json={"query": "{ viewer { id } }"}, headers=shown
            )
            codes.append(answer.status_code)
    assert codes == [200] * 5 + [429] * 3


async def test_what_is_asked_for_counts_by_its_cost_too(start: Callable[..., Server]) -> None:
    server = start(cost_limit="5000/hour")
    somebody_ = await signed_in(server.url, "admin", ADMIN_PASSWORD)
    query = """{ a: datasets(first: 100) { edges { node { id name rowCount } } }
      b: clusteringRuns(first: 100) { edges { node { id } } } }"""
    cost = (await somebody_.api.ask("{ rateLimit { cost } }"))["rateLimit"]["cost"]
    answers = [await somebody_.api.post(query) for _ in range(12)]
    codes = [answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer]
    assert cost < 50
    assert codes
    assert set(codes) == {"RATE_LIMITED"}
    # Cheap ones have room until the budget is spent.
    assert "errors" in answers[-1]


async def test_customers_to_be_placed_count_by_what_they_hold(start: Callable[..., Server]) -> None:
    server = start(cost_limit="21000/hour")
    admin = (await signed_in(server.url, "admin", ADMIN_PASSWORD)).api
    query = "mutation($i: PredictInput!) { predict(input: $i) { userErrors { code } } }"
    customers = [{"age": row, "income": row} for row in range(4_000)]
    wish = {"modelVersionId": "bm9uZQ", "customers": customers, "remember": True}
    answers = [await admin.post(query, i=wish) for _ in range(3)]
    assert ["errors" in answer for answer in answers] == [False, False, True]
    assert answers[-1]["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    # What costs little has room.
    assert "errors" not in await admin.post(query, i={**wish, "customers": customers[:1]})


async def test_uploads_are_counted(start: Callable[..., Server]) -> None:
    server = start(upload_limit="3/hour")
    admin = await signed_in(server.url, "admin", ADMIN_PASSWORD)
    answers = [await admin.api.send_file(CSV, name=f"n{uuid4().hex}") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    found = await admin.api.ask("{ datasets { totalCount } }")
    assert found["datasets"]["totalCount"] == 3
