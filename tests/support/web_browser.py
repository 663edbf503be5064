"""The example's page in Chromium."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from web_server import NUMBER, Served, serve

from ip1_async.testing import Simulator

playwright = pytest.importorskip("playwright.async_api")
CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium")

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Milliseconds until a test gives up: eight browsers may share two cores.
PATIENCE = 180_000
# Gives the rows of the list that a selector names, the oldest first, in steps small enough to make
# every row an element once.
WALK = """
async (log, selector) => {
  const once = () => new Promise(requestAnimationFrame);
  const frame = async () => { await once(); await once(); };
  const seen = new Map();
  log.scrollTop = 0;
  for (let before = 1; before !== log.scrollTop;) {
    await frame();
    for (const row of log.querySelectorAll(selector)) {
      seen.set(Number(row.ariaPosInSet), row.dataset.id);
    }
    before = log.scrollTop;
    log.scrollTop -= 1000;
  }
  log.scrollTop = 0;
  await frame();
  return [...seen].sort(([one], [other]) => one - other).map(([, id]) => id);
}
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """Run a browser."""
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM, args=SWITCHES, timeout=PATIENCE
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened(
    simulator: Simulator, number: str = NUMBER, **options: Any
) -> AsyncIterator[tuple[Any, Served]]:
    """Open a conversation in a new tab."""
    async with serve(simulator, **options) as served, chromium() as browser:
        yield await open_page(browser, served, number), served


async def open_page(browser: Any, served: Served, number: str = NUMBER) -> Any:
    """Open a conversation in a new tab of a browser."""
    # A context of its own, in which a test can open more tabs.
    context = await browser.new_context(locale="en-GB", timezone_id="UTC")
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{served.url}/#{number}")
    return page


async def loaded(page: Any) -> None:
    """Wait until the page has all that it gets."""
    await page.locator("#status").filter(has_text=re.compile(r"^[\d,]+ messages?$")).wait_for()


async def rows(page: Any, selector: str = ".message") -> list[str]:
    """Scroll from end to end; give the ids of the messages that pass, the oldest first."""
    ids: list[str] = await page.locator("#log").evaluate(WALK, selector)
    return ids


async def says(page: Any, status: str, headline: str | None = None) -> None:
    """Wait for the line under the name, for the headline in place of messages, and for those."""
    await page.locator("#status").filter(has_text=status).wait_for()
    if headline is None:
        await page.locator("#notice").wait_for(state="hidden")
    else:
        await page.locator("#headline:visible").filter(has_text=headline).wait_for()
    await page.evaluate("new Promise(requestAnimationFrame)")  # in which messages are drawn
