"""Signing in at the explorer, staying signed in, and out again, in a browser against a real server."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from graph.serving.explorer.page import BUILT
from tests.end_to_end.visits import Visit, visiting
from tests.servers.api import Api, until
from tests.servers.databases import fresh_sqlite
from tests.servers.running import ADMIN_PASSWORD, Server, serving

VIEWER = "query Mine { viewer { name role kind } }"
DATASETS = "query Hidden { datasets(first: 1) { totalCount } }"
WATCH = 'subscription Watch { run(id: "none") { id } }'

WRONG = "something else"

pytestmark = pytest.mark.skipif(not BUILT.exists(), reason="the explorer is not built: make explorer")


async def run(visit: Visit, operation: str) -> Any:
    """Write an operation without variables into the open tab, and send it."""
    await visit.write("operation", operation)
    await visit.write("variables", "{}")
    return await visit.play()


async def ends_session(server: Server, access_token: str) -> None:
    """End the session of an access token from elsewhere."""
    elsewhere = Api(server.url, token=access_token)
    async with elsewhere.client:
        assert (await elsewhere.mutate("signOut", "ended"))["ended"] == 1


async def viewer_of(server: Server, **shown: str) -> Any:
    """Ask the server whom it sees."""
    api = Api(server.url, **shown)  # type: ignore[arg-type]  # a key or a token
    async with api.client:
        return (await api.ask("{ viewer { role } }"))["viewer"]


# ---------------------------------------------------------------- signed out


async def test_a_newcomer_is_asked_to_sign_in_and_told_how(newcomer: Visit) -> None:
    page = newcomer.page
    await expect(page.get_by_label("Username")).to_be_focused()
    await expect(page.get_by_role("region", name="Sign in")).to_contain_text(
        "The first start printed a password; segmentgraph create-admin --username NAME makes another."
    )
    await expect(newcomer.account).to_contain_text("Signed out")
    tabs = await page.locator(".graphiql-tab").all_inner_texts()
    assert [tab.strip() for tab in tabs] == ["Upload", "Train", "Watch", "Read", "Datasets"]
    # What password managers look for.
    fields = page.locator("form").locator("input")
    hints = await fields.evaluate_all("(every) => every.map((each) => each.autocomplete)")
    assert hints == ["username", "current-password"]
    assert newcomer.complaints == []


async def test_the_documentation_is_open_to_everybody_and_the_rest_asks_to_sign_in(newcomer: Visit) -> None:
    page = newcomer.page
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await expect(page.get_by_role("link", name="Mutation", exact=True)).to_be_visible()

    (error,) = (await run(newcomer, DATASETS))["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    await expect(newcomer.notice).to_have_text("Sign in first: what you ran is not open to everybody.")


async def test_a_subscription_asks_to_sign_in(newcomer: Visit) -> None:
    (error,) = (await run(newcomer, WATCH))["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    await expect(newcomer.notice).to_have_text("Sign in first: what you ran is not open to everybody.")


# ---------------------------------------------------------------- in


async def test_the_keyboard_alone_signs_in_and_the_token_is_kept_for_this_tab_only(newcomer: Visit) -> None:
    page = newcomer.page
    await expect(page.get_by_label("Username")).to_be_focused()
    for keys in ("admin", ADMIN_PASSWORD):
        await page.keyboard.type(keys)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(newcomer.account).to_contain_text("Signed in as admin (ADMIN)")
    # Where a newcomer goes on, and ready to run it.
    await expect(page.get_by_role("button", name="Take 600 made-up customers")).to_be_visible()
    assert await page.evaluate("document.activeElement.closest('.graphiql-query-editor') !== null")

    token = (await newcomer.pass_shown())["accessToken"]
    async with page.expect_request(lambda request: request.method == "POST") as asked:
        mine = (await run(newcomer, VIEWER))["data"]["viewer"]
    assert (mine["role"], mine["kind"]) == ("ADMIN", "USER")
    assert (await asked.value).headers["authorization"] == f"Bearer {token}"
    assert (await run(newcomer, WATCH))["data"] == {"run": None}
    assert newcomer.sent[0]["payload"] == {"Authorization": f"Bearer {token}"}

    stored = await newcomer.stored("localStorage")
    secrets = [token, (await newcomer.pass_shown())["refreshToken"], ADMIN_PASSWORD]
    assert not [secret for secret in secrets if secret in stored]
    assert not [url for url in newcomer.requests for secret in secrets if secret in url]
    assert newcomer.complaints == []


async def test_it_lasts_over_a_reload_and_is_not_shared_with_another_tab(
    visit: Visit, server: Server
) -> None:
    await visit.page.reload()
    await expect(visit.account).to_contain_text("Signed in as admin (ADMIN)")
    assert (await run(visit, VIEWER))["data"]["viewer"]["role"] == "ADMIN"

    other = Visit(await visit.page.context.new_page())
    await other.open(server)
    await expect(other.account).to_contain_text("Signed out")
    assert await other.stored() == "{}"


async def test_a_wrong_password_is_told_in_words_and_can_be_typed_again(newcomer: Visit) -> None:
    await newcomer.sign_in(password=WRONG)
    await expect(newcomer.complaint).to_contain_text("wrong")
    password = newcomer.page.get_by_label("Password")
    await expect(password).to_be_focused()
    await expect(password).to_have_attribute("aria-invalid", "true")
    await expect(newcomer.page.get_by_label("Username")).to_have_value("admin")
    assert await newcomer.stored() == "{}"

    await newcomer.sign_in()
    await expect(newcomer.account).to_contain_text("Signed in as admin (ADMIN)")


async def test_who_tries_too_often_is_told_how_long_to_wait(browser: Browser, tmp_path: Path) -> None:
    url = fresh_sqlite(tmp_path)
    with serving(tmp_path / "data", url, sign_in_limit="1/5 minutes") as server:
        async with visiting(browser) as visit:
            await visit.open(server)
            await visit.sign_in(password=WRONG)
            await expect(visit.complaint).to_contain_text("wrong")
            await visit.sign_in(password=WRONG)
            await expect(visit.complaint).to_contain_text("Too many attempts: try again in ")
            assert await visit.stored() == "{}"


async def test_an_api_key_signs_in_too(newcomer: Visit, api: Api) -> None:
    page = newcomer.page
    analyst = await api.as_role("ANALYST")
    await analyst.client.aclose()
    await page.get_by_role("button", name="Use an API key instead").click()
    await expect(page.get_by_label("API key")).to_be_focused()
    await expect(page.get_by_role("region", name="Sign in")).to_contain_text(
        "segmentgraph create-api-key --role ANALYST --name NAME prints one."
    )

    await page.get_by_label("API key").fill("sg_nothing_of_this_server")
    await page.keyboard.press("Enter")
    await expect(newcomer.complaint).to_have_text(
        "The server does not know this key, or it was revoked or has expired."
    )
    await page.get_by_label("API key").fill("sg_müll")
    await page.keyboard.press("Enter")
    await expect(newcomer.complaint).to_contain_text("no accents")
    assert await newcomer.stored() == "{}"

    await page.get_by_label("API key").fill(f" {analyst.key}\t")
    await page.keyboard.press("Enter")
    await expect(newcomer.account).to_contain_text("(ANALYST, by key)")
    async with page.expect_request(lambda request: request.method == "POST") as asked:
        mine = (await run(newcomer, VIEWER))["data"]["viewer"]
    assert (mine["role"], mine["kind"]) == ("ANALYST", "API_KEY")
    headers = (await asked.value).headers
    assert (headers["x-api-key"], "authorization" in headers) == (analyst.key, False)
    assert str(analyst.key) not in await newcomer.stored("localStorage")


# ---------------------------------------------------------------- staying


async def refreshes(page: Page) -> list[Request]:
    """Give a list that takes every refresh from now on."""
    seen: list[Request] = []
    page.on("request", lambda each: seen.append(each) if "refreshSession" in (each.post_data or "") else None)
    return seen


async def test_a_token_is_refreshed_before_it_expires_once_for_all_who_wait(visit: Visit) -> None:
    before = await visit.pass_shown()
    due = json.dumps({**before, "renewAt": 0})
    await visit.page.evaluate("(due) => sessionStorage.setItem('segmentgraph:signed-in', due)", due)
    seen = await refreshes(visit.page)
    # The page asks who it is at once, and the operation comes beside that.
    await visit.page.reload()
    await visit.page.wait_for_selector(".result-window .monaco-editor")
    assert (await run(visit, VIEWER))["data"]["viewer"]["role"] == "ADMIN"
    assert len(seen) == 1
    after = await visit.pass_shown()
    assert after["accessToken"] != before["accessToken"]
    assert after["refreshToken"] != before["refreshToken"]
    assert after["mark"] == before["mark"]


async def test_what_was_refused_for_its_token_is_sent_again_with_a_new_one(visit: Visit) -> None:
    before = await visit.pass_shown()
    seen = await refreshes(visit.page)

    async def spoil(route: Route) -> None:
        await route.continue_(headers={**route.request.headers, "authorization": "Bearer no.longer.valid"})

    await visit.page.route("**/graphql", spoil, times=1)
    assert "totalCount" in (await run(visit, DATASETS))["data"]["datasets"]
    assert len(seen) == 1
    assert (await visit.pass_shown())["accessToken"] != before["accessToken"]
    await expect(visit.account).to_contain_text("Signed in as admin (ADMIN)")


async def test_a_copy_of_the_tab_lets_the_session_be(visit: Visit, server: Server) -> None:
    kept = await visit.page.evaluate("sessionStorage.getItem('segmentgraph:signed-in')")
    copy = Visit(await visit.page.context.new_page())
    # As a browser copies a tab; later loads of the page find what it has kept itself.
    await copy.page.add_init_script(
        "if (!sessionStorage.getItem('copied'))"
        f"  Object.assign(sessionStorage, {{ copied: 1, 'segmentgraph:signed-in': {json.dumps(kept)} }})"
    )
    await copy.open(server)
    await expect(copy.notice).to_have_text(
        "This browser tab is a copy of one that is signed in. Sign in here too."
    )
    assert "accessToken" not in await copy.stored()
    assert (await run(visit, VIEWER))["data"]["viewer"]["role"] == "ADMIN"


# ---------------------------------------------------------------- out


async def test_the_button_ends_the_session_and_leaves_nothing_that_was_answered(
    visit: Visit, server: Server
) -> None:
    token = (await visit.pass_shown())["accessToken"]
    assert "totalCount" in (await run(visit, DATASETS))["data"]["datasets"]
    assert await viewer_of(server, token=token) == {"role": "ADMIN"}

    async with visit.page.expect_response(
        lambda response: "signOut" in (response.request.post_data or "")
    ) as ended:
        await visit.account.get_by_role("button", name="Sign out").click()
    assert (await (await ended.value).json())["data"]["signOut"] == {"ended": 1, "userErrors": []}
    assert await viewer_of(server, token=token) is None

    await expect(visit.notice).to_have_text("You are signed out.")
    await expect(visit.page.get_by_label("Username")).to_be_focused()
    await expect(visit.page.locator(".result-window")).not_to_contain_text("totalCount")
    await expect(visit.page.locator(".graphiql-query-editor")).to_contain_text("Hidden")
    assert "accessToken" not in await visit.stored()


async def test_a_session_that_was_ended_elsewhere_asks_to_sign_in_again_and_loses_nothing(
    visit: Visit, server: Server
) -> None:
    await ends_session(server, (await visit.pass_shown())["accessToken"])
    (error,) = (await run(visit, DATASETS))["errors"]
    assert error["extensions"]["reason"] == "ENDED"
    await expect(visit.notice).to_have_text(
        "Your session has ended. Sign in again: what you typed is still here."
    )
    await expect(visit.account).to_contain_text("Signed out")
    assert "accessToken" not in await visit.stored()

    await visit.sign_in()
    await expect(visit.account).to_contain_text("Signed in as admin (ADMIN)")
    assert "totalCount" in (await visit.play())["data"]["datasets"]


async def test_a_subscription_of_an_ended_session_asks_to_sign_in_again(visit: Visit, server: Server) -> None:
    await ends_session(server, (await visit.pass_shown())["accessToken"])
    (error,) = (await run(visit, WATCH))["errors"]
    assert "closed with code 4403" in error["message"]
    await expect(visit.notice).to_contain_text("Your session has ended.")


async def test_a_page_whose_session_ended_while_it_was_closed_says_so(visit: Visit, server: Server) -> None:
    await ends_session(server, (await visit.pass_shown())["accessToken"])
    await visit.page.reload()
    await expect(visit.notice).to_contain_text("Your session has ended.")


async def test_a_key_that_was_revoked_asks_to_sign_in_again(newcomer: Visit, api: Api) -> None:
    made = await api.mutate("createApiKey", "token apiKey { id }", name="of a page", role="USER")
    await newcomer.page.get_by_role("button", name="Use an API key instead").click()
    await newcomer.page.get_by_label("API key").fill(made["token"])
    await newcomer.page.keyboard.press("Enter")
    await expect(newcomer.account).to_contain_text("(USER, by key)")

    assert (await api.mutate("revokeApiKey", id=made["apiKey"]["id"]))["userErrors"] == []
    (error,) = (await run(newcomer, DATASETS))["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    await expect(newcomer.notice).to_contain_text("Your API key no longer holds")
    assert made["token"] not in await newcomer.stored()


async def test_headers_that_do_not_hold_leave_the_page_signed_in(visit: Visit) -> None:
    await visit.page.get_by_role("button", name="Headers", exact=True).click()
    await visit.write("request-headers", '{"authorization": "Bearer of.somebody.else"}')
    (error,) = (await run(visit, DATASETS))["errors"]
    assert error["extensions"]["reason"] == "INVALID"
    await expect(visit.account).to_contain_text("Signed in as admin (ADMIN)")


async def test_passwords_and_tokens_that_are_typed_into_operations_are_not_kept(visit: Visit) -> None:
    secrets = {
        "password": 'gate \\\\ and \\"lamp\\"',
        "refreshToken": "sgr_0123456789abcdef",
        "key": "sg_01234567_89abcdef",
        "accessToken": "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
    }
    await visit.write("variables", json.dumps({"input": secrets}, indent=2))
    await visit.write(
        "operation",
        'mutation Typed { signIn(input: { username: "nobody", password: "weir \\"and\\" mill" }) '
        "{ user { id } userErrors { code } } }",
    )
    assert (await visit.play())["data"]["signIn"]["userErrors"] == [{"code": "INVALID"}]

    async def is_kept() -> bool:
        return "mutation Typed" in await visit.stored("localStorage")

    # GraphiQL keeps what is typed half a second after.
    await until(is_kept, "the browser's storage has the operation")
    stored = await visit.stored("localStorage")
    for secret in ("gate", "lamp", "weir", "mill", "0123456789abcdef", "89abcdef", "eyJ"):
        assert secret not in stored
