"""What a user may get wrong: the exit status, and what is said about it, over real SSH."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from routers import FIRST, SECOND, door_to, pair_specs
from running import (
    Deeds,
    Ended,
    Hire,
    Moment,
    Product,
    StartPair,
    deeds,
    half_done,
    impatient,
    shapes,
)

from bluegreen.emulator.spec import MachineSpec, VhidSpec
from bluegreen.freebsd.commands import set_advskew
from bluegreen.lab.loopback import LoopbackPair
from bluegreen.lab.openssh import make_key
from bluegreen.model.command import Script
from bluegreen.model.facts import LocatedVhid
from bluegreen.model.network import CarpState, CarpVhid

pytest_plugins = ("pair", "product")


def edited(pair: LoopbackPair, folder: Path, old: str | Path | None, new: str | Path) -> Path:
    """Return another inventory of the same pair."""
    text = pair.inventory.read_text()
    assert str(old) in text
    file = folder / "edited.yaml"
    file.write_text(text.replace(str(old), str(new)))
    return file


def refused(product: Product, *more: str) -> Ended:
    """Return how an upgrade ended that nobody should have begun."""
    ended = product.run("upgrade", "--pair", "edge", *(more or ("--yes",)))
    assert ended.out == ""
    assert "next: " in ended.err
    return ended


# -- whom we reach -----------------------------------------------------------------


def test_an_unknown_host_key_is_never_taken(
    calm_pair: LoopbackPair, hire: Hire, tmp_path: Path
) -> None:
    nobody = tmp_path / "nobody"
    nobody.touch()
    known = calm_pair.routers[0].known_hosts

    ended = refused(hire(edited(calm_pair, tmp_path, known, nobody)))

    assert ended.code == 3
    assert "is unknown: ssh-ed25519 SHA256:" in ended.err
    assert "ssh-keyscan" in ended.err
    assert nobody.read_text() == ""


def test_a_changed_host_key_is_refused_with_the_way_to_replace_it(
    calm_pair: LoopbackPair, hire: Hire, tmp_path: Path
) -> None:
    router, other = calm_pair.routers[0], tmp_path / "known"
    kept = router.known_hosts.read_text().splitlines()[1]
    stranger = make_key(tmp_path / "stranger")
    other.write_text(f"[{router.host}]:{router.port} {stranger}{kept}\n")

    ended = refused(hire(edited(calm_pair, tmp_path, router.known_hosts, other)))

    assert ended.code == 3
    assert ended.err.startswith(f"bluegreen: {FIRST}: ")
    assert "has changed" in ended.err
    assert f"ssh-keygen -R '[{router.host}]:{router.port}' -f {other}" in ended.err


def test_a_router_that_nobody_answers_for_is_named(
    calm_pair: LoopbackPair, hire: Hire, tmp_path: Path
) -> None:
    port = f"port: {calm_pair.routers[1].port}"

    ended = refused(hire(edited(calm_pair, tmp_path, port, "port: 1")))

    assert ended.code == 3
    assert ended.err.startswith(f"bluegreen: {SECOND}: ")
    assert "port 1: connection refused" in ended.err


def test_a_key_file_that_is_missing_is_a_mistake_of_the_inventory(
    calm_pair: LoopbackPair, hire: Hire, tmp_path: Path
) -> None:
    missing = tmp_path / "missing"

    ended = refused(hire(edited(calm_pair, tmp_path, calm_pair.routers[0].identity, missing)))

    assert ended.code == 2
    assert f"{missing} cannot be read: No such file" in ended.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_key_file_that_may_not_be_read_is_one_too(
    calm_pair: LoopbackPair, hire: Hire, tmp_path: Path
) -> None:
    locked = tmp_path / "locked"
    make_key(locked)
    locked.chmod(0)

    ended = refused(hire(edited(calm_pair, tmp_path, calm_pair.routers[0].identity, locked)))

    assert ended.code == 2
    assert f"{locked} cannot be read: Permission denied" in ended.err


# -- what the routers are ------------------------------------------------------------


def without_carp(first: MachineSpec, second: MachineSpec) -> tuple[MachineSpec, MachineSpec]:
    return first, replace(second, vhids=(), carp_loaded=False)


def renumbered(first: MachineSpec, second: MachineSpec) -> tuple[MachineSpec, MachineSpec]:
    others = tuple(replace(vhid, vhid=vhid.vhid + 100) for vhid in second.vhids)
    return first, replace(second, vhids=others)


def over_a_vip(first: MachineSpec, second: MachineSpec) -> tuple[MachineSpec, MachineSpec]:
    """The connection comes to 127.0.0.1, whatever the routers are."""
    return _with_vip(first, 0), _with_vip(second, 100)


def _with_vip(spec: MachineSpec, advskew: int) -> MachineSpec:
    return replace(spec, vhids=(*spec.vhids, VhidSpec("vmx0", 9, ("127.0.0.1/32",), advskew)))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (without_carp, f"{SECOND} has no CARP vhid"),
        (renumbered, "the routers share no vhid"),
        (over_a_vip, f"{FIRST} is reached at 127.0.0.1, which is a VIP"),
    ],
    ids=["without-carp", "renumbered", "over-a-vip"],
)
def test_routers_that_cannot_be_upgraded_are_refused_untouched(
    start_pair: StartPair,
    hire: Hire,
    make: Callable[[MachineSpec, MachineSpec], tuple[MachineSpec, MachineSpec]],
    said: str,
) -> None:
    pair = start_pair(make(*pair_specs()))

    ended = hire(pair.inventory).run("upgrade", "--pair", "edge", "--yes")

    assert ended.code == 3
    assert said in ended.out + ended.err
    assert deeds(pair) == Deeds((0, 0), (0, 0), (0, 0))
    assert [shape.leftovers for shape in shapes(pair)] == [(), ()]


def test_a_floating_address_that_nobody_may_ask_for_is_refused(
    calm_pair: LoopbackPair, hire: Hire, tmp_path: Path
) -> None:
    keys = tmp_path / "ovh.conf"
    keys.write_text("[default]\nendpoint=ovh-eu\n[ovh-eu]\napplication_key=a\n")
    keys.chmod(0o644)
    floating = "{provider: ovh, service: ns123.example, address: 198.51.100.230, settle: 30s"
    source = f"credentials: {{file: {keys}}}}}"
    inventory = edited(calm_pair, tmp_path, "]}", f"], ipfo: {floating}, {source}}}")

    ended = hire(inventory).run("upgrade", "--pair", "edge", "--yes")

    assert ended.code == 2
    assert "others than its owner can read it" in ended.err
    assert f"chmod 600 {keys}" in ended.err


# -- what was typed --------------------------------------------------------------------


def test_without_a_terminal_nobody_can_say_yes(calm_product: Product) -> None:
    ended = refused(calm_product, "--strategy", "idle-first")

    assert ended.code == 2
    assert "--yes" in ended.err


def test_another_plan_than_the_one_that_was_read_is_refused(
    product: Product, ssh_pair: LoopbackPair
) -> None:
    """Somebody gives a router another skew between the plan and the run."""
    planned = product.run("upgrade", "--pair", "edge", "--plan")
    (plan_hash,) = set(re.findall(r"\b[0-9a-f]{16}\b", planned.out))
    door = door_to(ssh_pair.router(SECOND))
    vhid = CarpVhid(3, CarpState.BACKUP, 1, 100)
    (said,) = door.run(Script((set_advskew(LocatedVhid("vmx0", vhid), 50),)))
    door.close()
    assert said.ok
    before = shapes(ssh_pair)

    ended = refused(product, "--expect", plan_hash, "--yes")

    assert ended.code == 3
    assert f"not {plan_hash}" in ended.err
    assert "--plan" in ended.err
    assert shapes(ssh_pair) == before


# -- what a run rests on -----------------------------------------------------------------


def test_a_run_is_not_resumed_on_another_inventory(start_pair: StartPair, hire: Hire) -> None:
    pair = start_pair(half_done())
    before, product = shapes(pair), hire(pair.inventory)
    upgrade = product.upgrade()
    upgrade.reach(Moment("lock_taken", f"lock@{SECOND}"))
    upgrade.kill()
    original = pair.inventory.read_text()
    pair.inventory.write_text(original.replace("]}", f"], prefer: {SECOND}}}"))

    ended = product.run("resume")

    assert ended.code == 3
    assert "the inventory's words about the pair changed since run" in ended.err
    assert f"Put it back as it was ({pair.inventory}" in ended.err
    pair.inventory.write_text(original)
    assert product.run("rollback").code == 0
    assert shapes(pair) == before


def test_a_run_is_not_resumed_with_another_playbook(
    start_pair: StartPair, hire: Hire, tmp_path: Path
) -> None:
    pair = start_pair(half_done())
    before, product = shapes(pair), hire(pair.inventory)
    playbook = impatient("idle-first", tmp_path, seconds=60)
    upgrade = product.upgrade("--playbook", str(playbook))
    upgrade.reach(Moment("lock_taken", f"lock@{FIRST}"))
    upgrade.kill()
    original = playbook.read_text()
    playbook.write_text(original.replace("60s", "61s"))

    ended = product.run("resume")

    assert ended.code == 3
    assert "the playbook changed since run" in ended.err
    assert str(playbook) in ended.err
    playbook.write_text(original)
    assert product.run("rollback").code == 0
    assert shapes(pair) == before
