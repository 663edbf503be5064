"""Take the pictures of the example's page: `PYTHONPATH=. python tests/support/web_pictures.py`."""

import asyncio
from pathlib import Path
from typing import Any

from PIL import Image
from web_browser import chromium
from web_server import NUMBER, serve, until

from examples.web.demo import NEW_CUSTOMER, QUESTION, REPLY, STUMBLES, stumble
from ip1_async.testing import Simulator

ANSWER = "Yes, the shop keeps it until Friday."
IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE: Any = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1.5}
DESKTOP: Any = {"viewport": {"width": 1280, "height": 800}}


async def talk(simulator: Simulator, feeds: set[Any]) -> None:
    """Let customers write, once the page is open."""
    await until(lambda: bool(feeds))
    simulator.receive(NEW_CUSTOMER, "iP1", QUESTION)
    simulator.receive(NUMBER, "iP1", "Hi, can I fetch it tomorrow instead?")
    await until(lambda: bool(simulator.sent))
    simulator.receive(NUMBER, "iP1", REPLY)


async def take(
    browser: Any, address: str, name: str, search: str = "", answer: str = "", **options: Any
) -> None:
    """Open a page, wait until nothing comes any more, search or answer, and take a picture."""
    page = await browser.new_page(locale="en-GB", timezone_id="Europe/Stockholm", **options)
    await page.goto(address)
    await page.locator(".message").first.wait_for()
    await page.locator("#progress").wait_for(state="hidden")
    if answer:
        await page.locator(".message", has_text="tomorrow instead").wait_for()
        await page.locator("#text").fill(answer)
        await page.get_by_role("button", name="Send").click()
        await page.locator(".message", has_text=REPLY).wait_for()
        await page.locator(".message.delivered", has_text=answer).wait_for()
    if search:
        await page.locator("#search").fill(search)
        await page.locator("mark").first.wait_for()
    file = IMAGES / f"{name}.png"
    await page.screenshot(path=file)
    # A page has few colours: 256 of them keep its signs apart, at a third of the bytes.
    picture = Image.open(file).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
    picture.save(file, optimize=True)


async def take_all() -> None:
    """Show a conversation on a desk, a search on a phone, and one that broke off in the dark."""
    # With this seed no emoji is in view, for which a machine may lack the font.
    simulator = Simulator(
        conversations={NUMBER: 1_000, STUMBLES: 1_000},
        faults=stumble(),
        seed=24,
        status_seconds=0.1,
    )
    async with serve(simulator) as served, chromium() as browser:
        address = f"{served.url}/#"
        talking = asyncio.create_task(talk(simulator, served.feeds))
        await take(browser, address + NUMBER, "web-desktop", answer=ANSWER, **DESKTOP)
        await talking
        await take(browser, address + NUMBER, "web-phone", search="tack", **PHONE)
        await take(browser, address + STUMBLES, "web-phone-dark", color_scheme="dark", **PHONE)


if __name__ == "__main__":
    asyncio.run(take_all())
