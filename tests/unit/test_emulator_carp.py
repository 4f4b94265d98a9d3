"""vhids of an emulated router, through ifconfig and sysctl, with the kernel's traps."""

from dataclasses import replace

import pytest
from emulated import A_ROUTER, VIP, Router, a_master

from bluegreen.carp.values import Advertisement
from bluegreen.emulator.spec import VhidSpec
from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.model.network import CarpState, CarpVhid

SKEW = ("ifconfig", "vmx1", "vhid", "2", "advskew")
PEER = ("peer", "203.0.113.111")


def vhid(router: Router, number: int = 2) -> CarpVhid:
    interfaces = parse_ifconfig(router.run("ifconfig", "vmx1").stdout)
    return next(carp for carp in interfaces[0].carp if carp.vhid == number)


def an_advert(router: Router, advskew: int) -> Advertisement:
    ours = router.machine.carp.by_key["vmx1", 2]
    return Advertisement("vmx1", 2, 1, advskew, "inet", "router-002", ours.digest)


def test_alone_it_becomes_master_after_its_patience() -> None:
    router = Router()

    router.wait(3.4)

    assert router.machine.serves(VIP)
    changes = [(c.at_s, c.transition.new) for c in router.machine.transitions]
    assert changes == [(0.0, CarpState.BACKUP), (3 + 100 / 256, CarpState.MASTER)]


def test_a_skew_is_stored_and_nothing_is_sent() -> None:
    master = a_master()

    output = master.run(*SKEW, "200", *PEER)

    assert output.ok
    assert (vhid(master).advskew, vhid(master).peer) == (200, "203.0.113.111")
    assert master.sent == []


def test_writing_0_to_the_demotion_advertises_at_once() -> None:
    master = a_master()
    master.run(*SKEW, "200", *PEER)

    output = master.run("sysctl", "net.inet.carp.demotion=0")
    again = master.run("sysctl", "net.inet.carp.demotion=0")

    assert output.stdout == again.stdout == "net.inet.carp.demotion: 0 -> 0\n"
    assert [(ad.advskew, ad.destination) for ad in master.sent] == [(200, "203.0.113.111")] * 2


def test_writing_the_demotion_adds() -> None:
    router = Router()

    router.run("sysctl", "net.inet.carp.demotion=240")
    output = router.run("sysctl", "net.inet.carp.demotion=-40")

    assert output.stdout == "net.inet.carp.demotion: 240 -> 200\n"
    assert router.run("sysctl", "-n", "net.inet.carp.demotion").stdout == "200\n"
    assert "carp: demoted by -40 to 200 (sysctl)" in router.run("dmesg").stdout


def test_a_peer_that_is_not_repeated_is_forgotten() -> None:
    router = Router()

    router.run(*SKEW, "200")

    assert (vhid(router).peer, vhid(router).peer6) == ("224.0.0.18", "ff02::12")


def test_a_later_release_keeps_a_peer_that_is_not_repeated() -> None:
    router = Router(replace(A_ROUTER, peers_default_to_multicast=False))

    router.run(*SKEW, "200")

    assert vhid(router).peer == "203.0.113.111"


def test_a_host_name_as_peer_is_silently_no_address() -> None:
    router = Router()

    assert router.run(*SKEW, "1", "peer", "router-002").ok

    assert vhid(router).peer == "255.255.255.255"


def test_an_unknown_vhid_becomes_a_ghost_and_that_is_a_success() -> None:
    router = Router()

    output = router.run("ifconfig", "vmx1", "vhid", "9", "advskew", "10")

    assert output.ok
    assert vhid(router, 9).state is CarpState.INIT
    assert vhid(router, 9).addresses == ()


def test_a_skew_of_255_is_refused_and_the_advbase_before_it_is_stored() -> None:
    router = Router()

    output = router.run("ifconfig", "vmx1", "vhid", "2", "advbase", "3", "advskew", "255", *PEER)

    assert (output.code, output.stderr) == (1, "ifconfig: SIOCSVH: Invalid argument\n")
    assert (vhid(router).advbase, vhid(router).advskew) == (3, 100)


def test_garbage_as_skew_is_0() -> None:
    router = Router()

    assert router.run(*SKEW, "foo", *PEER).ok

    assert vhid(router).advskew == 0


def test_an_interface_that_is_not_there_is_named() -> None:
    output = Router().run("ifconfig", "vmx9", "vhid", "2", "advskew", "1")

    assert (output.code, output.stderr) == (1, "ifconfig: interface vmx9 does not exist\n")


def test_a_state_can_be_asked_for() -> None:
    master = a_master()

    master.run("ifconfig", "vmx1", "vhid", "2", "state", "backup", *PEER)

    assert vhid(master).state is CarpState.BACKUP
    assert master.machine.transitions[-1].transition.reason == "user requested via ifconfig"


def test_a_slower_master_is_preempted_and_a_faster_one_yielded_to() -> None:
    router = Router()

    router.hear(an_advert(router, 240))
    preempted = vhid(router).state
    router.hear(an_advert(router, 0))

    assert (preempted, vhid(router).state) == (CarpState.MASTER, CarpState.BACKUP)


def test_without_preempt_a_slower_master_stays() -> None:
    router = Router(replace(A_ROUTER, preempt=False))

    router.hear(an_advert(router, 240))

    assert vhid(router).state is CarpState.BACKUP
    assert router.run("sysctl", "net.inet.carp.preempt=1").stdout.endswith("0 -> 1\n")
    router.hear(an_advert(router, 240))
    assert vhid(router).state is CarpState.MASTER


def test_an_interface_taken_down_demotes_the_router_until_it_is_back() -> None:
    master = a_master()

    master.run("ifconfig", "vmx1", "down")
    down = parse_ifconfig(master.run("ifconfig", "vmx1").stdout)[0]
    demoted = master.run("sysctl", "-n", "net.inet.carp.demotion").stdout
    master.run("ifconfig", "vmx1", "up")

    assert ("UP" in down.flags, down.carp[0].state, demoted) == (False, CarpState.INIT, "240\n")
    assert not master.machine.serves(VIP)
    assert master.run("sysctl", "-n", "net.inet.carp.demotion").stdout == "0\n"


def test_a_cable_that_is_pulled_shows_and_ends_the_service() -> None:
    master = a_master()

    master.machine.set_link("vmx1", up=False, now=master.now)

    interface = parse_ifconfig(master.run("ifconfig", "vmx1").stdout)[0]
    assert (interface.status, interface.is_up) == ("no carrier", False)
    assert not master.machine.serves(VIP)


def test_allow_0_takes_every_vhid_out() -> None:
    master = a_master()

    master.run("sysctl", "net.inet.carp.allow=0")

    assert vhid(master).state is CarpState.INIT


@pytest.mark.parametrize("name", ["kern.ostype", "kern.boottime"])
def test_a_read_only_value_is_not_written(name: str) -> None:
    output = Router().run("sysctl", f"{name}=1")

    assert (output.code, output.stderr) == (1, f"sysctl: oid '{name}' is read only\n")


def test_an_unknown_value_is_an_error_unless_it_may_be_missing() -> None:
    router = Router()

    assert router.run("sysctl", "no.such").stderr == "sysctl: unknown oid 'no.such'\n"
    assert router.run("sysctl", "-i", "no.such").ok


def test_another_password_makes_a_stranger() -> None:
    ours = VhidSpec("vmx1", 2, (f"{VIP}/32",))
    other = replace(ours, password=f"not {ours.password}")
    router = Router(replace(A_ROUTER, vhids=(ours,)))
    stranger = Router(replace(A_ROUTER, vhids=(other,)))

    router.hear(an_advert(stranger, 240))

    assert vhid(router).state is CarpState.BACKUP
