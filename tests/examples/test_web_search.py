"""The search of the example's page, in a real browser, while messages come and after.

`pytest -s tests/examples/test_web_search.py -k figures` prints what 50,000 messages cost.
"""

from pathlib import Path
from typing import Any

from web_browser import loaded, needs_chromium, opened, rows, says
from web_server import NUMBER, Gate, fail_at, messages_of, until

from ip1_async import Message, to_dict
from ip1_async.testing import Fault, Simulator

pytestmark = needs_chromium


def matching(messages: list[Message], words: str) -> list[str]:
    """Give the ids of the messages whose text contains words in any case."""
    return [each.id for each in messages if words.lower() in (each.body or "").lower()]


async def test_a_search_shows_what_matches() -> None:
    """The search filters while one types, and marks matches; Escape shows all messages again."""
    simulator = Simulator(conversations={NUMBER: 450})
    async with opened(simulator) as (page, served):
        await loaded(page)
        messages = await messages_of(simulator)
        await until(lambda: served.streams == 0)
        sent = len(simulator.requests)
        await page.keyboard.press("/")
        await page.keyboard.type("TACK")
        found = matching(messages, "tack")
        await says(page, f"{len(found)} of 450 match")
        assert await rows(page) == found
        marks = await page.locator("mark").all_text_contents()
        assert {mark.lower() for mark in marks} == {"tack"}
        await page.keyboard.press("Escape")
        await loaded(page)
        assert len(await rows(page)) == 450
        assert await page.locator("mark").count() == 0
        assert await page.evaluate("document.activeElement.id") == "log"
        assert len(simulator.requests) == sent


async def test_a_search_goes_on_while_messages_come() -> None:
    """It finds what comes later, and says that nothing was found when nothing more can come."""
    gate, oldest = Gate(2), "this was the first"  # two requests: the counts, and a page
    async with Simulator(conversations={NUMBER: 450}) as source:
        listed = [to_dict(each) for each in await messages_of(source)]
    listed[0]["body"] = oldest
    simulator = Simulator(conversations={NUMBER: listed})
    async with opened(simulator, rate_limit=gate) as (page, _):
        search, spoken = page.locator("#search"), page.locator("#spoken")
        await page.locator("#status", has_text="Loading… 200 of").wait_for()
        await search.fill("no such words")
        await says(page, "Searching… 0 found so far", "Searching…")
        await page.get_by_text("Nothing found yet in 200 messages. More are on their").wait_for()
        await search.fill(oldest)
        await says(page, "Searching… 0 found so far", "Searching…")
        assert await spoken.text_content() == "Searching…"
        gate.permit(100)
        await says(page, "1 of 450 matches")
        assert await spoken.text_content() == "1 of 450 matches"
        assert await page.locator("mark").all_text_contents() == [oldest]
        await search.fill("no such words")
        await says(page, "0 of 450 match", "Nothing found")
        await page.get_by_text("None of 450 messages contains “no such words”.").wait_for()


async def test_a_search_in_half_a_conversation_promises_nothing() -> None:
    """If loading stopped, the search says that the rest may still contain the words."""
    simulator = Simulator(conversations={NUMBER: 450}, faults=fail_at(150, Fault(status=403)))
    async with opened(simulator) as (page, _):
        await page.get_by_role("button", name="Go on").wait_for()
        await page.locator("#search").fill("no such words")
        await says(page, "0 found so far", "Nothing found so far")
        assert "Nothing found." not in await page.locator("#notice").inner_text()


MANY = 50_000
TIMED_SEARCH = """
async (words) => {
  const status = document.getElementById("status");
  const began = performance.now();
  const search = document.getElementById("search");
  search.value = words;
  search.dispatchEvent(new Event("input"));
  while (!status.textContent.endsWith("match")) await new Promise((done) => setTimeout(done));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}
"""


async def test_figures_of_many_messages() -> None:
    """Of 50,000 messages a few dozen are elements, before, in and after a search."""
    simulator = Simulator(conversations={NUMBER: MANY})
    async with opened(simulator) as (page, _):
        await loaded(page)
        print("\n", await weigh(page))  # noqa: T201
        for words in ("tack", "e", "no such words", ""):
            await page.locator("#search").fill(words)
            if words:
                times = [await page.evaluate(TIMED_SEARCH, words) for _ in range(5)]
                print(f"{words!r:16}", *(f"{each:.0f} ms" for each in times))  # noqa: T201
            assert await page.locator(".message").count() < 60
        print("", await weigh(page))  # noqa: T201


async def weigh(page: Any) -> str:
    """Say what the page weighs: its heap after a garbage collection, and its whole process."""
    session = await page.context.new_cdp_session(page)
    whole = await renderer_memory(page.context.browser)
    await session.send("HeapProfiler.collectGarbage")
    await session.send("Performance.enable")
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    await session.detach()
    values = {each["name"]: each["value"] for each in metrics}
    heap = values["JSHeapUsedSize"] / 1e6
    return f"JSHeapUsedSize {heap:.0f} MB, {values['Nodes']:.0f} nodes, renderer {whole}"


async def renderer_memory(browser: Any) -> str:
    """Say how large the largest renderer is, in the kernel's words."""
    session = await browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    await session.detach()
    sizes = [memory_of(each["id"]) for each in processes if each["type"] == "renderer"]
    resident, private = max(sizes)
    return f"RSS {resident:.0f} MB, of which private {private:.0f} MB"


def memory_of(pid: int) -> tuple[float, float]:
    """Give the resident and the private memory of a process, in MB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    sizes = dict(line.split()[:2] for line in text.splitlines()[1:])
    private = int(sizes["Private_Clean:"]) + int(sizes["Private_Dirty:"])
    return int(sizes["Rss:"]) * 1024 / 1e6, private * 1024 / 1e6
