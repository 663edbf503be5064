"""The example's page in a real browser; skipped where Chromium or playwright is missing."""

from typing import Any

from web_browser import chromium, loaded, needs_chromium, open_page, opened, rows, says
from web_server import NUMBER, connect, fail_at, messages_of, serve, until

from examples.web.demo import STUMBLES, stumble
from ip1_async import Direction, Message
from ip1_async.testing import Fault, Simulator

pytestmark = needs_chromium


async def test_the_page_fills() -> None:
    """Bubbles are in order and on their side, and the totals are those of the conversation."""
    simulator = Simulator(conversations={NUMBER: 450})
    async with opened(simulator) as (page, _):
        await loaded(page)
        messages = await messages_of(simulator)
        outgoing = [each.id for each in messages if each.direction == Direction.MT]
        assert await rows(page) == [each.id for each in messages]
        assert await rows(page, ".outgoing") == outgoing
        assert len(await rows(page, ".incoming")) == 450 - len(outgoing)
        assert await heights(page, messages[-2:]) == sorted(await heights(page, messages[-2:]))
        assert 0 < (await heights(page, messages[-1:]))[0] < 720
        segments = sum(each.segments or 0 for each in messages)
        assert await page.locator("#messages").inner_text() == "450"
        assert await page.locator("#segments").inner_text() == f"{segments:,}"
        costs = {(each.currency or "").upper() for each in messages if each.price is not None}
        shown = await page.locator("#costs span").all_inner_texts()
        assert sorted(shown) == sorted(f"{cost(messages, each)} {each}" for each in costs)
        days = {each.modified.date() for each in messages if each.modified}
        assert len(await rows(page, ".message:not(:has(.day:empty))")) == len(days)


async def test_a_keyboard_reaches_both_ends() -> None:
    """Home shows the oldest message and End the newest; few are elements, and all have a place."""
    async with opened(Simulator(conversations={NUMBER: 2_000})) as (page, _):
        await loaded(page)
        await page.locator("#log").focus()
        for key, place in (("Home", 1), ("End", 2_000)):
            await page.keyboard.press(key)
            end = page.locator(f".message[aria-posinset='{place}']")
            await end.wait_for()
            await until_in_view(page, place)
            assert await end.get_attribute("aria-setsize") == "2000"
            assert await page.locator(".message").count() < 60


async def until_in_view(page: Any, place: int) -> None:
    """Wait until a message is in the window."""
    await page.wait_for_function(
        "place => { const log = document.getElementById('log').getBoundingClientRect();"
        " const row = document.querySelector(`[aria-posinset='${place}']`).getBoundingClientRect();"
        " return row.top >= log.top && row.bottom <= log.bottom; }",
        arg=place,
    )


async def heights(page: Any, messages: list[Message]) -> list[float]:
    """Tell how far below the window's top messages stand, in pixels."""
    boxes = [await page.locator(f"[data-id='{each.id}']").bounding_box() for each in messages]
    return [box["y"] for box in boxes if box]


def cost(messages: list[Message], currency: str) -> str:
    """Add up what a currency paid for, to two places."""
    prices = (m.price for m in messages if m.price and (m.currency or "").upper() == currency)
    return f"{sum(prices):,.2f}"


async def test_a_failure_has_a_button_that_goes_on() -> None:
    """The button to go on, pressed until the list is complete, brings every message once."""
    simulator = Simulator(conversations={STUMBLES: 1_000}, faults=stumble())
    async with opened(simulator, STUMBLES) as (page, _):
        resume = page.get_by_role("button", name="Go on")
        await resume.wait_for()
        assert "403 Forbidden" in await page.get_by_role("alert").inner_text()
        presses = 0
        while await resume.is_visible():
            await resume.click()
            presses += 1
            await page.locator("#progress").wait_for(state="hidden")
        simulator.faults = ()
        messages = await messages_of(simulator, STUMBLES)
        assert await rows(page) == [each.id for each in messages]
        assert presses > 1


async def test_a_closed_tab_stops_the_requests() -> None:
    """When the page is left, the server fetches nothing more."""
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
    """For an empty conversation, the page says that a wrong base URL looks the same."""
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
        await says(page, "1 of 4 matches")
        assert await page.locator("mark").all_inner_texts() == ["<script>"]
        assert await page.title() == NUMBER


async def test_a_page_gets_over_a_restart_of_the_server() -> None:
    """During a restart of the server, the page says so, tries again, and then shows the rest."""
    simulator = Simulator(conversations={NUMBER: 450})
    async with chromium() as browser:
        simulator.faults = fail_at(150, Fault(hang=True))
        async with serve(simulator) as served:
            page = await open_page(browser, served)
            await page.locator("#status", has_text="Loading… 200 of").wait_for()
        simulator.faults = ()
        alert = page.get_by_role("alert")
        await alert.filter(has_text="The server is restarting. Trying again…").wait_for()
        await alert.filter(has_text="The server can't be reached. Trying again…").wait_for()
        async with serve(simulator, int(served.url.rpartition(":")[2])):
            await loaded(page)
            assert await rows(page) == [each.id for each in await messages_of(simulator)]
            assert await alert.is_hidden()
