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
    """Read the tables of the index: link, title and description of each page, by heading."""
    tables: dict[str, list[tuple[str, str, str]]] = {}
    for line in index.splitlines():
        if match := re.fullmatch(r"\| ([^|\[]+) \| \|", line):
            tables[match[1].capitalize()] = []
        elif match := re.fullmatch(r"\| \[(.+?)\]\(([\w./-]+\.md)\) \| (.*) \|", line):
            tables[list(tables)[-1]].append((match[2], match[1], match[3]))
    return tables


def name_of(link: str) -> str:
    """Name a page of the site; `../CHANGELOG.md` becomes `changelog`."""
    return Path(link).stem.lower() if link.startswith("../") else link.removesuffix(".md")


def relinked(text: str) -> str:
    """Lead links between pages to where these are on the site."""
    text = re.sub(r"\]\((?:docs/)?README\.md", "](index.md", text).replace("](docs/", "](")
    return re.sub(r"\]\((\.\./[A-Z]+\.md)", lambda link: f"]({name_of(link[1])}.md", text)


def toctree(caption: str, names: list[str]) -> str:
    """Write one part of the navigation."""
    return "\n".join(
        ["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *names, "```", ""]
    )


def gather(folder: Path) -> None:
    """Put together what Sphinx reads."""
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    index = (folder / "README.md").rename(folder / "index.md")
    parts = navigation(index.read_text(encoding="utf-8"))
    links = [link for rows in parts.values() for link, *_ in rows]
    for link in links:
        text = (DOCS / link).read_text(encoding="utf-8")
        (folder / f"{name_of(link)}.md").write_text(relinked(text), encoding="utf-8")
    (folder / "reference").mkdir()
    references = dict(reference_pages())
    for name, text in references.items():
        (folder / f"reference/{name}.rst").write_text(text, encoding="utf-8")
    trees = [toctree(part, [name_of(link) for link, *_ in rows]) for part, rows in parts.items()]
    trees.append(toctree("Reference", [f"reference/{name}" for name in references]))
    text = relinked(index.read_text(encoding="utf-8"))
    index.write_text(text + "".join(trees), encoding="utf-8")


def write_for_machines(site: Path) -> None:
    """Write `llms.txt`, which names the pages as Markdown, and all of them in one file."""
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    lines, texts = [f"# ip1_async\n\n> {SUMMARY}\n"], []
    for caption, rows in navigation(index).items():
        lines.append(f"\n## {caption}\n\n")
        for link, title, about in rows:
            text = relinked((DOCS / link).read_text(encoding="utf-8"))
            (site / f"{name_of(link)}.md").write_text(text, encoding="utf-8")
            lines.append(f"- [{title}]({name_of(link)}.md): {relinked(about)}\n")
            texts.append(text)
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
