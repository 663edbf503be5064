"""Draw `ip1 demo` as a picture that moves: `python docs/images/demo.py` writes `demo.svg`.

It runs the command, and shows what that printed but for two of its tables. The lines come one
after another, once; where nothing may move, all of them are there from the start.
"""

import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

PICTURE = Path(__file__).with_name("demo.svg")
LEFT_OUT = ("by status", "cost")
LINE = 19
WIDTH = 720
STYLE = """
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  fill: #d4d4d8; white-space: pre; }
.prompt { fill: #4ade80; } .command { fill: #fafafa; font-weight: bold; } .figure { fill: #7dd3fc; }
g { animation: come 0.4s both; }
@keyframes come { from { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { g { animation: none; } }
"""


def run(*options: str) -> list[str]:
    """Give the lines that the command prints, without the tables left out."""
    program = shutil.which("ip1", path=str(Path(sys.executable).parent)) or "ip1"
    done = subprocess.run([program, "demo", *options], capture_output=True, text=True, check=True)
    blocks = done.stdout.strip().split("\n\n")
    return "\n\n".join(block for block in blocks if not block.startswith(LEFT_OUT)).split("\n")


def row(number: int, content: str, second: float) -> str:
    """Draw a line that comes after some seconds."""
    text = f'<text x="18" y="{58 + number * LINE}">{content}</text>'
    return f'<g style="animation-delay: {second:.1f}s">{text}</g>'


def colored(line: str) -> str:
    """Color a line where it says how long reading took."""
    label, figure = escape(line[:32]), escape(line[32:])
    is_time = line.startswith(("pages ahead", "one page"))
    return f'{label}<tspan class="figure">{figure}</tspan>' if is_time else label + figure


def draw(lines: list[str]) -> str:
    """Draw the window of a terminal with the command and its lines."""
    height = 78 + len(lines) * LINE
    prompt = '<tspan class="prompt">$ </tspan><tspan class="command">ip1 demo</tspan>'
    rows = [row(0, prompt, 0.2)]
    rows += [row(n, colored(line), 1.0 + 0.25 * n) for n, line in enumerate(lines, 1) if line]
    dots = "".join(
        f'<circle cx="{22 + 18 * n}" cy="20" r="5.5" fill="{color}"/>'
        for n, color in enumerate(("#f87171", "#fbbf24", "#4ade80"))
    )
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    title = "<title>ip1 demo reads 20,000 messages from a simulator</title>"
    window = f'<rect width="{WIDTH}" height="{height}" rx="10" fill="#18181b"/>'
    parts = [head, title, f"<style>{STYLE}</style>", window, dots, *rows, "</svg>"]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(run()), encoding="utf-8")
