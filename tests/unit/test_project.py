"""What must be true of the project as a whole."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.model.playbook import KNOWN_STEPS
from bluegreen.steps import STEPS

ROOT = Path(__file__).parents[2]
MACHINE_PATH = re.compile(
    r"(?<![\w.~-])/(?:work|home|Users)/[\w.-]+/|(?P<tmp>(?<![\w.~-])/tmp/(?!bluegreen-lab-)[\w.-]+)"
)
MAY_NAME_TMP = ("tests/", "bluegreen/emulator/")  # directories of simulated routers
MADE_BY = re.compile(
    r"(?i)\b(?:chat ?bot|language model|(?:coding|AI) (?:agent|assistant)|sub-?agent|"
    r"generated (?:with|by) AI|co-authored-by)\b"
)
HEAVY = ("fabric", "invoke", "paramiko", "pydantic", "rich", "ruamel", "sqlite3", "tenacity")


def tracked() -> Iterator[tuple[str, str]]:
    """Yield name and text of every tracked file that is text."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files are tracked is not known")
    safe = f"safe.directory={ROOT}"  # a checkout may belong to another user
    listed = subprocess.run(
        ["git", "-c", safe, "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True
    )
    names = listed.stdout.decode().split("\0")[:-1]
    assert "pyproject.toml" in names
    for name in names:
        file = ROOT / name
        if not file.is_file():
            continue  # removed, and that is not committed yet
        try:
            yield name, file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    found = [
        f"{name}: {match[0]}"
        for name, text in tracked()
        for match in MACHINE_PATH.finditer(text)
        if not (match["tmp"] and name.startswith(MAY_NAME_TMP))
    ]
    found += [f"{name}: {ROOT}" for name, text in tracked() if f"{ROOT}/" in text]

    assert found == []


def test_no_file_tells_how_the_project_was_made() -> None:
    told = [f"{name}: {m[0]}" for name, text in tracked() if (m := MADE_BY.search(text))]

    assert [line for line in told if not line.startswith("tests/unit/test_project.py")] == []


def test_the_package_tells_type_checkers_that_it_is_typed() -> None:
    assert (ROOT / "bluegreen" / "py.typed").read_bytes() == b""


@pytest.mark.parametrize("module", ["bluegreen.cli", "bluegreen.cli.app"])
def test_the_command_line_loads_nothing_heavy_before_it_is_needed(module: str) -> None:
    words = f"import sys, {module}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "bluegreen" in loaded.stdout.split()
    assert sorted(set(HEAVY) & set(loaded.stdout.split())) == []


def test_every_step_that_a_playbook_may_name_can_be_built() -> None:
    assert sorted(KNOWN_STEPS) == sorted(STEPS)


def test_every_script_is_read_by_sh_without_complaint() -> None:
    scripts = [file for file in (ROOT / "scripts").iterdir() if file.is_file()]

    assert {"demo", "test"} <= {file.name for file in scripts}
    for script in scripts:
        said = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=True)
        assert said.stderr == "", script.name


def test_every_link_between_our_documents_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]

    assert broken == []
