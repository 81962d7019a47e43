"""Whoever has a token of somebody else, whole or made up, gets nowhere with it."""

import asyncio
import base64
import hmac
import json
import time
from typing import Any

import httpx
import jwt
import pytest

from tests.end_to_end.attackers import Person, SlowRequest, fresh, signed_in, somebody
from tests.servers.api import Api, until
from tests.servers.running import Server

NO_LONGER = "the refresh token does not work, or no longer: sign in again"
KEY = 'mutation { createApiKey(input: {name: "kept for later"}) { token userErrors { message } } }'
CSV = "id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\n"


async def reason(url: str, token: str, header: str = "Authorization") -> str | None:
    """Show a token; tell why it does not hold, None where it does."""
    shown = {header: f"Bearer {token}" if header == "Authorization" else token}
    body = {"query": "{ datasets(first: 0) { totalCount } }"}
    async with httpx.AsyncClient() as client:
        answer = (await client.post(f"{url}/graphql", json=body, headers=shown)).json()
    if "errors" not in answer:
        return None
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    told: str = error["extensions"]["reason"]
    return told


def signing_key(server: Server) -> bytes:
    """The key of the server's access tokens, which nobody outside has."""
    secret = (server.data_dir / "secret-key").read_text().strip()
    return hmac.digest(secret.encode(), b"segmentgraph-access-token", "sha256")


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def unsigned(head: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = (json.dumps(part).encode() for part in (head, claims))
    written = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return f"{written}.{signature}"


def by_hand(claims: dict[str, Any], key: bytes, algorithm: str, digest: str) -> str:
    """Sign with any key, the empty one too, which PyJWT does not like to do."""
    begun = unsigned({"alg": algorithm, "typ": "JWT"}, claims)[:-1]
    signature = base64.urlsafe_b64encode(hmac.digest(key, begun.encode(), digest))
    return f"{begun}.{signature.decode().rstrip('=')}"


async def test_a_refresh_token_that_was_stolen_is_of_no_use_to_either_once_both_have_used_it(
    api: Api,
) -> None:
    victim = await somebody(api)
    thief = await fresh(api.url, victim.refresh)
    assert await reason(api.url, thief["accessToken"]) is None
    refused = await fresh(api.url, victim.refresh)
    assert refused["refreshToken"] is None
    assert [error["message"] for error in refused["userErrors"]] == [NO_LONGER]
    assert await reason(api.url, thief["accessToken"]) == "ENDED"
    assert await reason(api.url, victim.access) == "ENDED"
    assert (await fresh(api.url, thief["refreshToken"]))["accessToken"] is None
    assert await (await victim.again()).works()


async def test_of_twenty_who_refresh_at_once_one_wins_and_then_the_session_is_over(api: Api) -> None:
    victim = await somebody(api)
    answers = await asyncio.gather(*(fresh(api.url, victim.refresh) for _ in range(20)))
    winners = [answer for answer in answers if answer["accessToken"]]
    assert len(winners) == 1
    assert await reason(api.url, winners[0]["accessToken"]) == "ENDED"
    assert (await fresh(api.url, winners[0]["refreshToken"]))["accessToken"] is None


@pytest.mark.parametrize(
    "ending", ["signOut", "changePassword", "setUserRole", "setUserActive", "setUserPassword", "deleteUser"]
)
async def test_what_ends_a_session_ends_its_tokens_at_once(api: Api, ending: str) -> None:
    victim = await somebody(api)
    thief = await victim.again()
    new = "another harbour 9 bells"
    done = {
        "signOut": lambda: victim.api.mutate("signOut", everywhere=True),
        "changePassword": lambda: victim.api.mutate(
            "changePassword", currentPassword=victim.password, newPassword=new
        ),
        "setUserRole": lambda: api.mutate("setUserRole", id=victim.id, role="ANALYST"),
        "setUserActive": lambda: api.mutate("setUserActive", id=victim.id, active=False),
        "setUserPassword": lambda: api.mutate("setUserPassword", id=victim.id, password=new),
        "deleteUser": lambda: api.mutate("deleteUser", id=victim.id),
    }
    assert await thief.works()
    assert (await done[ending]())["userErrors"] == []
    assert await reason(api.url, thief.access) == "ENDED"
    refused = await fresh(api.url, thief.refresh)
    assert refused["accessToken"] is None
    assert [error["message"] for error in refused["userErrors"]] == [NO_LONGER]


async def test_a_request_that_began_before_the_session_ended_is_not_run_after_it(api: Api) -> None:
    victim = await somebody(api)
    shown = {"Authorization": f"Bearer {victim.access}", "Content-Type": "application/json"}
    slow = SlowRequest(api.url, json.dumps({"query": KEY}).encode(), shown)
    await slow.begin(10)
    assert await victim.works()
    assert (await victim.api.mutate("signOut", everywhere=True))["userErrors"] == []
    answer = await slow.end()
    assert "UNAUTHENTICATED" in answer
    assert '"ENDED"' in answer
    again = await victim.again()
    found = await again.api.ask("{ apiKeys(first: 1) { totalCount } }")
    assert found["apiKeys"]["totalCount"] == 0


async def test_an_upload_that_began_before_the_account_was_kept_out_makes_no_dataset(
    api: Api, server: Server
) -> None:
    analyst = await somebody(api, "ANALYST")
    name = f"late {analyst.username}"
    query = "mutation($i: UploadDatasetInput!) { uploadDataset(input: $i) { dataset { id } } }"
    operations = {"query": query, "variables": {"i": {"file": None, "name": name}}}
    begun = "\r\n".join(
        [
            '--XX\r\nContent-Disposition: form-data; name="operations"\r\n',
            json.dumps(operations),
            '--XX\r\nContent-Disposition: form-data; name="map"\r\n',
            '{"0": ["variables.i.file"]}',
            '--XX\r\nContent-Disposition: form-data; name="0"; filename="a.csv"\r\n\r\n',
        ]
    ).encode()
    shown = {
        "Authorization": f"Bearer {analyst.access}",
        "Content-Type": "multipart/form-data; boundary=XX",
        "GraphQL-Preflight": "1",
    }
    slow = SlowRequest(api.url, begun + CSV.encode() + b"\r\n--XX--\r\n", shown)
    await slow.begin(len(begun) + 5)
    # The file is there when its operation was let in.
    await until(lambda: list((server.data_dir / "uploads").glob("*/0")), "the file arrives")
    assert (await api.mutate("setUserActive", id=analyst.id, active=False))["userErrors"] == []
    assert "UNAUTHENTICATED" in await slow.end()
    data = await api.ask("{ datasets(first: 100) { edges { node { name } } } }")
    assert name not in {edge["node"]["name"] for edge in data["datasets"]["edges"]}


async def test_tokens_that_somebody_made_up_do_not_hold(api: Api, server: Server) -> None:
    victim = await somebody(api)
    admin = await signed_in(api.url, "admin", str(server.environment["SEGMENTGRAPH_ADMIN_PASSWORD"]))
    claims, key = claims_of(victim.access), signing_key(server)
    # The same claims by the right key hold: what is refused below is refused for what is wrong with it.
    assert await reason(api.url, jwt.encode(claims, key, "HS256")) is None
    head, body, signature = victim.access.split(".")
    secret = (server.data_dir / "secret-key").read_text().strip()
    told = base64.urlsafe_b64encode(json.dumps({**claims, "sub": claims_of(admin.access)["sub"]}).encode())
    forged = {
        "alg none": unsigned({"alg": "none", "typ": "JWT"}, claims),
        "alg None": unsigned({"alg": "None"}, claims, signature),
        "no alg": unsigned({"typ": "JWT"}, claims, signature),
        "no signature": f"{head}.{body}.",
        "another account": f"{head}.{told.decode().rstrip('=')}.{signature}",
        "RS256 in the head": unsigned({"alg": "RS256"}, claims, signature),
        "detached": unsigned({"alg": "HS256", "b64": False, "crit": ["b64"]}, claims, signature),
        "five parts": f"{victim.access}.x.y",
        "deep head": base64.urlsafe_b64encode(b"[" * 500 + b"]" * 500).decode() + f".{body}.{signature}",
        "long": victim.access + "A" * 3_000,
        "very long": "A" * 60_000,
        "not ASCII": "ä.ö.ü",
        "key as refresh token": victim.refresh,
        **{
            f"by {name}": by_hand(claims, wrong, "HS256", "sha256")
            for name, wrong in {
                "the empty key": b"",
                "the raw secret": secret.encode(),
                "the audience": str(claims["aud"]).encode(),
                "the issuer": b"segmentgraph",
                "the purpose": b"segmentgraph-access-token",
                "another installation's key": hmac.digest(b"x" * 48, b"segmentgraph-access-token", "sha256"),
            }.items()
        },
        "by the right key, as RS256": by_hand(claims, key, "RS256", "sha256"),
        "by the right key, as none": by_hand(claims, key, "none", "sha256"),
        "by the right key, as HS384": by_hand(claims, key, "HS384", "sha384"),
        "other audience": jwt.encode({**claims, "aud": "00000000-0000-4000-8000-000000000000"}, key),
        "no audience": jwt.encode({name: claims[name] for name in claims if name != "aud"}, key),
        "other issuer": jwt.encode({**claims, "iss": "somebody"}, key),
        "from the future": jwt.encode({**claims, "iat": int(time.time()) + 60}, key),
        "no expiry": jwt.encode({name: claims[name] for name in claims if name != "exp"}, key),
        "endless": jwt.encode({**claims, "exp": 10**30}, key),
        "odd session": jwt.encode({**claims, "sid": ["x"]}, key),
        "odd account": jwt.encode({**claims, "sub": "1 OR 1=1"}, key),
    }
    told_of = {name: await reason(api.url, token) for name, token in forged.items() if token.isascii()}
    assert told_of == dict.fromkeys(told_of, "INVALID")
    # The session is of another account than the token says: it is ours, and holds no more.
    swapped = jwt.encode({**claims, "sub": claims_of(admin.access)["sub"]}, key)
    assert await reason(api.url, swapped) == "ENDED"
    # What a head says besides is nobody's business.
    for name in ("kid", "jku", "x5u", "jwk"):
        odd = jwt.encode(claims, b"0" * 32, headers={name: "http://127.0.0.1:1/key"})
        assert await reason(api.url, odd) == "INVALID"


async def test_clocks_may_be_ten_seconds_apart_and_no_more(api: Api, server: Server) -> None:
    victim = await somebody(api)
    claims, key = claims_of(victim.access), signing_key(server)
    now = int(time.time())
    assert await reason(api.url, jwt.encode({**claims, "iat": now + 5}, key)) is None
    assert await reason(api.url, jwt.encode({**claims, "exp": now - 3}, key)) is None
    assert await reason(api.url, jwt.encode({**claims, "exp": now - 12}, key)) == "EXPIRED"
    assert await reason(api.url, jwt.encode({**claims, "iat": now + 30}, key)) == "INVALID"


async def test_a_token_is_of_use_only_as_what_it_is(api: Api) -> None:
    victim = await somebody(api)
    key = (await victim.api.mutate("createApiKey", "token", name="k"))["token"]
    assert await reason(api.url, key) is None
    assert await reason(api.url, key, "X-API-Key") is None
    for nothing in (victim.refresh, f"sg_{victim.access}", f"sg_{victim.refresh}", f"{key}x", key[:-1]):
        assert await reason(api.url, nothing) == "INVALID"
        assert await reason(api.url, nothing, "X-API-Key") == "INVALID"
    for nothing in (victim.access, key, "", "\x00", "sgr_"):
        assert (await fresh(api.url, nothing))["accessToken"] is None
    assert await victim.works()


async def test_the_token_of_a_deleted_account_holds_no_more_nor_do_its_keys(api: Api) -> None:
    victim: Person = await somebody(api)
    key = (await victim.api.mutate("createApiKey", "token", name="k"))["token"]
    assert (await api.mutate("deleteUser", id=victim.id))["userErrors"] == []
    assert await reason(api.url, victim.access) == "ENDED"
    assert await reason(api.url, key) == "INVALID"
