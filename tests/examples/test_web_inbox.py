"""The example's page in a real browser: answers, and what happens while it is open."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from web_browser import chromium, loaded, needs_chromium, open_page, opened, rows
from web_server import NUMBER, messages_of, serve, until

from examples.web import outbox, server
from ip1_async.testing import Fault, Request, Simulator

pytestmark = needs_chromium
OTHER = "46798765432"


def lose(fault: Fault) -> Any:
    """Let every send go wrong."""
    return lambda _, request: fault if request.method == "POST" else None


async def write(page: Any, text: str) -> None:
    """Write an answer into the box."""
    await page.locator("#text").fill(text)


async def is_shown_once(page: Any, simulator: Simulator, text: str) -> None:
    """Wait for a message in the list; it was sent once, and nothing about it is open."""
    await page.locator(".message.outgoing", has_text=text).wait_for()
    await page.locator("#outbox").wait_for(state="hidden")
    assert [each.payload["body"] for each in simulator.sent] == [text]
    assert await page.evaluate("localStorage.length") == 0


async def test_an_answer_is_sent_once_by_a_double_click() -> None:
    """The box is empty after the first click; what becomes of the answer is shown as it happens."""
    simulator = Simulator(conversations={NUMBER: 20}, status_seconds=0.05)
    async with opened(simulator) as (page, _):
        await loaded(page)
        await write(page, "It comes today.")
        await page.get_by_role("button", name="Send").dblclick()
        await is_shown_once(page, simulator, "It comes today.")
        await page.locator(".message[aria-posinset='21'] .state", has_text="delivered").wait_for()
        assert await page.locator("#text").input_value() == ""
        await page.locator("#status", has_text="21 messages").wait_for()
        assert await rows(page) == [each.id for each in await messages_of(simulator)]


async def test_a_lost_answer_says_so_and_can_be_settled() -> None:
    """The page says "perhaps sent" until one looks again and finds it."""
    simulator = Simulator(conversations={NUMBER: 20}, status_seconds=60)
    lost = Fault(accepted=True, reset="before")

    def choose(_: int, request: Request) -> Fault | None:
        unseen = request.path == "/v2/batches"
        return lost if request.method == "POST" else Fault(status=403) if unseen else None

    async with opened(simulator) as (page, _):
        await loaded(page)
        simulator.faults = choose
        await write(page, "Lost?")
        await page.keyboard.press("Control+Enter")
        await page.get_by_text("Perhaps sent.", exact=True).wait_for()
        look = page.get_by_role("button", name="Look again")
        await look.wait_for()
        assert await page.locator(".pending .text").inner_text() == "Lost?"
        simulator.faults = ()
        await look.click()
        await is_shown_once(page, simulator, "Lost?")


async def test_what_nobody_finds_is_given_back_to_a_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing sends it again; its text comes back into the box, for a person to decide."""
    monkeypatch.setattr(outbox, "LOOK_FOR", 0.0)
    simulator = Simulator(conversations={NUMBER: 20}, faults=lose(Fault(status=500)))
    async with opened(simulator) as (page, _):
        await loaded(page)
        await write(page, "Where is it?")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_text("not among the newest messages").wait_for()
        await page.get_by_role("button", name="Back to the box").click()
        assert await page.locator("#text").input_value() == "Where is it?"
        assert await page.locator(".pending").count() == 0
        assert sum(request.method == "POST" for request in simulator.requests) == 1


async def test_an_answer_that_was_refused_can_be_sent_again() -> None:
    """The page says why it was not sent."""
    simulator = Simulator(conversations={NUMBER: 20}, faults=lose(Fault(status=402)))
    async with opened(simulator) as (page, _):
        await loaded(page)
        await write(page, "Paid?")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_text("Not sent.", exact=True).wait_for()
        assert "402" in await page.locator(".pending .problem").inner_text()
        simulator.faults = ()
        await page.get_by_role("button", name="Send again").dblclick()
        await is_shown_once(page, simulator, "Paid?")


async def test_a_reload_while_an_answer_is_sent_sends_nothing_twice() -> None:
    """The page that comes back asks what became of its answer."""
    simulator = Simulator(conversations={NUMBER: 20})
    async with opened(simulator) as (page, _):
        await loaded(page)
        simulator.faults = lose(Fault(accepted=True, delay=1.0))
        await write(page, "Reload!")
        await page.get_by_role("button", name="Send").click()
        await until(lambda: bool(simulator.sent))
        await page.reload()
        await is_shown_once(page, simulator, "Reload!")


async def test_a_restart_while_an_answer_is_sent_sends_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page settles its answer with the next server, and shows what came meanwhile."""
    monkeypatch.setattr(server, "LAST_WORDS", 0.1)
    journal = str(tmp_path / "answers.db")
    simulator = Simulator(conversations={NUMBER: 20}, status_seconds=60)
    async with chromium() as browser:
        async with serve(simulator, journal=journal) as served:
            page = await open_page(browser, served)
            await loaded(page)
            simulator.faults = lose(Fault(accepted=True, hang=True))
            await write(page, "Restart!")
            await page.get_by_role("button", name="Send").click()
            await until(lambda: bool(simulator.sent))
        simulator.faults = ()
        await page.locator("#live.away").wait_for()
        simulator.append(NUMBER, 3)
        async with serve(simulator, int(served.url.rpartition(":")[2]), journal=journal):
            await page.locator("#live:not(.away)").wait_for()
            await is_shown_once(page, simulator, "Restart!")
            await page.locator("#status", has_text="24 messages").wait_for()
            assert await rows(page) == [each.id for each in await messages_of(simulator)]


async def test_a_new_message_is_shown_as_text_in_an_open_page() -> None:
    """Its markup is not run, and a search that is open takes it in."""
    text = "<img src=x onerror=\"document.title='taken'\">parcel"
    async with opened(Simulator(conversations={NUMBER: 20})) as (page, served):
        await loaded(page)
        await page.locator("#search").fill("onerror")
        await page.locator("#status", has_text="0 of 20 match").wait_for()
        served.simulator.receive(NUMBER, "iP1", text)
        served.simulator.receive(NUMBER, "iP1", "something else")
        await page.locator("#status", has_text="1 of 22 matches").wait_for()
        assert await page.locator(".message .text").all_inner_texts() == [text]
        await page.locator("#search").fill("")
        await page.locator(".message[aria-posinset='22']", has_text="something else").wait_for()
        assert await page.locator(".snippet").all_inner_texts() == ["something else"]
        assert await page.title() == NUMBER


async def test_who_reads_above_keeps_the_view() -> None:
    """New messages below do not move what a person reads."""
    async with opened(Simulator(conversations={NUMBER: 200})) as (page, served):
        await loaded(page)
        await page.locator("#log").focus()
        await page.keyboard.press("Home")
        oldest = page.locator(".message[aria-posinset='1']")
        await oldest.wait_for()
        await page.evaluate("document.getElementById('log').scrollBy(0, 300)")
        await page.wait_for_timeout(400)  # the view rests
        before = await oldest.bounding_box()
        served.simulator.receive(NUMBER, "iP1", "down here")
        await page.locator("#status", has_text="201 messages").wait_for()
        await page.wait_for_timeout(400)
        after = await oldest.bounding_box()
        assert after["y"] == pytest.approx(before["y"], abs=2)
        await page.keyboard.press("End")
        await page.locator(".message", has_text="down here").wait_for()


async def test_another_conversation_is_listed_and_keeps_its_draft() -> None:
    """A message of somebody else is unread until its conversation is opened; drafts stay apart."""
    async with opened(Simulator(conversations={NUMBER: 20})) as (page, served):
        await loaded(page)
        await write(page, "half a word")
        served.simulator.receive(OTHER, "iP1", "Hello?")
        await page.locator(".new").wait_for()
        assert await page.title() == f"(1) {NUMBER}"
        await page.locator(".thread a").click()
        await page.locator(".message", has_text="Hello?").wait_for()
        assert await page.locator(".new:visible").count() == 0
        assert await page.title() == OTHER
        assert await page.locator("#text").input_value() == ""
        await page.go_back()
        await loaded(page)
        assert await page.locator("#text").input_value() == "half a word"


async def test_two_tabs_share_one_feed() -> None:
    """Both show what happens, and the second takes over when the first is closed."""
    async with opened(Simulator(conversations={NUMBER: 20})) as (page, served):
        await loaded(page)
        other = await page.context.new_page()
        await other.goto(f"{served.url}/#{NUMBER}")
        await loaded(other)
        served.simulator.receive(NUMBER, "iP1", "for both")
        for each in (page, other):
            await each.locator(".message", has_text="for both").wait_for()
            await each.locator("#live:not(.away)").wait_for()
        assert len(served.feeds) == 1
        await write(other, "from the other")
        await other.get_by_role("button", name="Send").click()
        await is_shown_once(page, served.simulator, "from the other")
        await page.close()
        await until(lambda: len(served.feeds) == 1)
        served.simulator.receive(NUMBER, "iP1", "for the one that is left")
        await other.locator(".message", has_text="for the one that is left").wait_for()
        assert await other.locator(".message", has_text="from the other").count() == 1


async def test_a_reload_beside_another_tab_leaves_nothing_open() -> None:
    """A tab that comes back settles its answer, though another tab has the feed."""
    simulator = Simulator(conversations={NUMBER: 20})
    async with opened(simulator) as (page, served):
        await loaded(page)
        other = await page.context.new_page()
        await other.goto(f"{served.url}/#{NUMBER}")
        await loaded(other)
        simulator.faults = lose(Fault(accepted=True, delay=1.0))
        await write(other, "Reload!")
        await other.get_by_role("button", name="Send").click()
        await until(lambda: bool(simulator.sent))
        await other.reload()
        for each in (other, page):
            await is_shown_once(each, simulator, "Reload!")


FORGE = """
async (url) => {
  const body = JSON.stringify({
    key: crypto.randomUUID(), participant: "46712345678", text: "forged",
  });
  for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {
    for (const mode of ["no-cors", "cors"]) {
      const headers = { "Content-Type": type };
      await fetch(`${url}/api/send`, { method: "POST", mode, headers, body }).catch(() => {});
    }
  }
  navigator.sendBeacon(`${url}/api/send`, new Blob([body], { type: "text/plain" }));
}
"""


async def test_another_site_sends_nothing() -> None:
    """What a page of another port posts to the app gets nowhere."""
    async with opened(Simulator(conversations={NUMBER: 20})) as (page, served):
        await loaded(page)
        sent = len(served.simulator.requests)
        stranger = await page.context.new_page()
        await stranger.goto(served.simulator.v2_url)
        await stranger.evaluate(FORGE, served.url)
        await stranger.close()
        await until(lambda: served.streams == 0)
        await asyncio.sleep(0.2)
        posts = [each for each in served.simulator.requests[sent:] if each.method == "POST"]
    assert not posts
