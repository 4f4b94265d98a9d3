"""A user who is not root, over real SSH and without escalation: looking needs no more."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from routers import FIRST, SECOND, pair_specs
from running import Ended, Product
from sshd import HOST, Sshd

from bluegreen.freebsd.paths import Paths
from bluegreen.model.codec import read_facts
from bluegreen.model.facts import RouterFacts, Unknown
from bluegreen.observation import FreeBsd
from bluegreen.sim.world import SimWorld

USER = f"bluegreen-{os.getpid()}"  # tests may run beside each other
SAID = ("ifconfig", "sysctl", "freebsd-version", "bectl", "netstat", "df", "pkg", "vtysh")

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can add a user"),
    pytest.mark.skipif(shutil.which("useradd") is None, reason="no useradd(8) here"),
    pytest.mark.skipif(sys.platform != "linux", reason="made for Linux"),
]


@dataclass(frozen=True, slots=True)
class Watched:
    """Two routers, and the product as one who may only look has it."""

    product: Product
    servers: tuple[Sshd, Sshd]
    state: Path  # of a run, on the routers: root's alone

    def run(self, command: str, *more: str) -> Ended:
        return self.product.run(command, "--pair", "edge", "--json", *more)


@pytest.fixture(scope="module")
def user() -> Iterator[str]:
    """Add a user with a shell and nothing else."""
    words = ["useradd", "--no-create-home", "--shell", "/bin/sh", "--password", "*", USER]
    subprocess.run(words, check=False)  # one that a killed test left is as good
    pwd.getpwnam(USER)
    yield USER
    subprocess.run(["userdel", "--force", USER], check=False, capture_output=True)


@pytest.fixture
def watched(user: str, tmp_path: Path) -> Iterator[Watched]:
    place = Path(tempfile.mkdtemp(prefix="bluegreen-"))  # pytest's own are root's alone
    place.chmod(0o755)
    state = place / "state"
    servers = tuple(Sshd(place / name, place / f"{name}.bin") for name in (FIRST, SECOND))
    for server, said in zip(servers, _answers(state), strict=True):
        assert server.path_prefix
        _programs(server.path_prefix, said)
        server.start()
        (server.directory / "authorized_keys").chmod(0o644)
    reached = "".join(
        f"  {s.directory.name}: {{address: {HOST}, port: {s.port}, user: {user},"
        f" identity: {s.client_key}, known_hosts: {s.known_hosts}, state_dir: {state}}}\n"
        for s in servers
    )
    inventory = place / "hosts.yaml"
    inventory.write_text(f"routers:\n{reached}pairs: {{edge: {{routers: [{FIRST}, {SECOND}]}}}}\n")
    product = Product(inventory, tmp_path / "machine")
    yield Watched(product, (servers[0], servers[1]), state)
    product.close()
    for server in servers:
        server.stop()
    shutil.rmtree(place)


def _answers(state: Path) -> Iterator[dict[tuple[str, ...], str]]:
    """Yield what each router of a simulated pair says to our questions."""
    dialect = FreeBsd({name: Paths(str(state)) for name in (FIRST, SECOND)}, "frr")
    for name, door in SimWorld(pair_specs()).doors().transports.items():
        script = dialect.questions(name)
        said = zip(script.commands, door.run(script), strict=True)
        yield {c.argv: o.stdout for c, o in said if c.argv[0] in SAID and o.ok}


def _programs(directory: Path, said: dict[tuple[str, ...], str]) -> None:
    """Make programs that say what a router said; find, awk, cat, ps are this machine's own."""
    directory.mkdir()
    for number, (argv, text) in enumerate(said.items()):
        (directory / f"said-{number}").write_text(text)
        program = directory / argv[0]
        before = program.read_text() if program.exists() else "#!/bin/sh\n"
        asked = " ".join(argv[1:]).replace("'", "")
        program.write_text(
            f"{before}[ \"$*\" = '{asked}' ] && exec cat {directory}/said-{number}\n"
        )
        program.chmod(0o755)


def facts_of(ended: Ended) -> tuple[RouterFacts, RouterFacts]:
    both = read_facts(ended.out).both()
    assert both
    return both


def test_status_check_and_facts_need_no_escalation(watched: Watched) -> None:
    status, check, facts = (watched.run(command) for command in ("status", "check", "facts"))

    assert status.code == 0, status.err
    assert json.loads(status.out)["serving"] == f"{FIRST} serves vhid 2, 3"
    assert check.code in (0, 3), check.err
    assert json.loads(check.out)["checks"][0] == {"name": "reachable", "ok": True, "reasons": []}
    assert [r.hidden for r in facts_of(facts)] == [None, None]
    assert all("Accepted publickey for " + USER in "\n".join(s.log) for s in watched.servers)


def test_what_a_run_left_there_is_unknown_with_the_reason_and_no_error(watched: Watched) -> None:
    watched.state.mkdir(mode=0o700)
    (watched.state / "lock").write_text("run=R1\nowner=o\nhost=h\nsince=s\n")

    status, check, facts = (watched.run(command) for command in ("status", "check", "facts"))

    warned = [w for r in json.loads(status.out)["routers"] for w in r["warnings"]]
    assert status.code == 0, status.err
    assert any("what runs left there" in w and "Permission denied" in w for w in warned), warned
    leftovers = {c["name"]: c for c in json.loads(check.out)["checks"]}["leftovers"]
    assert check.code == 3, check.err
    assert "cannot be read" in leftovers["reasons"][0]
    assert all(isinstance(router.hidden, Unknown) for router in facts_of(facts))


def test_an_upgrade_by_that_user_is_refused_before_anything_is_sent(watched: Watched) -> None:
    watched.state.mkdir(mode=0o700)

    ended = watched.product.run("upgrade", "--pair", "edge", "--yes")

    assert ended.code == 3, ended.err
    assert "cannot be read" in ended.out + ended.err
    assert list(watched.state.iterdir()) == []


def test_its_privileges_are_printed_for_that_user_too(watched: Watched) -> None:
    text, document = (
        watched.product.run("check", "--pair", "edge", "--print-privileges", *more)
        for more in ((), ("--json",))
    )

    assert text.code == 0, text.err
    assert f"{FIRST}: questions (status, check, facts)" in text.out
    assert f"permit nopass {USER} as root cmd sh" in text.out
    routers = json.loads(document.out)["routers"]
    assert {"ifconfig", "sysctl", "find"} <= {q["program"] for q in routers[0]["questions"]}
