"""From two routers with addresses to a working pair, and what happens to one that works."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from provisioned import (
    OTHER,
    OWN,
    PASSWORDS,
    PREFERRED,
    SPARE,
    a_pair,
    again,
    an_inventory,
    as_wanted,
    by_hand,
    disk,
    disks,
    edit,
    from_nothing,
    look,
    provisioned,
    sent,
)
from runs import Story

from bluegreen.cli.files import load_playbook
from bluegreen.cli.planning import plan_of, plan_on_twin
from bluegreen.cli.provision_request import joined_pair, rehearsed
from bluegreen.cli.request import Request
from bluegreen.cli.secrets import placeholders
from bluegreen.cli.worlds import bare_world
from bluegreen.errors import UsageError
from bluegreen.freebsd.devd import HANDLER, RULE
from bluegreen.freebsd.site import FRR_CONF
from bluegreen.model.hidden import PLACEHOLDER, Secret
from bluegreen.model.network import CarpState
from bluegreen.model.verdict import all_of
from bluegreen.policy.checks import preflight
from bluegreen.policy.masking import masked
from bluegreen.policy.provisionable import provisionable
from bluegreen.sim.bare import cables_of, specs_from_design
from bluegreen.sim.start import Start
from bluegreen.sim.twin import specs_from_facts
from bluegreen.sim.world import SimWorld

SECRETS = [secret.reveal() for secret in PASSWORDS.values()]


@pytest.mark.parametrize("kind", ["site", "one", "two", "unicast", "unicast-6"])
def test_two_bare_routers_become_a_pair(kind: str) -> None:
    story = from_nothing(kind)

    finished = story.go()

    assert (finished.outcome, finished.exit_code) == ("done", 0), finished.reason
    states = {(r.name, v.vhid): v.state for r in story.now for v in r.vhids}
    assert set(states.values()) == {CarpState.MASTER, CarpState.BACKUP}
    assert all(
        state is (CarpState.MASTER if name == PREFERRED else CarpState.BACKUP)
        for (name, _), state in states.items()
    )
    assert story.world.violations() == ()
    assert story.unjournalled == []
    assert as_wanted(story)


def test_a_second_run_has_nothing_to_do() -> None:
    story = provisioned()

    second = again(story)

    assert as_wanted(second)
    assert second.go().outcome == "done"
    programs = {c.argv[0] for _, _, c in sent(second)}
    assert not programs & {"ifconfig", "sysctl", "service", "sed", "kldload"}


def test_the_pair_comes_up_by_itself_after_a_boot() -> None:
    story = provisioned()

    for machine in story.world.machines:
        by_hand(story, machine.name, "shutdown", "-r", "now")
        story.world.network.advance(story.world.network.now + 120.0)

    assert as_wanted(story)
    gre = {
        r.name: "UP" in i.flags
        for r in look(story).both() or ()
        for i in r.interfaces
        if i.name == "gre0"
    }
    assert gre == {PREFERRED: True, OTHER: False}


def test_tunnels_follow_a_switch_by_devd() -> None:
    story = provisioned()

    by_hand(story, PREFERRED, "ifconfig", "vmx1", "down")

    up = {m.name: "gre0" not in m.downed for m in story.world.machines}
    assert up == {PREFERRED: False, OTHER: True}


@pytest.mark.parametrize("kind", ["site", "unicast-6"])
def test_taking_back_leaves_every_byte_as_it_was(kind: str) -> None:
    story = from_nothing(kind)
    before, files = story.now, disks(story.world)
    assert story.go().outcome == "done"

    finished = story.back()

    assert (finished.outcome, finished.exit_code) == ("rolled_back", 0), finished.reason
    assert disks(story.world) == files
    assert story.now == before
    assert story.world.leftovers() == ()
    assert [machine.routing_starts for machine in story.world.machines] == [0, 0]


def test_no_password_is_anywhere_but_in_files_that_root_alone_reads() -> None:
    story = provisioned()

    journal = "\n".join(event.model_dump_json() for event in story.events)
    shown = "\n".join(text for one in story.sent() for text in one.texts)
    lines = repr([command for _, _, command in story.commands()])
    told = repr(story.request) + repr(story.request.setting())
    for secret in SECRETS:
        assert secret not in journal + shown + lines + told
        holders = [
            (path, node.mode)
            for machine in story.world.machines
            for path, node in machine.files.under("/")
            if secret in (node.text or "")
        ]
        assert holders == [(OWN, 0o600), (OWN, 0o600)]
    argv = [word for _, _, c in story.commands() for word in c.argv]
    assert not [word for word in argv for secret in SECRETS if secret in word]


def test_a_plan_holds_no_password_and_is_the_same_each_time() -> None:
    pair = a_pair()
    assert pair.design is not None
    first, second = (
        plan_of(rehearsed(pair, pair.design), bare_world(pair, pair.design)) for _ in range(2)
    )

    assert first.finished.outcome == "done"
    assert first.hash == second.hash
    text = "\n".join(command for line in first.lines for command in (*line.commands, *line.undo))
    assert "pass ***" in text
    assert f"rm -f {HANDLER}" in text


@pytest.mark.parametrize("touch", range(1, 60, 3))
def test_a_run_that_is_killed_anywhere_ends_as_one_that_was_not(touch: int) -> None:
    whole = provisioned()
    story = from_nothing()
    story.world.kill_after(touch)

    assert story.go().outcome == "done"

    assert story.now == whole.now
    assert disks(story.world) == disks(whole.world)


@pytest.mark.parametrize("touch", range(5, 60, 7))
def test_a_run_that_is_killed_anywhere_can_be_taken_back(touch: int) -> None:
    story = from_nothing()
    before, files = story.now, disks(story.world)
    story.world.kill_after(touch)
    story.one_life()

    assert story.back().outcome == "rolled_back"

    assert disks(story.world) == files
    assert story.now == before


# -- one value that is wrong ------------------------------------------------------


@pytest.mark.parametrize(
    ("router", "path", "old", "new"),
    [
        (OTHER, OWN, "advskew 100", "advskew 50"),
        (PREFERRED, OWN, "advskew 0", "advskew 7"),
        (OTHER, OWN, "peer 203.0.113.111", "peer 203.0.113.119"),
        (OTHER, OWN, "192.0.2.1/27", "192.0.2.1/24"),
        (OTHER, OWN, SECRETS[0], "another"),
        (OTHER, "/etc/sysctl.conf", "preempt=1", "preempt=0"),
        (PREFERRED, HANDLER, "SETTLE_S=3", "SETTLE_S=4"),
        (OTHER, "/boot/loader.conf.d/bluegreen.conf", "YES", "NO"),
        (OTHER, "/usr/local/etc/frr/frr.conf", "172.27.27.11", "198.51.100.230"),
        (OTHER, "/etc/rc.conf.d/routing/bluegreen", "YES", "NO"),
        (OTHER, OWN, "203.0.113.132", "203.0.113.133"),
    ],
)
def test_one_wrong_value_in_a_file_is_mended_and_nothing_else(
    router: str, path: str, old: str, new: str
) -> None:
    story = provisioned()
    right = disks(story.world)
    edit(story, router, path, lambda text: text.replace(old, new))
    mended = again(story)
    assert not as_wanted(mended)

    assert mended.go().outcome == "done"

    assert disks(story.world) == right
    moved = {(r, c.argv[-1]) for _, r, c in sent(mended) if c.argv[0] == "mv"}
    assert {(r, to) for r, to in moved if not to.startswith("/var/log/")} == {(router, path)}


@pytest.mark.parametrize(
    ("router", "argv"),
    [
        (OTHER, ("sysctl", "net.inet.carp.preempt=0")),
        (OTHER, ("ifconfig", "vmx0", "vhid", "1", "advskew", "90")),
        (PREFERRED, ("ifconfig", "vmx0", "vhid", "1", "advskew", "20")),
        (OTHER, ("sysctl", "net.inet.ip.forwarding=0")),
        (OTHER, ("ifconfig", "gre0", "destroy")),
        (OTHER, ("service", "devd", "stop")),
    ],
)
def test_what_runs_otherwise_than_it_should_is_mended_while_the_pair_serves(
    router: str, argv: tuple[str, ...]
) -> None:
    story = provisioned()
    by_hand(story, router, *argv)
    mended = again(story)
    assert not as_wanted(mended)
    masters = {vip: story.world.masters(vip) for vip in story.world.network.record.served}

    assert mended.go().outcome == "done"

    assert as_wanted(mended)
    assert {vip: story.world.masters(vip) for vip in masters} == masters
    assert story.world.violations() == ()


def test_a_vhid_is_added_to_a_pair_that_serves_another() -> None:
    story, both = from_nothing("two"), a_pair("two")
    story.request = replace(
        story.request, pair=replace(story.request.pair, design=a_pair("unicast").design)
    )
    assert story.go().outcome == "done"

    wider = again(story, pair=replace(story.request.pair, design=both.design))
    assert wider.go().outcome == "done"

    aliases = story.machine(OTHER).files.read(OWN)
    assert "ifconfig_vmx0_alias0=" in aliases
    assert as_wanted(wider)


def test_an_alias_of_somebody_else_keeps_its_number() -> None:
    story = from_nothing("one")
    taken = 'ifconfig_vmx0_alias0="inet 192.0.2.20/32"\n'
    edit(story, OTHER, "/etc/rc.conf", lambda text: text + taken)

    assert story.go().outcome == "done"

    assert taken in story.machine(OTHER).files.read("/etc/rc.conf")
    own = story.machine(OTHER).files.read(OWN)
    assert "ifconfig_vmx0_alias1=" in own
    assert "ifconfig_vmx0_alias2=" in own
    assert "ifconfig_vmx0_alias0=" not in own


# -- what would move a role -------------------------------------------------------


def refused(story: Story) -> str:
    finished = story.go()
    assert (finished.outcome, finished.exit_code) == ("refused", 3), finished
    return finished.reason


def test_a_pair_that_prefers_the_other_router_is_not_switched_by_accident() -> None:
    story = provisioned("two")
    other = a_pair("two", prefer=OTHER)

    reason = refused(again(story, pair=replace(story.request.pair, design=other.design)))

    assert f"vhid 2 would move from {PREFERRED}, which serves it, to {OTHER}" in reason
    assert "`bluegreen failover`" in reason


def test_a_peer_of_the_one_that_serves_is_not_changed_under_it() -> None:
    story = provisioned("unicast")
    edit(story, PREFERRED, OWN, lambda text: text.replace("peer 203.0.113.110", "peer 203.0.113.9"))
    by_hand(story, PREFERRED, "ifconfig", "vmx1", "vhid", "2", "peer", "203.0.113.9")

    reason = refused(again(story))

    assert "MASTER" in reason


def test_ospf_of_the_one_that_serves_is_not_restarted_under_it() -> None:
    story = provisioned()
    edit(story, PREFERRED, FRR_CONF, lambda text: text.replace("192.0.2.0/27", "10.0.0.0/8"))

    reason = refused(again(story))

    assert f"{PREFERRED} serves, and FRR would be restarted" in reason


def test_two_masters_are_left_alone_and_the_difference_is_named() -> None:
    story = provisioned("one")
    edit(story, OTHER, OWN, lambda text: text.replace(SECRETS[0], "another"))
    by_hand(story, OTHER, "shutdown", "-r", "now")
    story.world.network.advance(story.world.network.now + 120.0)

    dual = again(story)
    reason = str(
        all_of(verdict for _, verdict in provisionable(look(dual), dual.request.setting()))
    )

    assert "both routers are MASTER" in refused(dual)
    assert "MASTER on both routers" in reason
    assert f"{OTHER} has another password in its files" in reason
    assert not [s for s in SECRETS if s in reason]


def test_a_password_of_a_pair_that_serves_is_not_changed() -> None:
    story = provisioned("one")
    passwords = {**PASSWORDS, 1: Secret("brand-new")}

    reason = refused(again(story, passwords=passwords))

    assert "neither router's files have the inventory's password" in reason


def test_an_address_is_not_added_to_a_vhid_that_serves() -> None:
    story = provisioned("one")
    design = story.request.pair.design
    assert design is not None
    vhid = replace(design.vhids[0], vips=(*design.vhids[0].vips, "192.0.2.2/27"))
    wider = replace(story.request.pair, design=replace(design, vhids=(vhid,)))

    reason = refused(again(story, pair=wider))

    assert "another list of addresses (192.0.2.2/27)" in reason


def test_a_vip_that_is_a_router_s_own_address_is_refused() -> None:
    story = from_nothing("one")
    design = story.request.pair.design
    assert design is not None
    vhid = replace(design.vhids[0], vips=("192.0.2.11/27",))
    wrong = replace(story.request.pair, design=replace(design, vhids=(vhid,)))

    reason = refused(again(story, pair=wrong, blue=OTHER))

    assert "192.0.2.11 is router-002's own address on vmx0" in reason


# -- the plan of a live pair ------------------------------------------------------


def test_a_plan_on_a_twin_sends_what_the_run_sends() -> None:
    story = provisioned()
    edit(story, OTHER, OWN, lambda text: text.replace(SECRETS[0], "another", 1))
    mended = again(story)
    assert mended.request.pair.design is not None
    request = replace(mended.request, passwords=placeholders(mended.request.pair.design))

    planned = plan_on_twin(request, masked(look(mended), mended.request.setting()))

    assert planned.finished.outcome == "done", planned.finished.reason
    assert mended.go().outcome == "done"
    told = [text for line in planned.lines for text in line.commands]
    done = [str(c) for _, _, c in sent(mended)]
    assert [t for t in done if t.startswith("sed")] == [t for t in told if t.startswith("sed")]
    assert sum(t.startswith("sed") for t in told) == 1
    assert set(request.passwords.values()) == {PLACEHOLDER}


# -- what it was provisioned for --------------------------------------------------


def an_upgrade(story: Story) -> Story:
    """Return an upgrade of the same machines."""
    pair = replace(story.request.pair, prefer=PREFERRED)
    request = Request("upgrade", pair, load_playbook("active-first"), PREFERRED, "U1")
    return Story(request, story.world)


def test_a_pair_that_was_provisioned_passes_every_check() -> None:
    upgrade = an_upgrade(provisioned())

    failed = {
        name: str(verdict)
        for name, verdict in preflight(look(upgrade), upgrade.request.setting())
        if not verdict
    }

    assert failed == {}


@pytest.mark.parametrize("kind", ["site", "one"])
def test_a_pair_that_was_provisioned_is_upgraded(kind: str) -> None:
    upgrade = an_upgrade(provisioned(kind))

    finished = upgrade.go()

    assert (finished.outcome, finished.exit_code) == ("done", 0), finished.reason
    assert as_wanted(again(upgrade, command="provision", passwords=PASSWORDS, run="P3"))
    assert upgrade.world.violations() == ()
    assert not [left for left in upgrade.world.leftovers() if "provision-P1" not in left]


def test_the_handler_waits_until_the_router_is_proven() -> None:
    upgrade = an_upgrade(provisioned())

    assert upgrade.go().outcome == "done"

    for router in (PREFERRED, OTHER):
        texts = [str(c) for _, r, c in sent(upgrade) if r == router]
        marked = next(
            i for i, t in enumerate(texts) if t.startswith("tee /var/log/bluegreen/drained")
        )
        booted = texts.index("shutdown -r now")
        freed = texts.index("rm -f /var/log/bluegreen/drained")
        assert marked < booted < freed


def test_an_upgrade_that_takes_the_handler_away_is_taken_back() -> None:
    upgrade = an_upgrade(provisioned())
    upgrade.world.watch = _losing_the_rule(upgrade)

    finished = upgrade.go()

    assert finished.outcome == "rolled_back"
    assert "devd handler" in finished.reason


def _losing_the_rule(story: Story) -> Callable[[str, str], None]:
    """Have the upgrade of the first router remove the rule, once."""
    plain = story.world.watch

    def watch(event: str, step: str) -> None:
        if (event, step) == ("step_started", f"prove@{PREFERRED}"):
            story.machine(PREFERRED).files.remove(RULE)
        plain(event, step)

    return watch


# -- a spare ----------------------------------------------------------------------


def joining(kind: str = "one") -> Story:
    """Return a run that has router-004 join a pair that serves."""
    pair = provisioned(kind)
    design = pair.request.pair.design
    assert design is not None
    inventory = an_inventory(kind)
    joined = joined_pair(inventory, pair.request.pair, design, SPARE, PREFERRED, 100)
    assert joined.design is not None
    serving = specs_from_facts(look(pair))[1]
    files = {
        p: (n.text or "", n.mode) for p, n in pair.machine(PREFERRED).files.under("/etc") if n.text
    }
    bare = specs_from_design(joined, joined.design)[1]
    masters = frozenset((PREFERRED, v.interface, v.vhid) for v in serving.vhids)
    world = SimWorld(
        (replace(serving, files={**serving.files, **files}), bare),
        start=Start(masters, cables=cables_of(joined, joined.design)),
    )
    request = Request("provision", joined, load_playbook("join"), PREFERRED, "J1")
    return Story(replace(request, passwords=PASSWORDS, joins=(SPARE, "edge")), world)


def test_a_third_router_joins_as_a_spare_and_nothing_else_changes() -> None:
    story = joining()
    before = disk(story.machine(PREFERRED))

    finished = story.go()

    assert finished.outcome == "done", finished.reason
    spare = story.router(SPARE)
    assert {(v.vhid, v.state, v.advskew) for v in spare.vhids} == {(1, CarpState.BACKUP, 239)}
    assert disk(story.machine(PREFERRED)) == before
    told = [c.argv for _, router, c in sent(story) if router == PREFERRED]
    assert not {argv[0] for argv in told} & {"ifconfig", "sysctl", "sed", "service"}
    written = [argv[-1] for argv in told if argv[0] in ("tee", "mv")]
    assert all(path.startswith("/var/log/bluegreen/") for path in written)
    assert story.world.violations() == ()


def test_a_spare_takes_over_when_nobody_else_is_left() -> None:
    story = joining()
    assert story.go().outcome == "done"

    story.world.network.power_off(0)
    story.world.network.advance(story.world.network.now + 10.0)

    assert {v.state for v in story.router(SPARE).vhids} == {CarpState.MASTER}


def test_a_spare_of_a_unicast_vhid_is_refused() -> None:
    reason = refused(joining("unicast"))

    assert "vhid 2 is unicast: it advertises to one peer" in reason


@pytest.mark.parametrize("advskew", [100, 200, 220])
def test_a_spare_that_is_no_slower_than_a_drained_router_is_none(advskew: int) -> None:
    pair = a_pair("one")
    assert pair.design is not None
    vhid = pair.design.vhids[0]
    quick = replace(vhid, advskew=(*vhid.advskew, (SPARE, advskew)))

    with pytest.raises(UsageError, match="not above 220"):
        joined_pair(
            an_inventory("one"), pair, replace(pair.design, vhids=(quick,)), SPARE, PREFERRED
        )
