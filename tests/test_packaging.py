"""The wheel, the sdist, and their metadata."""

import email
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from pathlib import Path, PurePosixPath

import pytest
import yaml

import ip1_async

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
MOST_BYTES = 1_000_000
FOLDERS = (".github", "ip1_async", "tests", "docs", "examples", "benchmarks")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from it, as a release does; give their folder."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--installer", "uv", "--outdir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def wheel(built: Path) -> dict[str, bytes]:
    """Give the files of the wheel."""
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def sdist(built: Path) -> dict[str, int]:
    """Give the sizes of the sdist's files by their names below its folder."""
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {
            str(PurePosixPath(*PurePosixPath(member.name).parts[1:])): member.size
            for member in archive
            if member.isfile()
        }


@pytest.fixture
def metadata(wheel: dict[str, bytes]) -> Message:
    """Give the wheel's metadata."""
    (text,) = (content for name, content in wheel.items() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(text)


def test_an_index_would_take_them(built: Path) -> None:
    """Both pass the strict check of what an index shows."""
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_the_wheel_is_the_package_and_no_more(wheel: dict[str, bytes]) -> None:
    """All its modules, its marker of types and the licence are in it; no test is."""
    here = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "ip1_async").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel if ".dist-info/" not in name} == here
    assert "ip1_async/py.typed" in here
    (licence,) = (name for name in wheel if name.endswith("/licenses/LICENSE"))
    assert wheel[licence] == (ROOT / "LICENSE").read_bytes()


def test_the_sdist_can_be_tested(sdist: dict[str, int]) -> None:
    """Tests, documents, examples and benchmarks come with the source."""
    assert {name.partition("/")[0] for name in sdist if "/" in name} == set(FOLDERS)
    wanted = ("pyproject.toml", "noxfile.py", "README.md", "CHANGELOG.md", "LICENSE")
    assert set(wanted) <= set(sdist)
    for folder in FOLDERS:
        modules = (ROOT / folder).rglob("*.py")
        assert {str(path.relative_to(ROOT)) for path in modules} <= set(sdist)


def test_nothing_large_or_left_behind_is_packed(sdist: dict[str, int]) -> None:
    """No result, cache or archive of a run is packed."""
    assert sum(sdist.values()) < MOST_BYTES * 3
    assert max(sdist.values()) < MOST_BYTES
    parts = {part for name in sdist for part in PurePosixPath(name).parts}
    assert not parts & {"results", "__pycache__", ".hypothesis", ".coverage", ".venv", ".nox"}
    assert not [name for name in sdist if name.endswith((".pyc", ".whl", ".gz", ".parquet"))]


def test_the_metadata_is_complete(metadata: Message) -> None:
    """It names the version, the Pythons and the licence, and shows the README."""
    assert metadata["Version"] == ip1_async.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Summary"]
    assert metadata["Keywords"]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert (ROOT / "README.md").read_text(encoding="utf-8") in metadata.get_payload()
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert set(metadata.get_all("Provides-Extra", [])) == set(EXTRAS)


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_python_that_is_named_is_tested(version: str) -> None:
    """The classifiers and `noxfile.py` name the same Pythons."""
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]
    assert f'"{version}"' in (ROOT / "noxfile.py").read_text(encoding="utf-8")


def test_every_dependency_has_a_floor() -> None:
    """Every dependency has a lowest version."""
    everything = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
    assert all(">=" in line or line.startswith("ip1-async[") for line in everything)
    assert len(PROJECT["dependencies"]) <= 5


def test_a_release_is_published_without_a_token() -> None:
    """One job may prove who it is, builds nothing, and signs what another job built and checked."""
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    assert workflow["permissions"] == {}
    assert build["permissions"] == {"contents": "read"}
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["needs"] == "build"
    assert not [step for step in publish["steps"] if "run" in step]
    assert publish["steps"][-1]["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert publish["steps"][-1]["with"]["attestations"] is True
    assert "secrets." not in text
    assert "bash .ci/run" in [step.get("run") for step in build["steps"]]


def test_the_group_for_uv_is_what_the_extra_is() -> None:
    """`uv sync` and README's `pip install -e '.[dev]'` give the same tools."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert groups["dependency-groups"] == {"dev": ["ip1-async[dev]"]}
