"""A visit to the explorer, in a browser of this machine."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    WebSocket,
)

from tests.servers.running import ADMIN_PASSWORD, Server

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
        self.page.context.on("request", self.count)
        self.page.on("websocket", self._watch_socket)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hosts(self) -> set[str]:
        """Name the machines, with their ports, that were asked for anything."""
        return {urlsplit(url).netloc for url in self.requests if not url.startswith(("data:", "blob:"))}

    @property
    def account(self) -> Locator:
        """Who is signed in, as the top bar says."""
        return self.page.locator(".account")

    @property
    def notice(self) -> Locator:
        """Why nobody is signed in."""
        return self.page.locator(".sign-in .notice")

    @property
    def complaint(self) -> Locator:
        """Why signing in did not work."""
        return self.page.locator(".sign-in .complaint")

    async def open(self, server: Server) -> None:
        """Go to the explorer, and wait until it has read the schema and can be used."""
        async with self.page.expect_response(_of_schema):
            await self.page.goto(f"{server.url}/graphql")
        await self.page.wait_for_selector(".result-window .monaco-editor")

    async def sign_in(self, username: str = "admin", password: str = ADMIN_PASSWORD) -> None:
        """Fill in the form and send it off."""
        await self.page.get_by_label("Username").fill(username)
        await self.page.get_by_label("Password").fill(password)
        await self.page.keyboard.press("Enter")

    async def stored(self, storage: str = "sessionStorage") -> str:
        """All that the page keeps in one of the browser's storages."""
        return str(await self.page.evaluate(f"JSON.stringify({{...{storage}}})"))

    async def pass_shown(self) -> dict[str, Any]:
        """What the page keeps to show who is signed in."""
        kept = await self.page.evaluate("sessionStorage.getItem('segmentgraph:signed-in')")
        return dict(json.loads(kept))

    async def open_tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name, exact=True).click()

    async def play(self) -> Any:
        """Send the operation in the open tab; give the response, of a subscription the last."""
        return json.loads(await self.page.evaluate(PLAY))

    async def write(self, editor: str, text: str) -> None:
        """Put a text into an editor: `operation`, `variables` or `request-headers`."""
        await self.page.evaluate(WRITE, [editor, text])

    def count(self, request: Request) -> None:
        """Write down a request."""
        self.requests.append(request.url)
        self.posts += request.method == "POST"

    def _watch_socket(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(json.loads(frame)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@asynccontextmanager
async def visiting(browser: Browser) -> AsyncIterator[Visit]:
    """Give a page in a browser that has fetched the explorer before, maybe, and knows nothing else."""
    # What is fetched stays with a context, and to compile the editor again for every visit takes seconds.
    size = ViewportSize(width=1440, height=900)
    context = browser.contexts[0] if browser.contexts else await browser.new_context(viewport=size)
    visit = Visit(await context.new_page())
    visit.watch()
    try:
        yield visit
    finally:
        context.remove_listener("request", visit.count)
        await _forget(context, visit.page.url)


async def _forget(context: BrowserContext, url: str) -> None:
    """Close all tabs, and clear what the page at an address has kept."""
    blank = await context.new_page()
    for page in context.pages:
        if page is not blank:
            await page.close()
    session = await context.new_cdp_session(blank)
    origin = urlsplit(url)._replace(path="", query="", fragment="").geturl()
    kept = {"origin": origin, "storageTypes": "cookies,local_storage,indexeddb,service_workers,cache_storage"}
    await session.send("Storage.clearDataForOrigin", kept)
    await blank.close()


def _of_schema(response: Response) -> bool:
    return "IntrospectionQuery" in (response.request.post_data or "")
