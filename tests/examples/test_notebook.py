"""The notebook in `examples/notebook` shows what a run of it shows."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples" / "notebook" / "conversation.ipynb"
MOST_BYTES = 60_000


def printed(notebook: Any) -> list[str]:
    """Give the texts that its cells printed."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["text"] for output in outputs if output["output_type"] == "stream"]


def pictures(notebook: Any) -> list[str]:
    """Give the pictures in it, in base 64."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    found = [output["data"].get("image/png") for output in outputs if "data" in output]
    return [picture for picture in found if picture is not None]


@pytest.fixture(scope="module")
def stored() -> Any:
    """Read the notebook as it is handed out."""
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_runs_and_shows_what_it_showed(stored: Any, tmp_path: Path) -> None:
    """Against the simulator its cells run in order, and print what is stored with them."""
    done = tmp_path / "done.ipynb"
    environment = {name: value for name, value in os.environ.items() if "IP1" not in name}
    jupyter = Path(sys.executable).with_name("jupyter-execute")
    ran = subprocess.run(
        [jupyter, NOTEBOOK, f"--output={done}", "--timeout=300"],
        env={**environment, "IPYTHONDIR": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr
    seen = nbformat.read(done, as_version=4)
    assert printed(seen) == printed(stored)
    assert len(pictures(seen)) == len(pictures(stored)) == 1
    assert list(tmp_path.glob("conversation-*/*.parquet"))


def test_it_is_small_and_names_no_machine(stored: Any) -> None:
    """It is valid, and holds no error, no warning and no path of who ran it."""
    nbformat.validate(stored)
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) <= MOST_BYTES
    assert not [word for word in ("/tmp", "/home", "/root", "stderr", "Traceback") if word in text]
    counts = [cell["execution_count"] for cell in stored.cells if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))
