"""Everything that is refused before anything is changed, each check by its name."""

from dataclasses import replace

import pytest
from facts import (
    BACKUP,
    BLUE,
    BOOTED_S,
    GIB,
    GREEN,
    INIT,
    MASTER,
    NEW,
    OLD,
    RUN,
    STATE,
    UP,
    VIP,
    a_job,
    a_pair,
    a_route,
    a_router,
    a_setting,
    a_tunnel,
    a_vhid,
    an_environment,
    switched,
    unseen,
)

from bluegreen.model.design import Design, PasswordSource, VhidDesign
from bluegreen.model.facts import (
    Floating,
    Hold,
    Outside,
    PairFacts,
    RouterFacts,
    SshPath,
    Unknown,
    VipAnswer,
)
from bluegreen.model.network import Interface, Pfsync, VrrpGroup
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.routing import Neighbor, Ospf
from bluegreen.model.storage import Space
from bluegreen.model.system import Environment, Job, JobState, RcFile, Versions
from bluegreen.policy.checks import preflight
from bluegreen.policy.remedies import findings_of
from bluegreen.policy.setting import Setting
from bluegreen.policy.upgradable import upgradable
from bluegreen.steps.preflight import Preflight

FULL = Neighbor("10.0.0.33", "172.27.27.33", "gre0", "Full", True)
CLIENT = "203.0.113.99"


def refusals(pair: PairFacts, setting: Setting | None = None) -> dict[str, tuple[str, ...]]:
    """Return the reasons of every check that says no; each of them is shown, and has a way out."""
    asked = setting or a_setting()
    checks = (*preflight(pair, asked), *upgradable(pair, asked))
    told = [one for name, verdict in checks for one in findings_of(name, verdict, tuple(pair))]
    bare = [one.says for one in told if not one.evidence or not one.fix]
    assert bare == []
    assert not [one.says for one in told if one.says in {seen.seen for seen in one.evidence}]
    return {name: verdict.reasons for name, verdict in checks if not verdict}


def with_green(green: RouterFacts) -> PairFacts:
    return a_pair(green=green)


def running(version: str, **other: str) -> RouterFacts:
    names = {"kernel": version, "running": version, "userland": version, **other}
    return replace(a_router(GREEN), versions=Versions(**names))


def target(release: str | None) -> Setting:
    return replace(a_setting(), target=release)


# -- all is well ---------------------------------------------------------------


def test_a_pair_at_rest_is_fit() -> None:
    assert refusals(a_pair()) == {}


def test_every_check_has_a_name_that_people_can_grep_for() -> None:
    names = [name for name, _ in Preflight(a_setting()).layers(a_pair())]

    assert names == [
        *("reachable", "carp", "roles", "peers", "takeover", "management", "leftovers"),
        *("maintenance", "hold", "pfsync", "ospf", "ipfo", "probe", "clock"),
        *("persistence", "version", "environments", "state", "space", "jobs"),
    ]


def test_a_switch_alone_asks_nothing_of_the_operating_system() -> None:
    setting = replace(a_setting(), upgrades=False)
    pair = with_green(replace(a_router(GREEN), pkgbase=True))

    assert Preflight(setting).done(pair)
    assert not Preflight(a_setting()).done(pair)


def test_every_reason_is_given_at_once() -> None:
    pair = with_green(replace(a_router(GREEN, preempt=False), securelevel=1))

    assert set(refusals(pair)) == {"takeover", "version"}


def test_a_router_that_does_not_answer_is_the_first_and_only_reason() -> None:
    refused = refusals(a_pair(green=unseen()))

    assert list(refused) == ["reachable"]
    [reason] = refused["reachable"]
    assert reason.startswith("router-002: could not be observed: no answer from sshd; see whether")


# -- CARP ----------------------------------------------------------------------


def test_a_vhid_that_speaks_vrrp_is_refused() -> None:
    vrrp = Interface("vmx1", UP, vrrp=(VrrpGroup(2, MASTER, 100, 100),))
    pair = with_green(replace(a_router(GREEN), interfaces=(vrrp,)))

    assert refusals(pair)["carp"][0] == (
        "router-002: vhid 2@vmx1 speaks VRRP, not CARP: not supported"
    )


def test_the_carp_interface_of_freebsd_9_is_refused() -> None:
    pseudo = Interface("carp0", UP, carp=(a_vhid(state=BACKUP, advskew=100),))
    pair = with_green(replace(a_router(GREEN), interfaces=(pseudo,)))

    assert refusals(pair)["carp"][0] == (
        "router-002: carp0 is CARP of FreeBSD 9 or older, an interface of its own: not supported"
    )


def test_a_router_without_carp_is_refused() -> None:
    bare = replace(a_router(GREEN), interfaces=(Interface("vmx0", UP),), carp=None)

    assert refusals(with_green(bare))["carp"][:2] == (
        "router-002 has no CARP vhid",
        "router-002: carp(4) is not loaded",
    )


def test_carp_that_is_not_allowed_is_refused() -> None:
    [reason] = refusals(with_green(a_router(GREEN, allow=False)))["carp"]

    assert reason.startswith("router-002: net.inet.carp.allow is 0")


@pytest.mark.parametrize("demotion", [240, 20, -240])
def test_a_demotion_left_over_is_refused_whatever_its_sign(demotion: int) -> None:
    pair = a_pair(blue=a_router(BLUE, demotion=demotion))

    [reason] = refusals(pair)["carp"]

    assert reason.startswith(f"router-001: net.inet.carp.demotion is {demotion}: ")


def test_routers_that_share_no_vhid_are_refused() -> None:
    pair = with_green(a_router(GREEN, a_vhid(3, BACKUP, 100)))

    assert refusals(pair)["carp"] == (
        (
            "the routers share no vhid (same number, same addresses): "
            f"router-001 has vhid 2 ({VIP}); router-002 has vhid 3 ({VIP})"
        ),
    )


def test_a_vhid_that_the_peer_lacks_is_refused() -> None:
    lonely = a_vhid(9, addresses=("192.0.2.9",))

    assert refusals(a_pair(blue=a_router(BLUE, a_vhid(), lonely)))["carp"] == (
        (
            "router-001: vhid 9 (192.0.2.9) on vmx1 is not on its peer: router-002 has 2@vmx1; "
            "add it there, or remove it here"
        ),
    )


def test_a_split_brain_is_refused() -> None:
    [reason] = refusals(with_green(a_router(GREEN, a_vhid(state=MASTER, advskew=100))))["roles"]

    assert reason.startswith(f"vhid 2 ({VIP}) is MASTER on both routers: split brain")


def test_a_vip_that_nobody_serves_is_refused() -> None:
    pair = a_pair(blue=a_router(BLUE, a_vhid(state=BACKUP)))

    nobody, moved = refusals(pair)["roles"]

    assert nobody.startswith(f"vhid 2 ({VIP}) has no MASTER")
    assert moved.startswith("router-001 was taken for who serves, and serves nothing now")


def test_roles_that_moved_since_the_run_was_planned_are_refused() -> None:
    assert refusals(switched())["roles"] == (
        "router-001 was taken for who serves, and serves nothing now: plan it again",
    )


def test_equal_skews_are_no_reason_to_refuse() -> None:
    """Each switch raises the skew of who yields; given back, equal skews move nobody."""
    assert refusals(with_green(a_router(GREEN, a_vhid(state=BACKUP, advskew=0)))) == {}


def test_without_preempt_both_ways_around_it_are_named() -> None:
    (reason,) = refusals(with_green(a_router(GREEN, preempt=False)))["takeover"]

    assert "`allow: [advbase]`" in reason
    assert "`allow: [preempt]`" in reason


@pytest.mark.parametrize("way", ["advbase", "preempt"])
def test_without_preempt_a_way_that_is_allowed_will_do(way: str) -> None:
    pair = a_pair(a_router(BLUE, preempt=False), a_router(GREEN, preempt=False))

    assert refusals(pair, replace(a_setting(), ways=(way,))) == {}


def test_an_advbase_that_cannot_be_exceeded_is_named_and_the_other_way_offered() -> None:
    pair = a_pair(
        a_router(BLUE, a_vhid(advbase=100), preempt=False),
        a_router(GREEN, a_vhid(state=BACKUP, advskew=100, advbase=100), preempt=False),
    )

    reasons = refusals(pair, replace(a_setting(), ways=("advbase",)))["takeover"]

    assert "`allow: [preempt]`" in reasons[0]
    assert "router-002: vhid 2@vmx1 has advbase 100, and three times that is above 255" in reasons


def test_where_each_router_serves_preempt_would_move_too_much() -> None:
    lan = ("192.0.2.254",)
    pair = a_pair(
        a_router(BLUE, a_vhid(), a_vhid(3, BACKUP, 100, addresses=lan), preempt=False),
        a_router(GREEN, a_vhid(state=BACKUP, advskew=100), a_vhid(3, addresses=lan), preempt=False),
    )

    reasons = refusals(pair, replace(a_setting(), ways=("preempt",)))["takeover"]

    assert "each router serves something: preempt would move more than is meant" in str(reasons)
    assert "`allow: [advbase]`" in reasons[0]
    assert refusals(pair, replace(a_setting(), ways=("advbase",))) == {}


def test_a_vhid_in_init_is_refused() -> None:
    pair = with_green(a_router(GREEN, a_vhid(state=INIT, advskew=100)))

    [reason] = refusals(pair)["roles"]

    assert reason.startswith("router-002: vhid 2@vmx1 is INIT")


def test_a_unicast_peer_that_the_other_router_does_not_have_is_refused() -> None:
    blue = a_router(BLUE, a_vhid(peer="203.0.113.12"))
    green = a_router(GREEN, a_vhid(state=BACKUP, advskew=100, peer="203.0.113.99"))

    [reason] = refusals(a_pair(blue, green))["peers"]

    assert reason.startswith(
        "router-002: vhid 2@vmx1 names peer 203.0.113.99, which router-001 does not have; "
    )
    assert reason.endswith(": `ifconfig vmx1 vhid 2 peer 203.0.113.11` on router-002")


def test_without_preempt_a_switch_is_refused() -> None:
    assert "router-002: net.inet.carp.preempt is 0" in str(
        refusals(with_green(a_router(GREEN, preempt=False)))["takeover"]
    )


@pytest.mark.parametrize("upgrades", [True, False])
def test_a_switch_needs_a_way_back_whether_it_is_taken_or_not(upgrades: bool) -> None:
    pair = a_pair(blue=a_router(BLUE, preempt=False))

    verdict = Preflight(replace(a_setting(), upgrades=upgrades)).done(pair)

    assert "router-001: net.inet.carp.preempt is 0" in str(verdict)


# -- the control path ----------------------------------------------------------


def test_a_management_address_that_is_a_vip_is_refused() -> None:
    pair = a_pair(blue=replace(a_router(BLUE), management=VIP))

    assert refusals(pair)["management"] == (
        (
            f"router-001 is reached at {VIP}, which is a VIP: it would move; "
            "give its own address in the inventory"
        ),
    )


def test_a_name_that_resolves_to_a_vip_is_found_out_by_the_router() -> None:
    through = replace(a_router(BLUE), management="edge.example.net", ssh=SshPath(CLIENT, VIP))

    assert VIP in refusals(a_pair(blue=through))["management"][0]


def answering(*routes: tuple[str, str, str]) -> PairFacts:
    """Return blue with routes, managed from outside of its networks."""
    blue = a_router(BLUE, more=(a_tunnel(),))
    return a_pair(
        blue=replace(
            blue,
            ssh=SshPath(CLIENT, "192.0.2.11"),
            routes=tuple(a_route(*words) for words in routes),
        )
    )


def test_answers_that_leave_through_a_tunnel_are_refused() -> None:
    pair = answering(("default", "192.0.2.1", "vmx0"), ("203.0.113.0/24", "172.27.27.33", "gre0"))

    [reason] = refusals(pair)["management"]

    assert reason.startswith(f"router-001 answers {CLIENT} through the tunnel gre0; ")


def test_answers_that_leave_over_a_vip_are_refused() -> None:
    pair = answering(("default", VIP, "vmx0"))

    [reason] = refusals(pair)["management"]

    assert reason.startswith(f"router-001 answers {CLIENT} over {VIP}, which is a VIP; ")


def test_the_longest_prefix_decides_where_an_answer_leaves() -> None:
    pair = answering(("default", "172.27.27.33", "gre0"), ("203.0.113.0/24", "192.0.2.1", "vmx0"))

    assert refusals(pair) == {}


def test_routes_that_cannot_be_read_are_refused() -> None:
    pair = a_pair(blue=replace(a_router(BLUE), routes=Unknown("exit 1")))

    assert refusals(pair)["management"] == ("router-001: routes cannot be read: exit 1",)


# -- what lies or runs on the routers ------------------------------------------


def test_a_pair_that_is_held_switched_is_refused() -> None:
    pair = with_green(replace(a_router(GREEN), hold=Hold("run-7", (("vmx1", 2, 0),))))

    assert refusals(pair)["hold"] == (
        "router-002 is held switched since run run-7: `bluegreen restore` first",
    )
    assert refusals(pair, replace(a_setting(), releasing=True)) == {}


def test_jobs_and_originals_of_another_run_are_refused() -> None:
    original = f"{STATE}/originals/etc__rc.conf"
    foreign = replace(a_router(GREEN, jobs=(Job("stage", "run-7", JobState.ENDED, 0),)), lock=None)
    advice = f"of another run: `bluegreen recover --pair {BLUE},{GREEN}` finishes or undoes it"

    assert refusals(with_green(replace(foreign, kept=(original,))))["leftovers"] == (
        f"router-002: {STATE}/jobs/stage, {original} {advice}",
    )
    assert refusals(with_green(replace(a_router(GREEN), kept=(original,)))) == {}  # of this run


def test_a_sysctl_that_another_run_has_not_given_back_is_refused() -> None:
    lent = (("net.inet.carp.senderr_demotion_factor", 240),)
    foreign = replace(a_router(GREEN, lock=None), lent=lent)

    assert refusals(with_green(foreign))["leftovers"] == (
        (
            "router-002: net.inet.carp.senderr_demotion_factor was 240 before a run that has not "
            "given it back: finish that run, or "
            "`sysctl net.inet.carp.senderr_demotion_factor=240` and "
            f"`rm {STATE}/lent`"
        ),
    )
    assert refusals(with_green(replace(a_router(GREEN), lent=lent))) == {}  # of this run


def pfsync(syncok: bool | None, flags: tuple[str, ...] = UP) -> PairFacts:
    interface = Interface("pfsync0", flags, pfsync=Pfsync("vmx0", None, syncok))
    return with_green(a_router(GREEN, more=(interface,)))


def test_a_pfsync_that_is_not_in_sync_is_refused() -> None:
    assert refusals(pfsync(syncok=False))["pfsync"] == (
        "router-002: pfsync is not in sync (syncok: 0)",
    )


def test_a_pfsync_that_is_down_or_in_sync_is_not() -> None:
    assert refusals(pfsync(syncok=False, flags=())) == {}
    assert refusals(pfsync(syncok=True)) == {}


def test_a_clock_that_is_off_is_refused() -> None:
    ahead = replace(a_router(GREEN), clock_s=BOOTED_S + 86_400 + 3600)

    assert refusals(with_green(ahead))["clock"] == (
        "router-002: its clock is +3600 s from this machine's: see ntpd(8) or ntpdate",
    )
    assert refusals(with_green(replace(ahead, clock_s=BOOTED_S + 86_400 - 61)))["clock"] == (
        "router-002: its clock is -61 s from this machine's: see ntpd(8) or ntpdate",
    )
    assert refusals(with_green(replace(ahead, clock_s=BOOTED_S + 86_400 - 60))) == {}


# -- what follows the VIPs -----------------------------------------------------


def speaking(blue: Ospf | Unknown | None, green: Ospf | Unknown | None) -> PairFacts:
    return a_pair(replace(a_router(BLUE), ospf=blue), replace(a_router(GREEN), ospf=green))


def test_a_router_id_that_is_a_vip_is_refused() -> None:
    pair = speaking(Ospf("frr", VIP, (FULL,)), Ospf("frr", "192.0.2.12", ()))

    [reason] = refusals(pair)["ospf"]

    assert reason.startswith(
        f"router-001: its OSPF router-id {VIP} is a VIP: after a switch both routers would have it"
    )


def test_the_same_router_id_twice_is_refused() -> None:
    pair = speaking(Ospf("frr", "192.0.2.11", ()), Ospf("frr", "192.0.2.11", ()))

    [reason] = refusals(pair)["ospf"]

    assert reason.startswith(
        "router-001: its OSPF router-id 192.0.2.11 is that of router-002 as well"
    )


def test_ospf_that_cannot_be_read_is_refused() -> None:
    pair = speaking(Unknown("frr: failed to connect"), None)

    assert refusals(pair)["ospf"] == ("router-001: OSPF cannot be read: frr: failed to connect",)
    assert refusals(pair, replace(a_setting(), ospf=False)) == {}


def test_ospf_that_is_configured_and_does_not_answer_is_refused() -> None:
    wished = replace(a_setting(), ospf=True)

    assert refusals(a_pair(), wished)["ospf"] == (
        "router-001: no OSPF daemon answers, but `ospf:` is configured",
        "router-002: no OSPF daemon answers, but `ospf:` is configured",
    )


def test_fewer_full_neighbours_than_wished_are_refused() -> None:
    pair = speaking(Ospf("frr", "192.0.2.11", (FULL,)), Ospf("frr", "192.0.2.12", ()))

    assert refusals(pair, replace(a_setting(), min_neighbors=2))["ospf"] == (
        "router-001: 1 OSPF neighbours are Full, wanted 2",
    )


def test_a_floating_address_that_is_not_at_the_master_is_refused() -> None:
    wished = replace(a_setting(), ipfo=FloatingAddress("ovh", "ns1.example", VIP))
    there = a_pair(outside=Outside(floating=Floating(VIP, GREEN, settled=True)))
    unknown = a_pair(outside=Outside(floating=Unknown("HTTP 503")))

    assert refusals(there, wished)["ipfo"] == (f"{VIP} is bound to router-002, wanted router-001",)
    assert refusals(unknown, wished)["ipfo"] == ("the provider cannot be asked: HTTP 503",)


@pytest.mark.parametrize(
    ("answering", "reason"),
    [(False, "does not answer the probe"), (None, "is not known to answer")],
)
def test_a_vip_that_does_not_answer_is_refused(answering: bool | None, reason: str) -> None:
    pair = a_pair(outside=Outside(answers=(VipAnswer(VIP, 5, 5, 500.0, answering),)))

    (refusal,) = refusals(pair)["probe"]
    assert refusal.startswith(f"{VIP} {reason}")


# -- the operating system ------------------------------------------------------


def test_a_vhid_that_is_in_no_file_that_a_boot_reads_is_refused() -> None:
    empty = RcFile("/etc/rc.conf", ('hostname="router-002"',), "d1")

    assert refusals(with_green(replace(a_router(GREEN), rc=(empty,))))["persistence"] == (
        "router-002: vhid 2 on vmx1: in no file that a boot reads",
    )


def test_a_configuration_that_cannot_be_read_is_refused() -> None:
    pair = with_green(replace(a_router(GREEN), rc=Unknown("exit 1")))

    assert refusals(pair)["persistence"] == ("router-002: rc.conf cannot be read: exit 1",)


def test_a_packaged_base_is_refused() -> None:
    assert refusals(with_green(replace(a_router(GREEN), pkgbase=True)))["version"] == (
        "router-002 runs a packaged base: freebsd-update refuses it",
    )


def test_a_raised_securelevel_is_refused() -> None:
    assert refusals(with_green(replace(a_router(GREEN), securelevel=1)))["version"] == (
        "router-002: securelevel is 1: nothing can be installed",
    )
    assert refusals(with_green(replace(a_router(GREEN), securelevel=0))) == {}


@pytest.mark.parametrize("version", ["14.2-STABLE", "15.0-CURRENT", "14.3-RC1"])
def test_what_is_no_release_is_refused(version: str) -> None:
    assert (
        f"router-002 runs {version}: freebsd-update upgrades releases only"
        in (refusals(with_green(running(version)))["version"])
    )


def test_an_upgrade_that_was_not_finished_is_refused() -> None:
    half = running(OLD, kernel="14.2-RELEASE-p2")

    assert refusals(with_green(half))["version"] == (
        (
            "router-002: kernel 14.2-RELEASE-p2 is installed and 14.2-RELEASE-p1 runs: "
            "an earlier upgrade was not finished, reboot it while idle first"
        ),
    )


def test_a_userland_ahead_of_its_kernel_is_normal() -> None:
    assert refusals(with_green(running(OLD, userland="14.2-RELEASE-p3"))) == {}


def test_versions_that_were_not_all_named_are_refused() -> None:
    nameless = replace(a_router(GREEN), versions=Versions(OLD, None, OLD))

    assert refusals(with_green(nameless))["version"] == (
        "router-002: freebsd-version did not name all three versions",
    )


def test_a_version_that_cannot_be_compared_is_refused() -> None:
    assert "not a FreeBSD release" in refusals(with_green(running("14.2-OURS")))["version"][0]


def test_a_major_upgrade_is_refused() -> None:
    reasons = refusals(a_pair(), target("15.0-RELEASE"))["version"]

    assert reasons[0].startswith("router-001: 14.2-RELEASE-p1 to 15.0-RELEASE is a major upgrade")


@pytest.mark.parametrize("older", ["14.1-RELEASE", "14.1-RELEASE-p9"])
def test_a_downgrade_is_refused(older: str) -> None:
    assert (
        f"router-001 runs 14.2-RELEASE-p1: {older} is older"
        in (refusals(a_pair(), target(older))["version"])
    )


def test_a_patch_level_behind_the_one_that_runs_is_a_downgrade() -> None:
    ahead = a_pair(replace(a_router(BLUE), versions=Versions(*["14.2-RELEASE-p5"] * 3)))

    assert refusals(ahead, target("14.2-RELEASE-p3"))["version"] == (
        "router-001 runs 14.2-RELEASE-p5: 14.2-RELEASE-p3 is older",
    )


@pytest.mark.parametrize("newer", ["14.3-RELEASE", NEW, "14.2-RELEASE", None])
def test_the_next_minor_release_and_patch_level_are_fine(newer: str | None) -> None:
    assert refusals(a_pair(), target(newer)) == {}


def test_a_boot_environment_that_waits_for_the_next_boot_is_refused() -> None:
    two = (an_environment("default", after=False), an_environment("other", now=False))
    once = (an_environment("default"), an_environment("try", now=False, after=False, once=True))

    assert refusals(with_green(replace(a_router(GREEN), environments=two)))["environments"] == (
        "router-002: the next boot would be other",
        "router-002: no boot environment is both active now and at the next boot",
    )
    assert refusals(with_green(replace(a_router(GREEN), environments=once)))["environments"] == (
        "router-002: the next boot would be try",
    )


def test_boot_environments_that_cannot_be_read_are_refused() -> None:
    pair = with_green(replace(a_router(GREEN), environments=Unknown("exit 1")))

    assert refusals(pair)["environments"] == ("router-002: boot environments: exit 1",)


@pytest.mark.parametrize("dataset", ["zroot/ROOT/default", "zroot/ROOT/default/log"])
def test_our_files_on_what_a_boot_environment_reverts_are_refused(dataset: str) -> None:
    spaces = (Space("zroot/ROOT/default", 8 * GIB, "/"), Space(dataset, 8 * GIB, "/var/log"))

    assert refusals(with_green(replace(a_router(GREEN), spaces=spaces)))["state"] == (
        (
            f"router-002: our files would lie on {dataset}, which a boot environment "
            "reverts: name a `state_dir` on a dataset of its own"
        ),
    )


@pytest.mark.parametrize("environments", [(), (an_environment("default"),)])
def test_our_files_on_what_no_boot_outlives_are_refused(
    environments: tuple[Environment, ...],
) -> None:
    spaces = (Space("/dev/ada0p2", 8 * GIB, "/"), Space("tmpfs", 8 * GIB, "/var/log"))
    green = replace(a_router(GREEN), environments=environments, spaces=spaces)

    assert refusals(with_green(green))["state"] == (
        (
            "router-002: our files would lie on tmpfs, which no boot outlives: "
            "name another `state_dir`"
        ),
    )


def test_on_ufs_our_files_may_lie_anywhere() -> None:
    one = (Space("/dev/ada0p2", 8 * GIB, "/"), Space("/dev/ada0p2", 8 * GIB, "/"))

    assert refusals(with_green(replace(a_router(GREEN), environments=(), spaces=one))) == {}


def test_too_little_room_is_refused() -> None:
    spaces = (Space("zroot/ROOT/default", GIB - 1, "/"), Space("zroot/var/log", 900, "/var/log"))

    assert refusals(with_green(replace(a_router(GREEN), spaces=spaces)))["space"] == (
        "router-002: 1023 MiB are free on /",
        "router-002: 0 MiB are free on /var/log",
    )


def test_room_that_cannot_be_read_is_refused() -> None:
    pair = with_green(replace(a_router(GREEN), spaces=Unknown("exit 1")))

    assert refusals(pair)["space"] == ("router-002: free space cannot be read: exit 1",)


def test_a_running_job_of_another_run_is_refused() -> None:
    foreign = Job("stage", "run-7", JobState.RUNNING)
    ours = a_job("stage", JobState.RUNNING)

    assert ours.run == RUN
    assert refusals(with_green(a_router(GREEN, jobs=(foreign,))))["jobs"] == (
        "router-002: job stage of run run-7 is still running",
    )
    assert refusals(with_green(a_router(GREEN, jobs=(ours,)))) == {}


# -- a spare that the inventory names ----------------------------------------------


def with_spare(advskew: int) -> Setting:
    """Return a setting whose design gives each vhid of the pair to a third router, too."""
    vhids = tuple(
        VhidDesign(
            v.carp.vhid,
            interfaces=((BLUE, v.interface), (GREEN, v.interface)),
            vips=(),
            advskew=((BLUE, 0), (GREEN, 100), ("router-003", advskew)),
            password=PasswordSource("env", "X"),
        )
        for v in a_router(BLUE).vhids
    )
    return replace(a_setting(), design=Design(vhids))


def test_a_spare_that_is_slower_than_a_drained_router_is_no_obstacle() -> None:
    assert "takeover" not in refusals(a_pair(), with_spare(239))


def test_a_spare_that_a_drained_router_would_be_slower_than_is_refused() -> None:
    reasons = refusals(a_pair(), with_spare(220))["takeover"]

    assert (
        "the spare router-003 has advskew 220, and a run raises one of the pair to 220"
        in (reasons[0])
    )


def test_a_spare_would_take_over_from_a_router_that_hardly_advertises() -> None:
    setting = replace(with_spare(239), ways=("advbase",))
    pair = with_green(a_router(GREEN, preempt=False))

    (reason, *_) = refusals(pair, setting)["takeover"]

    assert "the spare router-003 would take the role, too" in reason
