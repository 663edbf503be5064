"""Take the pictures of the example's page: `PYTHONPATH=. python tests/support/web_pictures.py`."""

import asyncio
from pathlib import Path
from typing import Any

from PIL import Image
from web_browser import chromium
from web_server import NUMBER, serve

from examples.web.demo import STUMBLES, stumble
from ip1_async.testing import Simulator

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE: Any = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1.5}
DESKTOP: Any = {"viewport": {"width": 1280, "height": 800}}


async def take(browser: Any, address: str, name: str, search: str = "", **options: Any) -> None:
    """Open a page, wait until nothing comes any more, search, and take a picture."""
    page = await browser.new_page(locale="en-GB", timezone_id="Europe/Stockholm", **options)
    await page.goto(address)
    await page.locator(".message").first.wait_for()
    await page.locator("#progress").wait_for(state="hidden")
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
    simulator = Simulator(conversations={NUMBER: 1_000, STUMBLES: 1_000}, faults=stumble(), seed=24)
    async with serve(simulator) as served, chromium() as browser:
        address = f"{served.url}/#"
        await take(browser, address + NUMBER, "web-desktop", **DESKTOP)
        await take(browser, address + NUMBER, "web-phone", search="tack", **PHONE)
        await take(browser, address + STUMBLES, "web-phone-dark", color_scheme="dark", **PHONE)


if __name__ == "__main__":
    asyncio.run(take_all())
