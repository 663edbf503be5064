"""Tab in a real shell: the script that `ip1 --install-completion` writes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import run_in_terminal

BIN = Path(sys.executable).parent
PROMPT = "ready> "
SET_PROMPT = f"PS1='{PROMPT}'\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a home where completion is installed for bash."""
    command = ["ip1", "--install-completion", "--shell", "bash"]
    variables = variables_of(tmp_path)
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    assert "installed" in done.stdout
    with (tmp_path / ".bashrc").open("a", encoding="utf-8") as start_file:
        start_file.write(SET_PROMPT)
    return tmp_path


def variables_of(home: Path) -> dict[str, str]:
    """Give the variables of someone who lives there."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "HOME": str(home), "PATH": path, "TERM": "dumb"}


def press(keys: str, home: Path) -> str:
    """Press keys in an interactive bash, and give what its screen shows."""
    seen, _ = run_in_terminal(
        ["bash", "-i"],
        folder=home,
        environment=variables_of(home),
        ready=lambda seen: seen.endswith(PROMPT.encode()),
        # The line is thrown away, so that nothing of it runs.
        keys=keys.encode() + b"\x15exit\n",
    )
    return seen


@pytest.mark.parametrize(
    ("keys", "completed"),
    [
        ("ip1 mess\t", "ip1 messages "),
        ("ip1 messages 46712345678 --dir\t", "--direction "),
        ("ip1 messages 46712345678 --order de\t", "--order desc "),
        ("ip1 messages 46712345678 --timeo\t", "--timeout "),
    ],
    ids=["command", "option", "choice", "option of all"],
)
def test_bash_completes(home: Path, keys: str, completed: str) -> None:
    """Once installed, bash completes a command, an option, and one of its choices."""
    assert completed in press(keys, home)


def test_nothing_is_completed_unasked(home: Path) -> None:
    """Without the line in its start file, bash knows nothing of it."""
    (home / ".bashrc").write_text(SET_PROMPT, encoding="utf-8")
    screen = press("ip1 mess\t", home)
    assert "ip1 mess" in screen
    assert "ip1 messages" not in screen
