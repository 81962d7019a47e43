"""A browser, and visits to the explorer with it."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.end_to_end.visits import Visit, visiting
from tests.servers.running import Server

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
async def newcomer(browser: Browser, server: Server) -> AsyncIterator[Visit]:
    """The explorer as somebody sees it who was never here."""
    async with visiting(browser) as visit:
        await visit.open(server)
        yield visit


@pytest.fixture
async def visit(newcomer: Visit) -> Visit:
    """The same, once signed in as the administrator."""
    await newcomer.sign_in()
    await expect(newcomer.account).to_contain_text("Signed in as admin (ADMIN)")
    return newcomer
