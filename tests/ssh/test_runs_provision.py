"""A pair from nothing over SSH, as a user makes it, and what a user sees of it."""

import re
from pathlib import Path

import pytest
from running import Hire, Product, StartPair

from bluegreen.emulator.spec import LO0, InterfaceSpec, MachineSpec
from bluegreen.lab.loopback import LoopbackPair, quick
from bluegreen.sim.start import way_out

pytest_plugins = ("pair", "product")

FIRST, SECOND = "router-001", "router-002"
WORD = "hunter-in-the-rye"
OWN = "/etc/rc.conf.d/netif/bluegreen"
DESIGN = """
    prefer: router-001
    provision:
      forwarding: true
      vhids:
        - vhid: 2
          interface: vmx1
          vips: [198.51.100.230/32, "2001:db8::230/64"]
          unicast: true
          password: {file: carp-2}
      tunnels:
        - {name: gre0, local: 198.51.100.230, remote: 203.0.113.132,
           inner: 172.27.27.252, inner_remote: 172.27.27.33}
      devd: {}
"""


def bare(name: str, host: int) -> MachineSpec:
    own = (f"203.0.113.{host}/24", f"2001:db8::{host}/64")
    vmx1 = InterfaceSpec("vmx1", own, ether=f"00:50:56:00:01:{host}")
    conf = f'hostname="{name}"\nifconfig_vmx1="inet {own[0]}"\n'
    return quick(
        MachineSpec(
            name=name,
            interfaces=(vmx1, LO0),
            vhids=(),
            preempt=False,
            carp_loaded=False,
            routes=(way_out("vmx1", own[0]),),
            files={"/etc/rc.conf": (conf, 0o644)},
        )
    )


@pytest.fixture
def bare_pair(start_pair: StartPair) -> LoopbackPair:
    return start_pair((bare(FIRST, 11), bare(SECOND, 12)))


@pytest.fixture
def designer(hire: Hire, bare_pair: LoopbackPair) -> Product:
    """Return the product before two bare routers, with what they are to be."""
    text = bare_pair.inventory.read_text()
    folder = bare_pair.inventory.parent
    (folder / "carp-2").write_text(f"{WORD}\n")
    (folder / "carp-2").chmod(0o600)
    plain = f"edge: {{routers: [{FIRST}, {SECOND}]}}"
    assert plain in text
    wanted = f"edge:\n    routers: [{FIRST}, {SECOND}]{DESIGN}"
    bare_pair.inventory.write_text(text.replace(plain, wanted))
    return hire(bare_pair.inventory)


def everything_said(designer: Product) -> str:
    """Return what lies where the product keeps its journal and its output."""
    files = [p for p in designer.machine.rglob("*") if p.is_file()]
    return "".join(p.read_bytes().decode("utf-8", "replace") for p in files)


def test_a_pair_is_made_shown_first_and_taken_back(
    designer: Product, bare_pair: LoopbackPair
) -> None:
    before = {name: bare_pair.machine_state(name).config for name in (FIRST, SECOND)}
    plan = designer.run("provision", "--pair", "edge", "--plan")
    assert plan.code == 0, plan.err
    (plan_hash,) = set(re.findall(r"\b[0-9a-f]{16}\b", plan.out))

    made = designer.run("provision", "--pair", "edge", "--yes", "--json", "--expect", plan_hash)

    assert made.code == 0, made.err
    assert made.finished.serving == f"{FIRST} serves vhid 2"
    again = designer.run("provision", "--pair", "edge", "--yes")
    assert (again.code, "nothing to do" in again.out) == (0, True)
    assert designer.run("check", "--pair", "edge").code == 0
    for name in (FIRST, SECOND):
        assert bare_pair.machine_state(name).unknown == ()
    back = designer.run("rollback", made.finished.run)
    assert back.code == 0, back.out + back.err
    assert {n: bare_pair.machine_state(n).config for n in (FIRST, SECOND)} == before
    said = everything_said(designer) + plan.out + made.out + again.out + back.out
    assert WORD not in said


def test_a_password_that_cannot_be_read_is_refused_before_anything_is_contacted(
    designer: Product, bare_pair: LoopbackPair
) -> None:
    (bare_pair.inventory.parent / "carp-2").chmod(0o644)

    ended = designer.run("provision", "--pair", "edge", "--yes")

    assert ended.code == 2
    assert "others may read it" in ended.err
    assert "chmod 0600" in ended.err


def test_a_pair_without_a_design_says_where_to_find_one(
    hire: Hire, bare_pair: LoopbackPair
) -> None:
    ended = hire(bare_pair.inventory).run("provision", "--pair", "edge", "--yes")

    assert ended.code == 2
    assert "has no `provision:` block" in ended.err
    assert Path("docs/how-to/provision.md").name in ended.err
