"""The explorer in a browser, against a real server."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from graph.serving.explorer.page import BUILT
from tests.end_to_end.visits import Visit
from tests.servers.api import Api
from tests.servers.running import Server

pytestmark = pytest.mark.skipif(not BUILT.exists(), reason="the explorer is not built: make explorer")


async def test_a_newcomer_clicks_from_a_file_to_segments_and_nothing_leaves_the_machine(
    visit: Visit, server: Server
) -> None:
    tabs = await visit.page.locator(".graphiql-tab").all_inner_texts()
    assert [tab.strip() for tab in tabs] == ["Upload", "Train", "Watch", "Read", "Datasets"]

    await visit.page.get_by_role("button", name="Take 600 made-up customers").click()
    uploaded = (await visit.play())["data"]["uploadDataset"]
    assert uploaded["userErrors"] == []
    assert uploaded["dataset"]["rowCount"] == 600

    await visit.open_tab("Train")
    trained = (await visit.play())["data"]["trainClustering"]
    assert trained["userErrors"] == []

    await visit.open_tab("Watch")
    watched = (await visit.play())["data"]["run"]
    assert (watched["status"], watched["progress"]["fraction"]) == ("SUCCEEDED", 1)
    assert sum(segment["size"] for segment in watched["segments"]) == 600

    await visit.open_tab("Read")
    run = (await visit.play())["data"]["clusteringRun"]
    assert run["dataset"] == {"name": uploaded["dataset"]["name"], "rowCount": 600}
    assert all(segment["name"] and segment["characteristics"] for segment in run["segments"])
    pictures = visit.page.locator(".pictures img")
    await expect(pictures).to_have_count(2)
    await pictures.evaluate_all("(every) => Promise.all(every.map((each) => each.decode()))")

    await visit.open_tab("Datasets")
    assert (await visit.play())["data"]["datasets"]["edges"][0]["node"]["id"] == uploaded["dataset"]["id"]

    assert visit.hosts() == {urlsplit(server.url).netloc}
    assert visit.complaints == []


async def test_a_file_stands_for_the_variable_that_it_is_given(visit: Visit, tmp_path: Path) -> None:
    table = tmp_path / "two groups.csv"
    rows = [f"{number},{number % 2 * 100 + number}" for number in range(40)]
    table.write_text("\n".join(["customer,spent", *rows]))
    await visit.page.get_by_label("Choose files").set_input_files(table)
    await visit.page.get_by_label("Variable of two groups.csv").fill("input.file")
    await visit.write(
        "operation",
        "mutation Mine($input: UploadDatasetInput!) { uploadDataset(input: $input) "
        "{ dataset { name rowCount checksum } userErrors { message } } }",
    )
    await visit.write("variables", '{"input": {"name": "Mine"}}')
    answer = await visit.play()
    assert answer["data"]["uploadDataset"]["userErrors"] == []
    assert answer["data"]["uploadDataset"]["dataset"]["name"] == "Mine"
    assert answer["data"]["uploadDataset"]["dataset"]["rowCount"] == 40
    assert visit.complaints == []


async def test_an_upload_without_a_file_is_not_sent_and_says_where_to_choose_one(visit: Visit) -> None:
    before = visit.posts
    (error,) = (await visit.play())["errors"]
    assert (
        error["message"]
        == "Not sent: choose a file for $file in the Files panel, the paper clip on the left."
    )
    assert visit.posts == before


async def test_headers_are_sent_with_requests_and_subscriptions_and_not_kept(visit: Visit, api: Api) -> None:
    user = await api.as_role("USER")
    async with user.client:
        await visit.page.get_by_role("button", name="Headers", exact=True).click()
        await visit.write("request-headers", f'{{"X-API-Key": "{user.key}"}}')
    await visit.write("operation", "query Name { viewer { role } }")
    await visit.write("variables", "{}")
    # They are sent in place of what the page itself is signed in with.
    async with visit.page.expect_request(lambda request: request.method == "POST") as asked:
        assert (await visit.play())["data"] == {"viewer": {"role": "USER"}}
    headers = (await asked.value).headers
    assert headers["x-api-key"] == user.key
    assert "authorization" not in headers

    await visit.write("operation", 'subscription Nothing { run(id: "none") { id } }')
    assert (await visit.play())["data"] == {"run": None}
    assert visit.sent[0] == {"type": "connection_init", "payload": {"X-API-Key": user.key}}

    # What the history shows, it has stored.
    await visit.page.get_by_role("button", name="Show History").click()
    await expect(visit.page.get_by_role("button", name="Nothing", exact=True)).to_be_visible()
    kept = await visit.stored("localStorage") + await visit.stored()
    assert "subscription Nothing" in kept
    assert str(user.key) not in kept


async def test_a_subscription_that_is_refused_says_why(visit: Visit) -> None:
    await visit.write("operation", "subscription Wrong { noSuchField }")
    await visit.write("variables", "{}")
    (error,) = (await visit.play())["errors"]
    assert "noSuchField" in error["message"]
