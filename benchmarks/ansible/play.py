"""Run the playbook on a pair that an inventory of bluegreen reaches."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.files import load_inventory
from bluegreen.cli.worlds import live_world
from bluegreen.emulator.spec import Durations
from bluegreen.engine.observer import Observer
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.network import CarpState
from bluegreen.model.pair import Pair, Router

HERE = Path(__file__).resolve().parent
VENV = HERE.parent / ".venv-ansible"
WANTED = "ansible-core>=2.17,<2.20"  # the last that runs on Python 3.11
DRAIN_FIRST, DRAIN_SECOND = 200, 240  # 1/256 s; both below what a demoted peer has, or as it

_SSH = (
    "-o",
    "IdentitiesOnly=yes",
    "-o",
    "StrictHostKeyChecking=yes",
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=5",
)

Value = str | int | Sequence[str] | Sequence[Mapping[str, str | int]]


@dataclass(frozen=True, slots=True)
class Play:
    """A directory that holds all that ansible-playbook needs, and how it is called."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    directory: Path


def install() -> Path:
    """Return the directory of Ansible's programs, in a virtual environment of its own."""
    programs = VENV / "bin"
    if not (programs / "ansible-playbook").exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(programs / "pip"), "install", "-q", WANTED], check=True)
    return programs


def prepare(inventory: Path, directory: Path, work: Durations, target: str) -> Play:
    """Write the inventory an administrator would keep, from what the routers are now.

    Args:
        inventory: A hosts.yaml; its first pair is meant.
        directory: Empty or missing.
        work: What the routers need for a fetch and an install, slept where they answer at once.
        target: What ``freebsd-version`` must say in the end, three times.
    """
    directory.mkdir(parents=True, exist_ok=True)
    pair = replace(load_inventory(inventory).pairs[0], remotes=(), probes=())
    hosts = directory / "hosts.json"
    hosts.write_text(json.dumps(_hosts(pair, _look(pair), work, target), indent=1))
    programs = install()
    return Play(
        argv=(str(programs / "ansible-playbook"), "-i", str(hosts), str(HERE / "upgrade.yml")),
        env={
            "PATH": f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(directory),  # where ControlPersist's sockets lie
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": str(directory / "tmp"),
        },
        directory=directory,
    )


def _look(pair: Pair) -> PairFacts:
    world = live_world(pair)
    try:
        return Observer(world, dialect_of(pair)).look()
    finally:
        for door in world.transports.values():
            door.close()


def _hosts(pair: Pair, facts: PairFacts, work: Durations, target: str) -> dict[str, object]:
    seen = {name: facts.seen(name) for name in pair.names}
    routers = {name: router for name, router in seen.items() if router is not None}
    assert len(routers) == 2, "both routers must answer"
    blue = next(name for name, router in routers.items() if router.masters())
    green = next(name for name in pair.names if name != blue)
    assert not routers[green].masters(), "the playbook knows one MASTER of all vhids"
    hosts = {
        name: {
            **_reached(pair.router(name)),
            **_carp(routers[name]),
            "peer": green if name == blue else blue,
            "drain": DRAIN_FIRST if name == blue else DRAIN_SECOND,
            "role_at_rest": str(CarpState.MASTER if name == blue else CarpState.BACKUP),
        }
        for name in pair.names
    }
    everyone: dict[str, Value] = {
        "target": target,
        "work_fetch_s": f"{work.fetch:g}",
        "work_install_s": f"{work.install:g}",
        "rc_kept": "/root/carp.before",
        "rc_new": "/etc/.carp.new",
        "environment_kept": "before-upgrade",
    }
    children = {
        group: {"hosts": {name: None}} for group, name in (("blue", blue), ("green", green))
    }
    return {"routers": {"hosts": hosts, "children": children, "vars": everyone}}


def _reached(router: Router) -> dict[str, Value]:
    assert router.identity is not None
    assert router.known_hosts is not None
    words = [*_SSH, "-o", f"UserKnownHostsFile={router.known_hosts}"]
    port, user = router.port or 22, router.user or "root"
    return {
        "ansible_host": router.address,
        "ansible_port": port,
        "ansible_user": user,
        "ansible_ssh_private_key_file": router.identity,
        "ansible_ssh_common_args": " ".join(words),
        "ssh_words": [*words, "-i", router.identity, "-p", str(port), f"{user}@{router.address}"],
    }


def _carp(router: RouterFacts) -> dict[str, Value]:
    assert not isinstance(router.rc, Unknown)
    vhids: list[dict[str, str | int]] = [
        {
            "interface": v.interface,
            "vhid": v.carp.vhid,
            "advskew": v.carp.advskew,
            "peers": " ".join(word for named in v.carp.unicast_peers for word in named),
        }
        for v in router.vhids
    ]
    rc = next(f.path for f in router.rc if any("vhid" in line for line in f.lines))
    return {"rc_file": rc, "carp": vhids}
