"""The explorer in a browser, against a real server."""

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, WebSocket, async_playwright, expect

from graph.serving.explorer.page import BUILT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A request to any other machine fails, and is told in the console.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# The page's policy forbids the functions in text that Playwright waits with, so the page waits by itself.
PLAY = """async () => {
  const response = __MONACO.editor.getModels().find(({ uri }) => uri.path.includes('response'));
  const button = document.querySelector('.graphiql-execute-button');
  const ended = new Promise((resolve) => {
    const look = () => response.getValue() && button.ariaLabel.startsWith('Execute') && resolve();
    response.onDidChangeContent(look);
    new MutationObserver(look).observe(button, { attributes: true });
  });
  button.click();
  await ended;
  return response.getValue();
}"""
WRITE = """([editor, text]) =>
  __MONACO.editor.getModels().find(({ uri }) => uri.path.includes(editor)).setValue(text)"""

pytestmark = pytest.mark.skipif(not BUILT.exists(), reason="the explorer is not built: make explorer")


class Server(Protocol):
    """A server that runs: `url` is its address without a path."""

    url: str


@dataclass
class Visit:
    """A page of the explorer, and what it asked for and complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    posts: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Write down everything from now on."""
        self.page.context.on("request", self._count)
        self.page.on("websocket", self._watch_socket)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hosts(self) -> set[str]:
        """Name the machines, with their ports, that were asked for anything."""
        return {urlsplit(url).netloc for url in self.requests if not url.startswith(("data:", "blob:"))}

    async def open_tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name, exact=True).click()

    async def play(self) -> Any:
        """Send the operation in the open tab; give the response, of a subscription the last."""
        return json.loads(await self.page.evaluate(PLAY))

    async def write(self, editor: str, text: str) -> None:
        """Put a text into an editor: `operation`, `variables` or `request-headers`."""
        await self.page.evaluate(WRITE, [editor, text])

    def _count(self, request: Request) -> None:
        self.requests.append(request.url)
        self.posts += request.method == "POST"

    def _watch_socket(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(json.loads(frame)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser of this machine."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not program:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def visit(browser: Browser, server: Server) -> AsyncIterator[Visit]:
    """The explorer as somebody sees it who was never here."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    visit = Visit(await context.new_page())
    visit.watch()
    # The one request that the page makes by itself: for the schema.
    async with visit.page.expect_response(lambda response: response.request.method == "POST"):
        await visit.page.goto(f"{server.url}/graphql")
    await visit.page.wait_for_selector(".result-window .monaco-editor")
    yield visit
    await context.close()


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


async def test_headers_are_sent_with_requests_and_subscriptions_and_not_kept(visit: Visit) -> None:
    await visit.page.get_by_role("button", name="Headers", exact=True).click()
    await visit.write("request-headers", '{"X-API-Key": "secret-of-mine"}')
    await visit.write("operation", "query Name { __typename }")
    await visit.write("variables", "{}")
    async with visit.page.expect_request(lambda request: request.method == "POST") as asked:
        assert (await visit.play())["data"] == {"__typename": "Query"}
    assert (await asked.value).headers["x-api-key"] == "secret-of-mine"

    await visit.write("operation", 'subscription Nothing { run(id: "none") { id } }')
    assert (await visit.play())["data"] == {"run": None}
    assert visit.sent[0] == {"type": "connection_init", "payload": {"X-API-Key": "secret-of-mine"}}

    # What the history shows, it has stored.
    await visit.page.get_by_role("button", name="Show History").click()
    await expect(visit.page.get_by_role("button", name="Nothing", exact=True)).to_be_visible()
    kept = await visit.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "subscription Nothing" in kept
    assert "secret-of-mine" not in kept


async def test_a_subscription_that_is_refused_says_why(visit: Visit) -> None:
    await visit.write("operation", "subscription Wrong { noSuchField }")
    await visit.write("variables", "{}")
    (error,) = (await visit.play())["errors"]
    assert "noSuchField" in error["message"]
