"""Build the site: `python docs/site/build.py FOLDER` puts it into an empty folder.

The pages are those of `docs/`, as they are: their index becomes the front page and, table by
table, the navigation. The reference comes from docstrings. Any warning and any dead link is an
error.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from links import dead_links
from reference import pages as reference_pages

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SUMMARY = "An asyncio client for the iP.1 SMS and RCS API."


def navigation(index: str) -> dict[str, list[tuple[str, str, str]]]:
    """Read the tables of the index: file, title and description of each page, by heading."""
    tables: dict[str, list[tuple[str, str, str]]] = {}
    for line in index.splitlines():
        if match := re.fullmatch(r"\| ([^|\[]+) \| \|", line):
            tables[match[1].capitalize()] = []
        elif match := re.fullmatch(r"\| \[(.+?)\]\((\w[\w-]*)\.md\) \| (.*) \|", line):
            tables[list(tables)[-1]].append((match[2], match[1], match[3]))
    return tables


def toctree(caption: str, names: list[str]) -> str:
    """Write one part of the navigation."""
    return "\n".join(
        ["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *names, "```", ""]
    )


def gather(folder: Path) -> None:
    """Put together what Sphinx reads."""
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for page in folder.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("](README.md)", "](index.md)"), encoding="utf-8")
    shutil.copy(ROOT / "CHANGELOG.md", folder / "changelog.md")
    names = []
    (folder / "reference").mkdir()
    for name, text in reference_pages():
        names.append(f"reference/{name}")
        (folder / f"reference/{name}.rst").write_text(text, encoding="utf-8")
    index = (folder / "README.md").rename(folder / "index.md")
    text = index.read_text(encoding="utf-8")
    parts = {caption: [file for file, *_ in rows] for caption, rows in navigation(text).items()}
    parts |= {"Reference": names, "News": ["changelog"]}
    text += "".join(toctree(caption, names) for caption, names in parts.items())
    index.write_text(text, encoding="utf-8")


def write_for_machines(site: Path) -> None:
    """Write `llms.txt`, which names the pages as Markdown, and all of them in one file."""
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    lines, texts = [f"# ip1_async\n\n> {SUMMARY}\n"], []
    for caption, rows in navigation(index).items():
        lines.append(f"\n## {caption}\n\n")
        for name, title, about in rows:
            lines.append(f"- [{title}]({name}.md): {about}\n")
            shutil.copy(DOCS / f"{name}.md", site)
            texts.append((DOCS / f"{name}.md").read_text(encoding="utf-8"))
    (site / "llms.txt").write_text("".join(lines), encoding="utf-8")
    (site / "llms-full.txt").write_text("\n".join(texts), encoding="utf-8")


def build(site: Path) -> list[str]:
    """Build the site into a folder; name what is wrong with it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "docs"
        gather(folder)
        options = ["-q", "-W", "--keep-going", "-E", "-d", f"{temporary}/doctrees", "-c"]
        command = [sys.executable, "-m", "sphinx", *options, str(folder / "site"), str(folder)]
        if subprocess.run([*command, str(site)], check=False).returncode:
            return ["Sphinx has warnings"]
    write_for_machines(site)
    return dead_links(site)


if __name__ == "__main__":
    sys.exit("\n".join(build(Path(sys.argv[1]).resolve())) or None)
