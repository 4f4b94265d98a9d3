"""A password on a router is nowhere in what a run writes, shows, keeps or sends."""

from dataclasses import replace

import pytest
from facts import BLUE
from rehearsed import Rehearsed, a_request, inventoried

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.planning import plan_of
from bluegreen.cli.rehearsal import perform
from bluegreen.cli.worlds import rehearsed_world
from bluegreen.emulator.rcfiles import rc_files
from bluegreen.emulator.spec import EXAMPLE_KEY, MachineSpec
from bluegreen.engine.journal import MemoryJournal
from bluegreen.engine.observer import Observer
from bluegreen.engine.performer import tail_of
from bluegreen.engine.record import Recorder
from bluegreen.freebsd.paths import Paths
from bluegreen.model.codec import write_facts
from bluegreen.model.events import Event
from bluegreen.sim.build import specs_from_rehearsal
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.world import SimWorld

WIFI = "tr0ub4dor"  # a secret of another service in the same files
QUOTED = "battery staple"


def with_secrets(spec: MachineSpec) -> MachineSpec:
    old = f"# ifconfig_vmx9=\"inet vhid 9 pass '{QUOTED}' 192.0.2.9/32\""
    local = {"/etc/rc.conf.local": (f'wlan_psk="{WIFI}"\n{old}\n', 0o600)}
    return replace(spec, files={**rc_files(spec), **local})


def a_world(*faults: str) -> SimWorld:
    first, second = specs_from_rehearsal(inventoried())
    specs = with_secrets(first), with_secrets(second)
    return SimWorld(specs, faults=[parse_fault(text) for text in faults])


def sent(world: SimWorld) -> str:
    """Return every word that went to a router, of every script."""
    return "\n".join(
        text
        for _, _, script in world.traffic.wire
        for command in script.commands
        for text in (*command.argv, command.stdin)
    )


def assert_no_secret(text: str) -> None:
    assert text
    for secret in (EXAMPLE_KEY, WIFI, QUOTED, "staple"):
        assert secret not in text, f"{secret!r} is in it"


def on_the_routers(world: SimWorld) -> str:
    return "".join(
        node.text or "" for machine in world.machines for _, node in machine.files.under("/etc")
    )


@pytest.mark.parametrize("fault", [None, "install-fails", "connection-lost-after@persist"])
def test_no_event_and_no_command_of_a_run_holds_a_password(fault: str | None) -> None:
    world = a_world(*([fault] if fault else []))
    told: list[Event] = []
    assert EXAMPLE_KEY in on_the_routers(world)
    assert WIFI in on_the_routers(world)

    perform(world, a_request(), [told.append])

    assert_no_secret("\n".join(event.model_dump_json() for event in told))
    assert_no_secret(sent(world))
    assert EXAMPLE_KEY in on_the_routers(world)


def test_no_journal_holds_a_password_the_baseline_included() -> None:
    run = Rehearsed(a_world())

    finished = run.go()

    assert finished.outcome == "done"
    text = "\n".join(event.model_dump_json() for event in run.events)
    assert "pass ***" in text  # the baseline holds the line, without its secret
    assert_no_secret(text)


def test_facts_that_people_send_around_hold_no_password() -> None:
    doors = a_world().doors()

    text = write_facts(Observer(doors, dialect_of(inventoried())).look())

    assert "pass ***" in text
    assert_no_secret(text)


def test_no_plan_holds_a_password() -> None:
    planned = plan_of(a_request(), a_world())

    assert f"persist@{BLUE}" in {line.id for line in planned.lines}
    assert_no_secret(repr(planned))


def test_originals_that_hold_passwords_lie_where_root_alone_reads_them() -> None:
    world, original = a_world(), Paths().original("/etc/rc.conf.d/netif/carp")
    modes: set[int] = set()

    def look(event: Event) -> None:
        for path, node in world.machines[0].files.under(Paths().originals):
            if path == original and event.event == "step_done":
                modes.add(node.mode)

    perform(world, a_request(), [look])

    assert modes == {0o600}


def test_nothing_of_it_is_left_on_a_router_at_the_end() -> None:
    world = a_world()

    perform(world, a_request(), [])

    assert world.leftovers() == ()
    assert rehearsed_world(inventoried()).leftovers() == ()


def test_the_diff_of_a_file_that_is_merged_is_not_among_what_a_running_job_says() -> None:
    diff = "--- current version\n+++ new version\n@@ -1,2 +1,2 @@\n-pass old\n+pass new\n kept\n"

    assert tail_of(f"Merging /etc/rc.conf\n\n{diff}Installing updates...\n") == (
        "Merging /etc/rc.conf\nInstalling updates..."
    )


def test_what_a_router_repeats_of_a_secret_is_struck_out_before_anybody_is_told() -> None:
    journal, heard = MemoryJournal(), list[Event]()
    recorder = Recorder("R1", journal, a_world().doors().clock, (heard.append,))

    recorder.observed(a_request().plan.steps[0], "job", f"psk={WIFI}; vhid 2 pass {WIFI}")

    [kept] = journal.events("R1")
    assert heard == [kept]
    assert (WIFI in str(kept), "vhid 2 pass ***" in str(kept)) == (False, True)
