"""`bluegreen ipfo` and `bluegreen lab ipfo` as somebody types them: processes, words, status."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import bluegreen

ROOT = Path(bluegreen.__file__).parent.parent
LIMIT_S = 150  # a process that takes longer hangs
HOSTS = """
routers:
  router-001: {address: 127.0.0.1, port: 9, user: nobody, connect_timeout: 1s}
  router-002: {address: 127.0.0.1, port: 9, user: nobody, connect_timeout: 1s}
pairs:
  edge:
    routers: [router-001, router-002]
    ipfo:
      provider: ovh
      service: ns1.example
      address: 198.51.100.230
      mode: MODE
      macs: {router-001: "02:00:00:00:00:01", router-002: "02:00:00:00:00:02"}
  plain: {routers: [router-002, router-003]}
"""


@dataclass(slots=True)
class Shell:
    """Somebody's shell, in an empty directory with an inventory."""

    folder: Path
    environment: dict[str, str]

    def words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bluegreen", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(*words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "hosts.yaml").write_text(HOSTS.replace("MODE", "move").partition("  plain")[0])
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OVH_", "XDG_", "SSH_"))}
    return Shell(tmp_path, {**kept, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)})


@contextmanager
def emulating(shell: Shell, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Start the emulated API, and point the shell at it."""
    words = shell.words("lab", "ipfo", "--pair", "edge", "--pace", "0.5", "--json", *options)
    process = subprocess.Popen(
        words,
        cwd=shell.folder,
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        shell.environment |= json.loads(process.stdout.readline())
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def emulated(shell: Shell) -> Iterator[subprocess.Popen[str]]:
    with emulating(shell) as process:
        yield process


def test_the_emulated_api_ends_cleanly_on_ctrl_c(emulated: subprocess.Popen[str]) -> None:
    emulated.send_signal(signal.SIGINT)

    _, err = emulated.communicate(timeout=LIMIT_S)

    assert emulated.returncode == 0
    assert "stopped; 0 requests were answered" in err


def test_show_says_what_ovh_says_also_where_no_router_answers(
    shell: Shell, emulated: subprocess.Popen[str]
) -> None:
    shown = shell.run("ipfo", "show", "--pair", "edge", "--json")

    view = json.loads(shown.stdout)
    assert shown.returncode == 3
    assert (view["router"], view["holder"]) == ("router-001", "02:00:00:00:00:01")
    assert view["macs"][1]["addresses"] == ["203.0.113.241"]
    assert (view["key_status"], view["tasks"]) == ("validated", [])
    assert [p.partition(":")[0] for p in view["problems"]] == ["router-001", "router-002"]


def test_a_key_is_asked_for_validated_and_makes_a_virtual_mac(
    shell: Shell, emulated: subprocess.Popen[str]
) -> None:
    make = ("ipfo", "vmac", "--pair", "edge", "--address", "203.0.113.77", "--type", "vmware")

    asked = shell.run("ipfo", "grant", "--pair", "edge", "--request", "keys.conf", "--create")
    early = shell.run(*make, "--name", "router-001", "--yes")
    urllib.request.urlopen(asked.stdout.split()[1]).close()  # noqa: S310 - printed by the emulator
    made = shell.run(*make, "--name", "router-001", "--yes")
    again = shell.run(*make, "--name", "router-001", "--yes")

    assert asked.returncode == 0
    assert "lab-consumer" not in asked.stdout + asked.stderr
    assert "lab-consumer" in (shell.folder / "keys.conf").read_text()
    assert (early.returncode, "it was never validated" in early.stderr) == (3, True)
    assert (made.returncode, made.stdout[:8]) == (0, "00:50:56")
    assert (again.returncode, "is bound to 00:50:56" in again.stderr) == (3, True)


def test_a_virtual_mac_that_does_not_come_is_left_to_a_human_who_can_go_on(shell: Shell) -> None:
    hosts = (shell.folder / "hosts.yaml").read_text()
    (shell.folder / "hosts.yaml").write_text(hosts.rstrip() + "\n      budget: 3s\n")
    words = ("--pair", "edge", "--address", "203.0.113.77", "--type", "ovh", "--name", "router-001")

    with emulating(shell, "--mishap", "ipfo-task-stays-doing"):
        stuck = shell.run("ipfo", "vmac", *words, "--yes")
        shown = shell.run("ipfo", "show", "--pair", "edge", "--json")
    with emulating(shell):  # OVH's support saw to it
        made = shell.run("ipfo", "vmac", *words, "--yes")

    assert stuck.returncode == 4
    assert "203.0.113.77 has no virtual MAC; no router was touched" in stuck.stderr
    assert "`bluegreen ipfo show --pair edge`" in stuck.stderr
    assert ["doing" in task for task in json.loads(shown.stdout)["tasks"]] == [True]
    assert made.returncode == 0


def test_a_key_file_that_is_there_is_left_alone(
    shell: Shell, emulated: subprocess.Popen[str]
) -> None:
    (shell.folder / "keys.conf").write_text("mine")

    asked = shell.run("ipfo", "grant", "--pair", "edge", "--request", "keys.conf")

    assert asked.returncode == 2
    assert (shell.folder / "keys.conf").read_text() == "mine"


def test_the_rules_of_a_key_are_printed_without_asking_anybody(shell: Shell) -> None:
    printed = shell.run("ipfo", "grant", "--pair", "edge", "--json")

    rules = [f"{r['method']} {r['path']}" for r in json.loads(printed.stdout)["accessRules"]]
    assert printed.returncode == 0
    assert "POST /dedicated/server/ns1.example/virtualMac/*/virtualAddress" in rules
    assert not [rule for rule in rules if rule.endswith(" /*") or "/me" in rule]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ipfo", "show", "--pair", "edge"), "OVH_ENDPOINT"),
        (("ipfo", "show", "--pair", "router-002,router-001", "-i", "plain.yaml"), "no `ipfo:`"),
        (("ipfo", "move", "--pair", "edge", "-i", "verify.yaml", "--yes"), "Set mode: move."),
        (("lab", "ipfo", "--mishap", "ipfo-lat"), "did you mean `ipfo-late`?"),
        (("lab", "ipfo", "--mac", "router-009=02:00:00:00:00:01"), "is no router of it"),
        (("lab", "ipfo", "--mac", "router-001=02"), "`02` is no MAC"),
        (("lab", "ipfo", "--pair", "router-001,router-002", "-i", "plain.yaml"), "no `ipfo:`"),
        (
            ("ipfo", "vmac", "--pair", "edge", "--address", "x", "--type", "ovh", "--name", "n"),
            "IP",
        ),
        (
            (
                "ipfo",
                "vmac",
                "--pair",
                "edge",
                "--address",
                "1.2.3.4",
                "--type",
                "y",
                "--name",
                "n",
            ),
            "`y` is no type",
        ),
        (
            (
                "ipfo",
                "vmac",
                "--pair",
                "edge",
                "--address",
                "1.2.3.4",
                "--type",
                "ovh",
                "--name",
                "n",
            ),
            "Add --yes.",
        ),
    ],
)
def test_wrong_words_are_answered_with_what_to_type(
    shell: Shell, words: tuple[str, ...], said: str
) -> None:
    (shell.folder / "verify.yaml").write_text(
        HOSTS.replace("MODE", "verify").partition("  plain")[0]
    )
    (shell.folder / "plain.yaml").write_text(HOSTS.partition("pairs:")[0])

    ended = shell.run(*words)

    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("word", ["status", "check"])
def test_who_only_looks_needs_no_key(shell: Shell, word: str) -> None:
    looked = shell.run(word, "--pair", "edge")

    assert looked.returncode == 3  # no router answers in this test
    assert "router-001" in looked.stdout + looked.stderr
    assert "OVH_ENDPOINT" not in looked.stderr


def test_a_port_that_is_taken_is_refused(shell: Shell, emulated: subprocess.Popen[str]) -> None:
    port = shell.environment["OVH_ENDPOINT"].rpartition(":")[2].partition("/")[0]

    ended = shell.run("lab", "ipfo", "--port", port)

    assert ended.returncode == 3
    assert f"port {port}" in ended.stderr
