"""A floating address that the product moves: real SSH, real HTTP and signatures, OVH emulated."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from routers import FIRST, SECOND
from running import Ended, Hire, Moment, Product

from bluegreen.emulator.ovh import OvhApi
from bluegreen.emulator.ovh_account import Account, Pace, Vmac
from bluegreen.lab.loopback import LoopbackPair
from bluegreen.model.events import Answered, CommandSent, Observed
from bluegreen.providers.keys import Keys, written
from bluegreen.providers.serve import serving

pytest_plugins = ("pair", "product")

ADDRESS, SERVER = "198.51.100.230", "ns1.example"
MACS = {FIRST: "02:00:00:00:00:01", SECOND: "02:00:00:00:00:02"}
SECRETS = ("lab-secret", "lab-consumer")
PACE = Pace(0.2, 0.2, 0.6)


@pytest.fixture
def ovh() -> OvhApi:
    """Return an account with the address at the first router, and a permanent one at each."""
    vmacs = {
        MACS[FIRST]: Vmac("ovh", {ADDRESS: FIRST, "203.0.113.241": FIRST}),
        MACS[SECOND]: Vmac("ovh", {"203.0.113.242": SECOND}),
    }
    return OvhApi(Account({SERVER: vmacs}, {ADDRESS: SERVER}, PACE))


@pytest.fixture
def floating(ovh: OvhApi, ssh_pair: LoopbackPair, hire: Hire, tmp_path: Path) -> Iterator[Product]:
    """Return the product before a pair whose address OVH has."""
    with serving(ovh) as endpoint:
        keys = tmp_path / "ovh.conf"
        written(Keys(endpoint, "lab-application", "lab-secret", "lab-consumer"), keys)
        block = (
            f"ipfo: {{provider: ovh, service: {SERVER}, address: {ADDRESS}, mode: move, "
            f'macs: {{{FIRST}: "{MACS[FIRST]}", {SECOND}: "{MACS[SECOND]}"}}, '
            f"settle: 1s, credentials: {{file: {keys}}}}}"
        )
        text = ssh_pair.inventory.read_text()
        assert text.endswith("]}\n")
        inventory = tmp_path / "floating.yaml"
        inventory.write_text(text.replace("]}\n", f"], {block}}}\n"))
        yield hire(inventory)


def changes(ovh: OvhApi) -> list[str]:
    """Return what was asked of OVH that changes something, in order."""
    return [method for _, method, _ in ovh.requests if method != "GET"]


def at(ovh: OvhApi) -> str | None:
    """Return the router whose MAC has the address now."""
    ovh.account.advance(time.monotonic())
    mac = ovh.account.holder(ADDRESS)
    return next((name for name, own in MACS.items() if own == mac), None)


def no_secret_in(product: Product, *ends: Ended) -> None:
    """Nothing that was printed or kept on this machine holds a key."""
    kept = [path.read_bytes() for path in product.state.rglob("*") if path.is_file()]
    said = [text.encode() for end in ends for text in (end.out, end.err)]
    assert not [s for s in SECRETS for text in (*kept, *said) if s.encode() in text]


def test_a_failover_takes_the_address_along_and_a_restore_brings_it_back(
    floating: Product, ovh: OvhApi
) -> None:
    switched = floating.run("failover", "--pair", "edge", "--yes", "--json")

    assert (switched.code, at(ovh)) == (0, SECOND)
    assert changes(ovh) == ["DELETE", "POST"]
    layers = [e.layer for e in switched.events if isinstance(e, Observed) and e.layer]
    assert "ipfo" in layers

    restored = floating.run("restore", "--pair", "edge", "--yes", "--json")

    assert (restored.code, at(ovh)) == (0, FIRST)
    assert changes(ovh) == ["DELETE", "POST"] * 2
    no_secret_in(floating, switched, restored)


def test_a_run_that_is_killed_between_off_and_on_goes_on_with_on(
    floating: Product, ovh: OvhApi
) -> None:
    running = floating.start("failover", "--pair", "edge", "--yes", "--json")
    running.reach(Moment("answered", f"converge@{SECOND}"))
    running.kill()
    time.sleep(PACE.whole_s + 0.5)
    assert (at(ovh), changes(ovh)) == (None, ["DELETE"])

    resumed = floating.run("resume", "--json")

    assert (resumed.code, at(ovh)) == (0, SECOND)
    assert changes(ovh) == ["DELETE", "POST"]


def test_what_ovh_gives_up_is_taken_back_with_its_task_in_the_journal(
    floating: Product, ovh: OvhApi
) -> None:
    ovh.account.endings.append("ovhError")

    failed = floating.run("failover", "--pair", "edge", "--yes", "--json")

    assert (failed.code, failed.finished.outcome) == (1, "rolled_back")
    assert "task 1000 (virtualMacDelete) is ovhError" in failed.finished.reason
    assert at(ovh) == FIRST
    answers = [e for e in failed.events if isinstance(e, Answered) and e.router == "ovh"]
    assert answers[0].said.startswith("task 1000 (virtualMacDelete) is init")


def test_an_address_that_is_at_the_wrong_router_is_moved_alone(
    floating: Product, ovh: OvhApi
) -> None:
    ovh.account.follow(SERVER, MACS[SECOND], ADDRESS, 0.0)

    refused = floating.run("failover", "--pair", "edge", "--yes")
    shown = floating.run("ipfo", "show", "--pair", "edge")
    moved = floating.run("ipfo", "move", "--pair", "edge", "--yes", "--json")

    assert refused.code == 3
    assert f"{ADDRESS} is bound to {SECOND}, wanted {FIRST}" in refused.out
    assert f"bound to    {SECOND}" in shown.out
    assert f"served by   {FIRST}" in shown.out
    assert (moved.code, at(ovh)) == (0, FIRST)
    sent = [e for e in moved.events if isinstance(e, CommandSent) and e.effect == "carp"]
    assert sent == []


def test_an_address_is_not_moved_to_who_does_not_serve_it(floating: Product, ovh: OvhApi) -> None:
    refused = floating.run("ipfo", "move", "--pair", "edge", "--to", SECOND, "--yes")

    assert refused.code == 3
    assert f"it must be bound to who serves it, not to {SECOND}" in refused.err
    assert changes(ovh) == []
