"""What a boot of an emulated router brings back, and what it forgets."""

from dataclasses import replace

import pytest
from emulated import A_ROUTER, EPOCH_S, VIP, Router, a_master, a_ufs_router

from bluegreen.emulator.rcfiles import CARP_RC
from bluegreen.emulator.spec import InterfaceSpec, VhidSpec
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.freebsd.commands import (
    fetch_update,
    install_update,
    mark_boot,
)
from bluegreen.freebsd.paths import MARKER, Paths
from bluegreen.freebsd.sysctl import boot_time_s, parse_sysctl
from bluegreen.model.network import CarpState, Pfsync


def rebooted(router: Router, seconds: float = 10) -> None:
    router.run("shutdown", "-r", "now")
    router.wait(seconds)


def flags(router: Router) -> dict[str, str]:
    rows = parse_environments(router.run("bectl", "list").stdout)
    marks = (("N", "now"), ("R", "next"), ("T", "once"))
    return {be.name: "".join(m for m, field in marks if getattr(be, field)) for be in rows}


def test_a_router_that_boots_neither_answers_nor_serves() -> None:
    master = a_master()
    served_before = master.machine.serves(VIP)

    master.run("shutdown", "-r", "now")

    assert served_before
    assert not master.machine.reachable
    assert not master.machine.serves(VIP)
    assert master.sent == []


def test_a_router_that_boots_must_not_be_called() -> None:
    master = a_master()
    master.run("shutdown", "-r", "now")

    with pytest.raises(AssertionError, match="not reachable"):
        master.run("true")


def test_it_is_back_after_the_time_a_boot_takes() -> None:
    router = Router()
    router.run("shutdown", "-r", "now")

    router.wait(9.9)
    before = router.machine.reachable
    router.wait(0.1)

    assert (before, router.machine.reachable) == (False, True)
    sysctl = router.run("sysctl", "kern.boottime").stdout
    assert boot_time_s(parse_sysctl(sysctl)) == EPOCH_S + 10


def test_it_comes_back_as_backup_without_demotion() -> None:
    master = a_master()
    master.run("sysctl", "net.inet.carp.demotion=240")

    rebooted(master)

    assert master.machine.carp.state("vmx1", 2) is CarpState.BACKUP
    assert master.run("sysctl", "-n", "net.inet.carp.demotion").stdout == "0\n"


def test_the_skew_of_the_files_is_in_force_after_a_boot_and_not_before() -> None:
    router = Router()
    router.run("ifconfig", "vmx1", "vhid", "2", "advskew", "200")
    changed = router.machine.carp.vhids()[0][0].advskew

    rebooted(router)

    config = router.machine.carp.vhids()[0][0]
    assert (changed, config.advskew, config.peer) == (200, 100, "203.0.113.111")


def test_an_edited_file_counts_from_the_next_boot() -> None:
    router = Router()
    router.run("sed", "-i", "", "-e", "1s/advskew 100/advskew 240/", CARP_RC)

    rebooted(router)

    assert router.machine.carp.vhids()[0][0].advskew == 240


def test_a_file_without_the_vhid_leaves_the_router_without_it() -> None:
    router = Router()
    router.run("rm", "-f", CARP_RC)

    rebooted(router)

    assert router.machine.carp.vhids() == ()


def test_both_families_of_a_vhid_come_back() -> None:
    vhid = VhidSpec("vmx1", 2, (f"{VIP}/32", "2001:db8::230/128"), advskew=50, advbase=2)
    router = Router(replace(A_ROUTER, vhids=(vhid,)))

    rebooted(router)

    config = router.machine.carp.vhids()[0][0]
    assert config.addresses == (VIP, "2001:db8::230")
    assert (config.advbase, config.advskew) == (2, 50)


def test_the_marker_is_gone_and_the_log_stays() -> None:
    router = Router()
    router.do(mark_boot(Paths(), "run1", "run1 reboot 1", marked=False))
    router.run("tee", "/var/log/kept", stdin="here\n")

    rebooted(router)

    assert router.run("cat", MARKER).code == 1
    assert router.run("cat", "/var/log/kept").stdout == "here\n"


def test_another_environment_brings_its_own_files_and_versions() -> None:
    router = Router()
    router.run("bectl", "create", "old")
    router.run(*fetch_update())
    router.run(*install_update())
    router.run("tee", "/etc/motd", stdin="new\n")
    router.run("tee", "/var/log/kept", stdin="here\n")

    router.run("bectl", "activate", "old")
    rebooted(router)

    assert router.run("freebsd-version", "-kru").stdout == "14.2-RELEASE-p1\n" * 3
    assert router.run("cat", "/etc/motd").code == 1
    assert router.run("cat", "/var/log/kept").ok
    assert flags(router)["old"] == "NR"


def test_an_environment_for_one_boot_is_left_by_the_next() -> None:
    router = Router()
    router.run("bectl", "create", "new")
    said = router.run("bectl", "activate", "-t", "new").stdout
    marked = flags(router)

    rebooted(router)
    once = flags(router)
    rebooted(router)

    assert said == "Successfully activated boot environment new\nfor next boot\n"
    assert marked == {"default": "NR", "new": "T"}
    assert once == {"default": "R", "new": "N"}
    assert flags(router) == {"default": "NR", "new": ""}


def test_renaming_keeps_what_is_booted() -> None:
    router = Router()

    output = router.run("bectl", "rename", "default", "kept")

    assert (output.code, flags(router)) == (0, {"kept": "NR"})
    assert router.run("df", "-k", "/").stdout.splitlines()[1].startswith("zroot/ROOT/kept ")


def test_a_failed_rename_exits_0_and_says_so() -> None:
    output = Router().run("bectl", "rename", "nothing", "else")

    assert output.code == 0
    assert output.stderr.endswith("Failed to rename bootenv nothing to else\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("create", "default"), 2, "boot environment name already taken"),
        (("create", "a b"), 1, "invalid boot environment name"),
        (("activate", "nothing"), 3, "specified boot environment does not exist"),
        (("destroy", "default"), 5, "cannot destroy active boot environment"),
        (("destroy", "nothing"), 3, "specified boot environment does not exist"),
    ],
)
def test_bectl_refuses_in_its_own_words(words: tuple[str, ...], code: int, said: str) -> None:
    output = Router().run("bectl", *words)

    assert (output.code, output.stderr.splitlines()[0]) == (code, said)


def test_a_ufs_root_reverts_nothing() -> None:
    router = Router(a_ufs_router())
    router.run("tee", "/etc/motd", stdin="new\n")

    rebooted(router)

    assert router.run("cat", "/etc/motd").stdout == "new\n"


def test_a_routing_daemon_converges_again_after_a_boot() -> None:
    master = a_master()

    rebooted(master)
    booted = master.machine.run(("vtysh", "-c", "show ip ospf neighbor json"), "", master.now)
    master.wait(6)

    assert '"10.0.0.33"' not in booted.stdout
    full = master.run("vtysh", "-c", "show ip ospf neighbor json").stdout
    assert r'"nbrState":"Full\/-"' in full


def test_after_a_boot_pfsync_demotes_the_router_until_it_has_caught_up() -> None:
    pfsync0 = InterfaceSpec("pfsync0", pfsync=Pfsync("vmx2", "10.0.0.2", syncok=True, version=1400))
    router = Router(replace(A_ROUTER, interfaces=(*A_ROUTER.interfaces, pfsync0)))
    before = router.run("ifconfig", "pfsync0").stdout

    rebooted(router)
    demoted = router.run("sysctl", "-n", "net.inet.carp.demotion").stdout
    syncing = router.run("ifconfig", "pfsync0").stdout
    router.wait(3)

    assert (demoted, "syncok: 0" in syncing) == ("240\n", True)
    assert router.run("sysctl", "-n", "net.inet.carp.demotion").stdout == "0\n"
    assert router.run("ifconfig", "pfsync0").stdout == before
    assert "carp: demoted by -240 to 0 (pfsync bulk done)" in router.run("dmesg").stdout
