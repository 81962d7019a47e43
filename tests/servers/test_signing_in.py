"""That clients of tests are who they should be."""

import pytest

from tests.servers import signing_in
from tests.servers.api import Api
from tests.servers.running import Server

WHO = "{ viewer { role kind } }"


async def test_a_client_is_the_administrator_unless_it_is_told_to_be_somebody_else(server: Server) -> None:
    token = signing_in.signed_in(server.url)["Authorization"].removeprefix("Bearer ")
    api, by_token, nobody = Api(server.url), Api(server.url, token=token), Api(server.url, signed_out=True)
    async with api.client, by_token.client, nobody.client:
        user = await api.as_role("USER")
        async with user.client:
            told = [(await each.ask(WHO))["viewer"] for each in (api, by_token, user, nobody)]

    assert [each and (each["role"], each["kind"]) for each in told] == [
        ("ADMIN", "USER"),
        ("ADMIN", "USER"),
        ("USER", "API_KEY"),
        None,
    ]


async def test_a_client_signs_in_anew_where_another_server_has_its_port(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(signing_in._tokens, server.url, "a token of the server before")
    api = Api(server.url)
    async with api.client:
        assert (await api.ask("{ datasets(first: 0) { pageInfo { hasNextPage } } }"))["datasets"]
        assert signing_in._tokens[server.url] != "a token of the server before"
        assert len(await api.errors("{ nothing }")) == 1
