"""What answers at which address, and to whom."""

import httpx
import pytest

from tests.servers.api import Api

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


async def test_a_browser_gets_the_explorer_where_a_client_gets_json(api: Api) -> None:
    address = f"{api.url}/graphql"

    page = await api.client.get(address, headers={"Accept": BROWSER})
    answers = [
        await api.client.get(address, params={"query": "{ __typename }"}, headers={"Accept": accept})
        for accept in ("*/*", "application/json", "application/graphql-response+json")
    ]
    posted = await api.client.post(address, json={"query": "{ __typename }"}, headers={"Accept": BROWSER})

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<!doctype html>" in page.text.lower()
    assert [answer.json() for answer in (*answers, posted)] == [{"data": {"__typename": "Query"}}] * 4
    assert [answer.headers["content-type"] for answer in answers] == [
        "application/json; charset=utf-8",
        "application/json; charset=utf-8",
        "application/graphql-response+json; charset=utf-8",
    ]


async def test_the_root_leads_to_the_explorer(api: Api) -> None:
    response = await api.client.get(f"{api.url}/", headers={"Accept": BROWSER}, follow_redirects=True)

    assert str(response.url) == f"{api.url}/graphql"
    assert response.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_server_that_works_is_alive_and_ready(api: Api) -> None:
    live, ready = [await api.client.get(f"{api.url}/health/{kind}") for kind in ("live", "ready")]

    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_every_answer_has_the_id_of_its_request(api: Api) -> None:
    own = await api.client.get(f"{api.url}/health/live", headers={"X-Request-ID": "trace-42"})
    made = [await api.client.get(f"{api.url}/health/live") for _ in range(2)]

    assert own.headers["x-request-id"] == "trace-42"
    assert len({response.headers["x-request-id"] for response in made}) == 2


@pytest.mark.parametrize("path", ["/nothing", "/files/", "/graphql/more", "/health"])
async def test_what_is_nowhere_is_not_found(api: Api, path: str) -> None:
    assert (await api.client.get(f"{api.url}{path}")).status_code == 404


async def test_a_page_of_elsewhere_may_not_ask_unless_it_is_let(api: Api) -> None:
    response: httpx.Response = await api.client.options(
        f"{api.url}/graphql",
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"},
    )

    assert "access-control-allow-origin" not in response.headers
