"""An access token says what it was made for, and nothing that somebody else made says anything."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest

from domain.services import tokens
from domain.services.identities import now
from domain.services.installations import Identity
from domain.services.runtime import Runtime
from domain.services.tokens import AccessClaims
from domain.terms.access import Denial
from tests.domain.services.people import forged

ACCOUNT, SESSION = uuid4(), uuid4()


async def issued(runtime: Runtime) -> str:
    token, _ = await tokens.issue_access(runtime, ACCOUNT, SESSION, now() + timedelta(days=1))
    return token


def said(part: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


async def test_a_token_says_which_account_which_session_and_until_when(runtime: Runtime) -> None:
    before = now()
    token, expires = await tokens.issue_access(runtime, ACCOUNT, SESSION, before + timedelta(days=1))
    assert await tokens.read_access(runtime, token) == AccessClaims(ACCOUNT, SESSION, expires)
    assert abs(expires - before - timedelta(minutes=30)) < timedelta(seconds=5)

    claims = said(token.split(".")[1])
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}
    assert claims["iss"] == "segmentgraph"
    assert claims["aud"] == str(await runtime.installation.read())
    assert claims["exp"] - claims["iat"] == 30 * 60
    assert said(token.split(".")[0]) == {"alg": "HS256", "typ": "JWT"}


async def test_no_two_tokens_are_the_same(runtime: Runtime) -> None:
    assert len({await issued(runtime) for _ in range(10)}) == 10


async def test_a_token_does_not_outlast_its_session(runtime: Runtime) -> None:
    ends = now() + timedelta(minutes=3)
    _, expires = await tokens.issue_access(runtime, ACCOUNT, SESSION, ends)
    assert expires == ends.replace(microsecond=0)


async def test_a_token_expires_when_the_clocks_of_servers_may_no_longer_be_that_far_apart(
    runtime: Runtime,
) -> None:
    token = await issued(runtime)
    second = int(now().timestamp())
    for ago, expected in [(-60, True), (5, True), (15, False), (10**6, False)]:
        old = forged(runtime, token, iat=second - 10**7, exp=second - ago)
        found = await tokens.read_access(runtime, old)
        assert isinstance(found, AccessClaims) if expected else found is Denial.EXPIRED, ago


async def test_a_token_of_a_clock_that_is_ahead_holds_within_the_leeway_only(runtime: Runtime) -> None:
    token = await issued(runtime)
    second = int(now().timestamp())
    assert isinstance(await tokens.read_access(runtime, forged(runtime, token, iat=second + 5)), AccessClaims)
    for ahead in (20, 3600, 10**9):
        later = forged(runtime, token, iat=second + ahead, exp=second + ahead + 60)
        assert await tokens.read_access(runtime, later) is Denial.INVALID, ahead


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "iat", "exp", "jti"])
async def test_a_token_that_leaves_something_unsaid_is_none(runtime: Runtime, claim: str) -> None:
    token = await issued(runtime)
    assert isinstance(await tokens.read_access(runtime, forged(runtime, token)), AccessClaims)
    assert await tokens.read_access(runtime, forged(runtime, token, **{claim: None})) is Denial.INVALID


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "somebody"},
        {"aud": "00000000-0000-0000-0000-000000000000"},
        {"sub": "nobody"},
        {"sub": 7},
        {"sid": "none"},
        {"sid": 7},
        {"sid": ["a"]},
        {"sid": {}},
        {"exp": "soon"},
        {"exp": 10**30},
        {"exp": float("inf")},
        {"exp": True},
        {"iat": "once"},
        {"nbf": 10**12},
    ],
)
async def test_a_token_with_our_key_that_says_something_else_is_not_believed(
    runtime: Runtime, claims: dict[str, Any]
) -> None:
    found = await tokens.read_access(runtime, forged(runtime, await issued(runtime), **claims))
    # True is 1, and 1970 is long over.
    assert found is (Denial.EXPIRED if claims == {"exp": True} else Denial.INVALID)


async def test_a_token_without_a_signature_is_none_whatever_its_head_says(runtime: Runtime) -> None:
    token = await issued(runtime)
    _, body, signature = token.split(".")
    for algorithm in ("none", "None", "NONE", "nOnE", "", None, 7, ["none"]):
        head = encoded(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
        for sealed in ("", signature):
            assert await tokens.read_access(runtime, f"{head}.{body}.{sealed}") is Denial.INVALID, algorithm
    plain = jwt.encode(said(body), None, algorithm="none")
    assert await tokens.read_access(runtime, plain) is Denial.INVALID


async def test_a_token_of_another_key_or_algorithm_is_none(runtime: Runtime) -> None:
    token = await issued(runtime)
    claims = said(token.split(".")[1])
    others = [
        await issued(replace(runtime, secret="x" * 32)),
        # Not the secret itself either, which signs other things as well.
        jwt.encode(claims, runtime.secret, algorithm="HS256"),
        jwt.encode(claims, tokens._key(runtime) * 2, algorithm="HS512"),
        jwt.encode(
            claims, "k" * 64, algorithm="HS256", headers={"jku": "https://example.org", "kid": "../1"}
        ),
    ]
    assert [await tokens.read_access(runtime, other) for other in others] == [Denial.INVALID] * len(others)


async def test_a_token_of_another_installation_with_the_same_key_is_none(runtime: Runtime) -> None:
    elsewhere = replace(runtime, installation=Identity(UUID(int=7)))
    token = await issued(elsewhere)
    assert isinstance(await tokens.read_access(elsewhere, token), AccessClaims)
    assert await tokens.read_access(runtime, token) is Denial.INVALID


async def test_a_token_with_any_character_changed_is_none(runtime: Runtime) -> None:
    token = await issued(runtime)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(len(token)):
        # Of a last one two bits may count for nothing: the one 32 places on differs in the first.
        other = letters[(letters.find(token[place]) + 32) % 64]
        changed = token[:place] + other + token[place + 1 :]
        assert await tokens.read_access(runtime, changed) is Denial.INVALID, place


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "x.y.z",
        "🎉",
        "\x00",
        "\ud800",
        "a" * 10_000_000,
        encoded(b"[" * 700) + ".e30.",
        encoded(b"null") + ".e30.",
        encoded(b"[]") + ".e30.",
        encoded(b'{"alg":"HS256"}') + ".W10.",
        encoded(b'{"alg":"HS256","crit":["b64"],"b64":false}') + ".e30.",
        "Bearer a.b.c",
    ],
    ids=lambda token: ascii(token[:20]),
)
async def test_what_is_no_token_says_nothing(runtime: Runtime, token: str) -> None:
    assert await tokens.read_access(runtime, token) is Denial.INVALID


def test_a_secret_is_random_and_is_known_by_its_digest_alone() -> None:
    made = {tokens.new_secret("sgr_") for _ in range(100)}
    assert len(made) == 100
    assert {(token[:4], len(token)) for token in made} == {("sgr_", 47)}
    assert tokens.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert tokens.digest("\ud800") != tokens.digest("?")
