"""How Sphinx makes the site of the pages that `build.py` has put together."""

import re
from types import UnionType
from typing import Any, get_args

from pygments.lexers.special import TextLexer
from sphinx.util.typing import restify

import ip1_async

project = "ip1_async"
release = ip1_async.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["site"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

myst_heading_anchors = 4  # the anchors that GitHub gives to headings

html_theme = "furo"
html_title = f"ip1_async {release}"
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_copy_source = False  # the pages as Markdown are beside them, for `llms.txt`
html_show_sphinx = False
html_show_copyright = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"

# A docstring's `name` becomes a link where the reference knows that name, else it is code.
default_role = "py:obj"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
maximum_signature_line_length = 80
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_custom_sections = [("Attributes", "params_style")]


def fences_to_directives(*event: Any) -> None:
    """Write the fenced blocks of a docstring as Sphinx reads them; the rest it reads alike."""
    lines: list[str] = event[-1]
    fence: str | None = None
    written: list[str] = []
    for line in lines:
        if match := re.fullmatch(r"```(\w*)", line):
            if fence is None:
                written += ["", f".. code-block:: {match[1] or 'text'}", ""]
            fence = line if fence is None else None
        else:
            written.append(f"   {line}" if fence is not None else line)
    lines[:] = written


def describe_data(_app: Any, what: str, _name: str, thing: Any, _: Any, lines: list[str]) -> None:
    """Say what an alias is; of another value, don't repeat what its class is."""
    if what == "data" and (isinstance(thing, UnionType) or get_args(thing)):
        lines[:] = [f"Alias of {restify(thing, 'smart')}."]
    elif what == "data":
        lines.clear()


def hide_making(_app: Any, what: str, _name: str, thing: Any, *_: Any) -> tuple[str, None] | None:
    """Leave out how a class is made that only a client makes: out of something private."""
    taken = getattr(thing.__init__, "__annotations__", {}) if what == "class" else {}
    first = str(next(iter(taken.values()), ""))
    return ("", None) if "ip1_async._" in first else None


def setup(app: Any) -> None:
    """Add what the pages have beyond Sphinx's own."""
    app.add_lexer("drawing", TextLexer)
    app.connect("autodoc-process-docstring", fences_to_directives, priority=100)
    app.connect("autodoc-process-docstring", describe_data, priority=90)
    app.connect("autodoc-process-signature", hide_making)
