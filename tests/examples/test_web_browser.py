"""The example's page in a real browser; skipped where Chromium or playwright is missing.

`python tests/test_web_browser.py` takes the pictures in `docs/images` anew.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from web_server import Served, connect, serve, until

from examples.web.app import stumble
from ip1_async import Direction, Message
from ip1_async.testing import Simulator

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

playwright = pytest.importorskip("playwright.async_api")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium")

NUMBER = "46712345678"
STUMBLING = "46701020304"
IMAGES = Path(__file__).parents[2] / "docs" / "images"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: Any = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1.5}
DESKTOP: Any = {"viewport": {"width": 1280, "height": 800}}


@asynccontextmanager
async def chromium() -> AsyncIterator["Browser"]:
    """Run a browser."""
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened(
    simulator: Simulator, number: str = NUMBER, **options: Any
) -> AsyncIterator[tuple["Page", Served]]:
    """Open a conversation in a new tab."""
    async with serve(simulator, **options) as served, chromium() as browser:
        page = await browser.new_page(locale="en-GB", timezone_id="UTC")
        await page.goto(f"{served.url}/#{number}")
        yield page, served


async def loaded(page: "Page") -> None:
    """Wait until the page has all that it gets."""
    await page.locator("#status").filter(has_text=re.compile(r"^[\d,]+ m")).wait_for()


async def drawn(page: "Page", selector: str = ".message") -> list[str]:
    """Give the ids of messages, the oldest first: the log stacks its chunks upwards."""
    ids: list[str] = await page.locator("#log").evaluate(
        "(log, selector) => [...log.children].reverse().flatMap("
        "chunk => [...chunk.querySelectorAll(selector)].map(each => each.dataset.id))",
        f"{selector}:not([hidden])",
    )
    return ids


async def messages_of(simulator: Simulator, number: str = NUMBER) -> list[Message]:
    """Read a conversation without the app, oldest first."""
    async with connect(simulator) as client:
        return await client.v2.conversations.list_messages(number).collect()


async def test_the_page_fills() -> None:
    """Bubbles stand in order and on their side, and the totals are the conversation's."""
    simulator = Simulator(conversations={NUMBER: 450})
    async with opened(simulator) as (page, _):
        await loaded(page)
        messages = await messages_of(simulator)
        outgoing = [each.id for each in messages if each.direction == Direction.MT]
        assert await drawn(page) == [each.id for each in messages]
        assert await drawn(page, ".outgoing") == outgoing
        assert await page.locator(".incoming").count() == 450 - len(outgoing)
        assert await heights(page, messages[-2:]) == sorted(await heights(page, messages[-2:]))
        assert 0 < (await heights(page, messages[-1:]))[0] < 720
        segments = sum(each.segments or 0 for each in messages)
        assert await page.locator("#messages").inner_text() == "450"
        assert await page.locator("#segments").inner_text() == f"{segments:,}"
        costs = {(each.currency or "").upper() for each in messages if each.price is not None}
        shown = await page.locator("#costs span").all_inner_texts()
        assert sorted(shown) == sorted(f"{cost(messages, each)} {each}" for each in costs)
        days = {each.modified.date() for each in messages if each.modified}
        assert await page.locator(".day").count() == len(days)


async def heights(page: "Page", messages: list[Message]) -> list[float]:
    """Tell how far below the window's top messages stand, in pixels."""
    boxes = [await page.locator(f"[data-id='{each.id}']").bounding_box() for each in messages]
    return [box["y"] for box in boxes if box]


def cost(messages: list[Message], currency: str) -> str:
    """Add up what a currency paid for, to two places."""
    prices = (m.price for m in messages if m.price and (m.currency or "").upper() == currency)
    return f"{sum(prices):,.2f}"


async def test_a_search_shows_what_matches() -> None:
    """While one types; what was found is marked, nothing is sent, and Escape shows all again."""
    simulator = Simulator(conversations={NUMBER: 450})
    async with opened(simulator) as (page, served):
        await loaded(page)
        messages = await messages_of(simulator)
        await until(lambda: served.streams == 0)
        sent = len(simulator.requests)
        await page.keyboard.press("/")
        await page.keyboard.type("TACK")
        matching = [each.id for each in messages if "tack" in (each.body or "").lower()]
        await page.get_by_text(f"{len(matching)} of 450 match").wait_for()
        assert await drawn(page) == matching
        marks = await page.locator("mark").all_text_contents()
        assert {mark.lower() for mark in marks} == {"tack"}
        await page.keyboard.press("Escape")
        await loaded(page)
        assert len(await drawn(page)) == 450
        assert await page.locator("mark").count() == 0
        assert len(simulator.requests) == sent


async def test_a_failure_has_a_button_that_goes_on() -> None:
    """Pressed until all is there, it brings every message once."""
    simulator = Simulator(conversations={STUMBLING: 1_000}, faults=stumble())
    async with opened(simulator, STUMBLING) as (page, served):
        resume = page.get_by_role("button", name="Go on")
        await resume.wait_for()
        assert "403 Forbidden" in await page.get_by_role("alert").inner_text()
        presses = 0
        while len(await drawn(page)) < 1_000:
            await resume.click()
            presses += 1
            await until(lambda: served.streams == 0)
            await page.locator("#progress").wait_for(state="hidden")
        simulator.faults = ()
        messages = await messages_of(simulator, STUMBLING)
        assert await drawn(page) == [each.id for each in messages]
        assert presses > 1
        assert await page.locator("#problem").is_hidden()


async def test_a_closed_tab_stops_the_requests() -> None:
    """The browser says goodbye, and nothing is fetched for nobody."""
    simulator = Simulator(conversations={NUMBER: 100_000}, latency=0.02)
    async with opened(simulator) as (page, served):
        await page.locator(".message").first.wait_for()
        await page.close()
        await until(lambda: served.streams == 0)
        sent = len(simulator.requests)
        async with connect(simulator) as client:  # time in which a page would come
            for _ in range(20):
                await client.v2.conversations.get_summary(NUMBER)
        assert len(simulator.requests) == sent + 20


async def test_an_empty_conversation_says_what_may_be_wrong() -> None:
    """A wrong base URL looks the same."""
    async with opened(Simulator()) as (page, _):
        await page.get_by_text("A wrong base URL looks the same").wait_for()
        assert await page.locator(".message").count() == 0


def message(number: int, body: str, **fields: Any) -> dict[str, Any]:
    """Make a message."""
    return {
        "id": f"{number:024x}",
        "sender": "iP1",
        "recipient": NUMBER,
        "body": body,
        "direction": "mt",
        "segments": 1,
        "modified": f"2026-02-0{number}T10:00:00Z",
        **fields,
    }


def status(code: int) -> list[dict[str, Any]]:
    """Make a list of statuses."""
    return [{"created": "2026-02-01T10:00:00Z", "code": code, "duration": 0}]


async def test_texts_are_texts_and_states_are_told_apart() -> None:
    """A script in a message is shown and not run; sums of money are exact."""
    script = (
        "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"
    )
    given = [
        message(1, script, statuses=status(201), price=0.1, currency="sek"),
        message(2, "b", statuses=status(402), price=0.2, currency="SEK"),
        message(3, "c", statuses=status(110)),
        message(4, "d", direction="mo", sender=NUMBER),
    ]
    async with opened(Simulator(conversations={NUMBER: given})) as (page, _):
        await loaded(page)
        texts = await page.locator(".text").all_inner_texts()
        states = await page.locator(".state").all_text_contents()
        assert texts == [script, "b", "c", "d"]
        assert states == ["delivered", "failed", "sending", ""]
        assert "insufficient funds" in await page.locator(".failed .reason").inner_text()
        assert await page.locator("#costs").inner_text() == "0.30 SEK"
        await page.locator("#search").fill("<script>")
        await page.get_by_text("1 of 4 match").wait_for()
        assert await page.locator("mark").all_inner_texts() == ["<script>"]
        assert await page.title() == NUMBER


# Pictures.


async def take(browser: "Browser", address: str, name: str, **options: Any) -> "Page":
    """Open a page, wait until nothing comes any more, and take a picture."""
    page = await browser.new_page(locale="en-GB", timezone_id="Europe/Stockholm", **options)
    await page.goto(address)
    await page.locator(".message").first.wait_for()
    await page.locator("#progress").wait_for(state="hidden")
    await page.screenshot(path=IMAGES / f"{name}.png")
    return page


async def take_pictures() -> None:
    """Show a conversation on a phone and on a desk, and one that broke off in the dark."""
    simulator = Simulator(conversations={NUMBER: 1_000, STUMBLING: 1_000}, faults=stumble(), seed=7)
    async with serve(simulator) as served, chromium() as browser:
        address = f"{served.url}/#"
        await take(browser, address + NUMBER, "web-phone", **PHONE)
        await take(browser, address + NUMBER, "web-desktop", **DESKTOP)
        await take(browser, address + STUMBLING, "web-phone-dark", color_scheme="dark", **PHONE)


if __name__ == "__main__":
    asyncio.run(take_pictures())
