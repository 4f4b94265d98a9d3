"""The wheel alone, started where there is no checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ("active-first", "failover", "idle-first")


def python(*words: str, cwd: Path, path: Path | None = None) -> str:
    """Return what this interpreter printed; `path` comes before its own packages."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    ended = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("built")
    python("-m", "hatchling", "build", "-t", "wheel", "-d", str(built), cwd=ROOT)
    (found,) = built.glob("bluegreen-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    words = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile")
    python(*words, "--target", str(target), str(wheel), cwd=target)
    return target


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """Return an empty directory to start from."""
    return tmp_path


def test_it_is_the_installed_package_that_is_tested(installed: Path, nowhere: Path) -> None:
    words = "import bluegreen; print(bluegreen.__file__)"

    said = python("-c", words, cwd=nowhere, path=installed)

    assert said.strip() == str(installed / "bluegreen" / "__init__.py")


def test_strategies_are_found_by_their_names(installed: Path, nowhere: Path) -> None:
    words = "from bluegreen.cli.files import strategies; print(*strategies())"

    said = python("-c", words, cwd=nowhere, path=installed).split()

    assert set(SHIPPED) <= set(said)
    assert len(said) == len(list((ROOT / "playbooks").glob("*.yaml")))


def test_a_shipped_strategy_is_read_like_the_one_in_the_checkout(
    installed: Path, nowhere: Path
) -> None:
    words = (
        "from bluegreen.cli.files import load_playbook\n"
        "book = load_playbook('active-first')\n"
        "print(book.name, book.outage, [leg.router for leg in book.legs])"
    )

    said = python("-c", words, cwd=nowhere, path=installed)

    assert said == "active-first rollback ['blue', 'green']\n"


def test_help_names_the_commands(installed: Path, nowhere: Path) -> None:
    said = python("-m", "bluegreen", "--help", cwd=nowhere, path=installed)

    assert "upgrade" in said
    assert "rehearse" in said
    assert "Exit status" in said


def test_types_and_licence_are_in_it(installed: Path) -> None:
    assert (installed / "bluegreen" / "py.typed").is_file()
    assert [file.name for file in installed.glob("bluegreen-*.dist-info/licenses/*")] == ["LICENSE"]


def test_nothing_but_the_package_is_installed(installed: Path) -> None:
    names = {entry.name.split("-")[0] for entry in installed.iterdir()} - {"bin"}

    assert names == {"bluegreen"}
