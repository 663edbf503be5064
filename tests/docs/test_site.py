"""The site that is built from the pages and the docstrings."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from web_browser import chromium, needs_chromium

import ip1_async

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BUILD = DOCS / "site" / "build.py"
# The index is the front page; two pages are from the project's own folder.
PAGES = sorted({page.stem for page in DOCS.glob("*.md")} - {"README"} | {"changelog", "security"})
SIZES = [(1280, 800), (390, 844)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site once."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, BUILD, folder], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Import what builds it."""
    monkeypatch.syspath_prepend(str(BUILD.parent))
    yield import_module("build")
    for name in ("build", "links", "reference"):
        del sys.modules[name]


def test_the_navigation_names_every_page(build: ModuleType) -> None:
    """Each page under `docs/` is in it once, and has a description."""
    tables = build.navigation((DOCS / "README.md").read_text(encoding="utf-8"))
    rows = [row for table in tables.values() for row in table]
    assert sorted(build.name_of(link) for link, *_ in rows) == PAGES
    assert all(title and about for _, title, about in rows)


def test_links_lead_to_the_place_on_the_site(build: ModuleType) -> None:
    """The index is the front page, and pages of the project's folder are beside the others."""
    for given, wanted in (
        ("[x](README.md)", "[x](index.md)"),
        ("[x](../SECURITY.md#report)", "[x](security.md#report)"),
        ("[x](docs/contributing.md#set-up)", "[x](contributing.md#set-up)"),
        ("[x](docs/README.md)", "[x](index.md)"),
        ("[x](start.md)", "[x](start.md)"),
    ):
        assert build.relinked(given) == wanted


def test_every_page_leads_to_every_other(site: Path) -> None:
    """The navigation is on each page, with the reference and the changelog."""
    for name in ("index", *PAGES):
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        for other in (*PAGES, "reference/client"):
            assert f'href="{"#" if other == name else other + ".html"}"' in text


def test_the_reference_has_every_public_name(site: Path) -> None:
    """What can be imported from the front door can be looked up, and linked to."""
    text = "".join(page.read_text(encoding="utf-8") for page in site.glob("reference/*.html"))
    for name in (*ip1_async.__all__, "convert", "testing.Simulator", "events.Paused"):
        assert text.count(f'id="ip1_async.{name}"') == 1, name
    for strange in ("ip1_async._", "(api: ", "PEP 604", "A named collection of types", "```"):
        assert strange not in re.sub("<[^>]+>", "", text), strange


def test_a_machine_reads_the_pages_as_they_are(site: Path) -> None:
    """`llms.txt` names the Markdown of every page, which is beside it; another file has it all."""
    listed = (site / "llms.txt").read_text(encoding="utf-8")
    everything = (site / "llms-full.txt").read_text(encoding="utf-8")
    assert listed.startswith("# ip1_async\n\n> ")
    for name in PAGES:
        page = (site / f"{name}.md").read_text(encoding="utf-8")
        assert f"]({name}.md): " in listed
        assert page in everything
    assert (site / "errors.md").read_bytes() == (DOCS / "errors.md").read_bytes()


def test_dead_links_are_found(build: ModuleType, tmp_path: Path) -> None:
    """A file, an anchor and a picture that are not there are named; the others are not."""
    links = "../b.html#there #here https://example.org/x ../b.html#gone c.html ../b.css#x"
    anchors = "".join(f'<a href="{link}">x</a>' for link in links.split())
    (tmp_path / "pages").mkdir()
    (tmp_path / "b.css").touch()
    (tmp_path / "b.html").write_text('<h1 id="there">b</h1>', encoding="utf-8")
    page = f'<h1 id="here">a</h1>{anchors}<img src="none.png">'
    (tmp_path / "pages" / "a.html").write_text(page, encoding="utf-8")
    dead = ["../b.css#x", "../b.html#gone", "c.html", "none.png"]
    assert build.dead_links(tmp_path) == [f"pages/a.html: {link}" for link in dead]


WRONG = """# Start

[x](nothing.md) [x](start.md#nowhere) ![x](images/gone.png)

```tongue
x
```
"""


def test_warnings_are_errors(
    build: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A page that Sphinx warns of is not published: a dead link, or a block nobody knows."""
    docs = tmp_path / "docs"
    (docs / "site").mkdir(parents=True)
    for name in ("conf.py", "style.css"):
        (docs / "site" / name).write_bytes((DOCS / "site" / name).read_bytes())
    index = "# Docs\n\n| to read | |\n|---|---|\n| [Start](start.md) | at once |\n"
    (docs / "README.md").write_text(index, encoding="utf-8")
    (docs / "start.md").write_text(WRONG, encoding="utf-8")
    monkeypatch.setattr(build, "DOCS", docs)
    monkeypatch.setattr(build, "reference_pages", lambda: [("x", "x\n=\n\nNothing here.\n")])
    assert build.build(tmp_path / "site") == ["Sphinx has warnings"]
    said = capfd.readouterr().err
    assert all(word in said for word in ("nothing.md", "nowhere", "gone.png", "tongue"))


@needs_chromium
async def test_it_fits_a_desk_and_a_phone(site: Path) -> None:
    """No page is wider than the screen, and nothing comes from elsewhere."""
    asked: list[str] = []
    async with chromium() as browser:
        for width, height in SIZES:
            page = await browser.new_page(viewport={"width": width, "height": height})
            page.on("request", lambda request: asked.append(request.url))
            for name in ("index", *PAGES, "reference/client", "reference/models"):
                await page.goto((site / f"{name}.html").as_uri())
                beyond = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert beyond <= 0, f"{name} at {width}"
    assert asked
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]


@needs_chromium
async def test_it_is_dark_where_the_reader_wants_that(site: Path) -> None:
    """It follows the system's colours, until the button says otherwise."""
    seen = []
    color = "getComputedStyle(document.body).backgroundColor"
    async with chromium() as browser:
        for scheme in ("light", "dark"):
            page = await browser.new_page(color_scheme=scheme)
            await page.goto((site / "index.html").as_uri())
            seen.append(await page.evaluate(color))
        await page.locator(".theme-toggle:visible").first.click()
        seen.append(await page.evaluate(color))
    light, dark, chosen = seen
    assert light == chosen == "rgb(255, 255, 255)"
    assert dark == "rgb(19, 20, 22)"


@needs_chromium
async def test_the_search_finds(site: Path) -> None:
    """A word finds the page about it, a name its place in the reference."""
    async with chromium() as browser:
        page = await browser.new_page()
        for word, wanted in (("uvicorn", "web-apps.html"), ("estimated_total", "reference/client")):
            await page.goto(f"{(site / 'search.html').as_uri()}?q={word}")
            await page.locator("#search-results li a").first.wait_for()
            found: Any = await page.locator("#search-results li a").evaluate_all(
                "links => links.map(link => link.href)"
            )
            assert any(wanted in link for link in found), json.dumps(found)
