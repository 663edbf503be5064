"""Every page under `docs/` does what it shows, from top to bottom, as its reader would do it."""

import doctest
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from blocks import compiled
from packaging.requirements import Requirement
from terminal import run_in_terminal

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
NAMES = [page.stem for page in PAGES]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LARGEST_IMAGE = 150_000
CODE = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("ip1_async/**/*.py"))
SIMULATED = """
--conversation 46712345678=1000 --conversation 46701234567=40 --conversation Northside=300
--batch 5bc86b6e85c7209830f96936=120 --bundle 65eb3d14f784682890abc24f=60
"""
END = "\x1e"  # after the output of each command, before its exit code


@attrs.frozen
class Block:
    """A fenced block of a page.

    Attributes:
        place: Page and line.
        kind: The word after the fence.
        text: What stands inside.
    """

    place: str
    kind: str
    text: str


def read_blocks(page: Path) -> list[Block]:
    """Read the blocks of a page; a fence that is not one of a block's two is an error."""
    text = page.read_text(encoding="utf-8")
    found = list(re.finditer(r"^( *)```(\w+)\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE))
    assert text.count("```") == 2 * len(found), f"{page.name}: a fence without a kind, or an end"
    assert "~~~" not in text
    return [
        Block(
            f"docs/{page.name}:{text.count(chr(10), 0, each.start()) + 1}",
            each[2],
            textwrap.dedent(each[3]),
        )
        for each in found
    ]


def tidy(text: str) -> str:
    """Take away what nobody sees: spaces at ends of lines, and empty lines around."""
    return re.sub(r" +$", "", text.replace("\r\n", "\n"), flags=re.MULTILINE).strip("\n") + "\n"


def compare(shown: str, seen: str, place: str) -> None:
    """Compare the shown output with the real one; `...` matches anything."""
    shown, seen = tidy(shown), tidy(seen)
    if not doctest.OutputChecker().check_output(shown, seen, doctest.ELLIPSIS):
        assert seen == shown, place


@attrs.define
class Shell:
    """The surroundings of a reader: a folder, a terminal of 80 columns, and variables.

    Attributes:
        folder: Where commands run and files are.
        environment: The variables they see.
        printed: What the last Python block printed; `None` after any other.
    """

    folder: Path
    environment: dict[str, str]
    printed: str | None = None

    def follow(self, block: Block) -> None:
        """Do what a block says.

        Raises:
            KeyError: The kind of block is unknown.
        """
        kinds = {
            "console": self.type_in,
            "json": self.read_json,
            "promql": lambda _: None,  # nobody here evaluates it
            "python": self.run_python,
            "text": self.read_output,
            "toml": self.configure,
            "drawing": self.read_drawing,
        }
        follow = kinds[block.kind]
        follow(block)
        if block.kind != "python":
            self.printed = None

    def run(self, script: str, *, interrupt_after: int | None = None) -> tuple[str, int]:
        """Run a script of bash in the terminal; press Ctrl-C after that many lines of output."""
        return run_in_terminal(
            # Opening the terminal makes it the one that Ctrl-C comes from.
            ["bash", "-c", f'exec <"$(tty)"\n{script}'],
            folder=self.folder,
            environment=self.environment,
            ready=lambda seen: interrupt_after is not None and seen.count(b"\n") >= interrupt_after,
            keys=b"\x03",
        )

    def run_python(self, block: Block) -> None:
        """Run a block with warnings as errors; one that has tests is given to pytest."""
        is_test = re.search(r"^(async )?def test_", block.text, re.MULTILINE)
        named = re.match(r"# (\w+\.py)\n", block.text)
        file = self.folder / ("test_app.py" if is_test else named[1] if named else "program.py")
        file.write_text(block.text if is_test else compiled(block.text), encoding="utf-8")
        tool = "-m pytest -q -p no:cacheprovider" if is_test else ""
        self.printed, code = self.run(f"python -W error {tool} {file.name}")
        assert code == 0, f"{block.place}\n{self.printed}"

    def read_output(self, block: Block) -> None:
        """Compare with what the Python block before it printed."""
        assert self.printed is not None, f"{block.place}: text, and nothing to compare it with"
        compare(block.text, self.printed, block.place)

    def read_json(self, block: Block) -> None:
        """Read a block of JSON."""
        json.loads(block.text)

    def read_drawing(self, block: Block) -> None:
        """Find the methods that a drawing names in the code."""
        for kind, name in re.findall(r"\b(_?[A-Z]\w+)\.(\w+)", block.text):
            assert re.search(rf"class {kind}\b.*?def {name}\(", CODE, re.DOTALL), f"{kind}.{name}"

    def configure(self, block: Block) -> None:
        """Keep a block of TOML as the project's own file."""
        tomllib.loads(block.text)
        (self.folder / "pyproject.toml").write_text(block.text, encoding="utf-8")

    def type_in(self, block: Block) -> None:
        """Type commands, and compare what they show; one that shows nothing must succeed."""
        _, *parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
        assert parts, f"{block.place}: no command"
        pairs = [split_command(part) for part in parts]
        if "\n^C" in block.text:
            ((command, shown),) = pairs
            seen, _ = self.run(command, interrupt_after=shown.partition("^C")[0].count("\n"))
            compare(shown, seen, block.place)
            return
        script = "\n".join(f"{stand_in(each)}\nprintf '{END}%s\\n' $?" for each, _ in pairs)
        seen, _ = self.run(script)
        for command, shown in pairs:
            output, _, seen = seen.partition(END)
            code, _, seen = seen.partition("\n")
            if shown:
                compare(shown, output, f"{block.place}: {command}")
            else:
                assert code.strip() == "0", f"{block.place}: {command}\n{output}"


def split_command(part: str) -> tuple[str, str]:
    """Split a command, which goes on after a backslash, from what it shows."""
    match = re.match(r"((?:.*\\\n)*.*)\n", part)
    assert match is not None
    return match[1], part[match.end() :]


def stand_in(command: str) -> str:
    """Check an installation in place of making it: each package is one the project knows."""
    if not command.startswith("pip install "):
        return command
    extras = PROJECT["optional-dependencies"]
    known = {Requirement(each).name for group in extras.values() for each in group}
    for given in shlex.split(command.replace(" -e ", " "))[2:]:
        requirement = Requirement(re.sub(r"^\.", "ip1-async", given))
        assert requirement.name in known | {"ip1-async"}, f"{command}: {requirement.name}"
        assert requirement.name != "ip1-async" or requirement.extras <= set(extras), command
    return "true"


@pytest.fixture
def served() -> Iterator[dict[str, str]]:
    """Run a simulator for one page, which may send; give the variables that lead to it."""
    command = [str(Path(sys.executable).with_name("ip1")), "simulate", *SIMULATED.split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().decode().split()[1] for _ in range(3)]
        try:
            yield dict(line.split("=", 1) for line in lines)
        finally:
            process.terminate()


@pytest.fixture
def shell(served: dict[str, str], tmp_path: Path) -> Shell:
    """Give a reader an empty folder with the project's examples."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    scripts = str(Path(sys.executable).parent)
    own = {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "COLUMNS": "80",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "PAGER": "",
        "HOOK_SECRET": "a-long-random-text",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTEST_ADDOPTS": "",
    }
    return Shell(tmp_path, {**os.environ, **own, **served})


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_page_does_what_it_shows(page: Path, shell: Shell) -> None:
    """Each block runs after those before it, and shows what the page shows."""
    for block in read_blocks(page):
        shell.follow(block)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link to a file leads to one, and each anchor to a heading."""
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in headings(target), link


def headings(page: Path) -> set[str]:
    """Give the anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_in_passing_exist(page: Path) -> None:
    """Where a page names a test, a session of nox or a subcommand, it is there."""
    text = page.read_text(encoding="utf-8")
    for file, word in re.findall(r"`pytest (tests/[\w/]+\.py)(?: -k (\w+))?`", text):
        assert re.search(f"def test_\\w*{word}", (ROOT / file).read_text(encoding="utf-8")), file
    sessions = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    for name in re.findall(r"`nox -s (\w+)`", text):
        assert f"def {name}(" in sessions
    for name in re.findall(r"`ip1 (\w+)", text):
        assert (ROOT / "ip1_async/cli/_app.py").read_text(encoding="utf-8").count(name)


def test_the_index_names_every_page() -> None:
    """The index links every page."""
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert page.name == "README.md" or f"]({page.name})" in index


@pytest.mark.parametrize("image", sorted(DOCS.rglob("*.png")), ids=lambda path: path.name)
def test_images_are_small_and_shown(image: Path) -> None:
    """No image is too large, and every image is on a page."""
    assert image.stat().st_size <= LARGEST_IMAGE
    name = image.relative_to(DOCS).as_posix()
    assert any(f"]({name})" in page.read_text(encoding="utf-8") for page in PAGES)


def test_an_unknown_block_fails(shell: Shell) -> None:
    """A block of an unknown kind fails."""
    with pytest.raises(KeyError):
        shell.follow(Block("docs/x.md:1", "yaml", "a: 1"))


def test_output_that_differs_fails(shell: Shell) -> None:
    """A page shows what the reader sees, except where it has `...`."""
    shell.follow(Block("docs/x.md:1", "python", 'print("one two three")'))
    shell.follow(Block("docs/x.md:2", "text", "one ... three\n"))
    with pytest.raises(AssertionError, match=r"docs/x\.md"):
        shell.follow(Block("docs/x.md:3", "console", "$ echo one\ntwo\n"))
