"""README and CHANGELOG are right."""

import asyncio
import re
import runpy
from collections.abc import Iterable
from html import unescape
from pathlib import Path

import pytest
from blocks import compiled

import ip1_async
from ip1_async.testing import Simulator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LARGEST_DRAWING = 10_000  # characters
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0])
async def test_every_block_runs(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each Python block of the README runs as it stands, against the simulator."""
    async with Simulator(conversations={"46712345678": 250}) as simulator:
        monkeypatch.setenv("IP1_API_TOKEN", "token")
        monkeypatch.setenv("IP1_V2_URL", simulator.v2_url)
        program = compile(compiled(block), "README.md", "exec")
        await asyncio.to_thread(exec, program, {"__name__": "__main__"})
    assert "stopped" not in capsys.readouterr().out


def test_the_picture_shows_what_the_command_prints() -> None:
    """But for its figures, which depend on the machine; it is small, and the first thing seen."""
    drawing = (ROOT / "docs/images/demo.svg").read_text(encoding="utf-8")
    printed = runpy.run_path(str(ROOT / "docs/images/demo.py"))["run"]("--latency=0.01")
    texts = re.findall(r"<text [^>]*>(.*)</text>", drawing)
    shown = [unescape(re.sub(r"<[^>]+>", "", text)) for text in texts]
    assert shown[0] == "$ ip1 demo"
    assert without_figures(shown[1:]) == without_figures(filter(None, printed))
    assert len(drawing) < LARGEST_DRAWING
    assert README.index("demo.svg") < README.index("run: `") < README.index("```python")


def without_figures(lines: Iterable[str]) -> list[str]:
    """Write `#` for every number, and one space for any width."""
    return [re.sub(r" +", " ", re.sub(r"\d[\d.,]*", "#", line)).strip() for line in lines]


def test_links_of_the_readme_lead_somewhere() -> None:
    """Each link to a file of the project leads to one."""
    links = re.findall(r"\]\(([^)#]+)", README)
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def test_the_calls_of_the_readme_exist() -> None:
    """Every call that the README's table names is there."""
    for call in re.findall(r"\| `client\.([\w.]+)\(", README):
        version, group, method = call.split(".")
        client = ip1_async.Client("token")
        assert callable(getattr(getattr(getattr(client, version), group), method))


def test_the_changelog_tells_of_this_version() -> None:
    """The newest entry of the changelog is the package's version."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(?!Unreleased)(.+?)\]", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == ip1_async.__version__
