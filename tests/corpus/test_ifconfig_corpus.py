"""Every ifconfig output of a real machine is read right, or refused for the right reason."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.model.network import Inet, Interface, LaggPort, Pfsync, Tunnel, Vlan, VrrpGroup

READ = {
    "ifconfig/ifconfig-01-14x-epair-dualstack-backup.txt": ("vnet0 BACKUP 1/1/0",),
    "ifconfig/ifconfig-02-14x-epair-dualstack-master.txt": ("vnet0 MASTER 1/1/100",),
    "ifconfig/ifconfig-03-10x-vlan-on-lagg-14vhids-master.txt": tuple(
        f"vlan316 MASTER {vhid}/1/50" for vhid in (*range(14, 26), 33, 34)
    ),
    "ifconfig/ifconfig-04-10x-vlan-on-lagg-14vhids-backup.txt": tuple(
        f"vlan316 BACKUP {vhid}/1/100" for vhid in (*range(14, 26), 33, 34)
    ),
    "ifconfig/ifconfig-06-grep-carp-jails.txt": (
        "None MASTER 2/1/100",
        "None MASTER 1/1/100",
        "None BACKUP 2/1/200",
        "None BACKUP 1/1/200",
        "None BACKUP 2/1/200",
        "None BACKUP 1/1/200",
        "None MASTER 2/1/100",
        "None MASTER 1/1/100",
    ),
    "ifconfig/ifconfig-07-opnsense-14-vlan-peer-lines.txt": (
        "None MASTER 11/1/0",
        "None MASTER 33/1/0",
    ),
    "ifconfig/ifconfig-08-opnsense-14-vlan-peer-lines-backup.txt": ("None BACKUP 11/1/100",),
    "ifconfig/ifconfig-10-dualstack-separate-vhids-master-vtnet3.txt": (
        "vtnet3 MASTER 1/1/100",
        "vtnet3 MASTER 2/1/100",
    ),
    "ifconfig/ifconfig-11-dualstack-separate-vhids-master-vtnet4.txt": (
        "vtnet4 MASTER 3/1/100",
        "vtnet4 MASTER 4/1/100",
    ),
    "ifconfig/ifconfig-12-dualstack-separate-vhids-backup-vtnet3.txt": (
        "vtnet3 BACKUP 1/1/200",
        "vtnet3 BACKUP 2/1/200",
    ),
    "ifconfig/ifconfig-15-opnsense-19x-fw1-master-sysctl.txt": (
        "None MASTER 3/1/0",
        "None MASTER 1/1/0",
    ),
    "ifconfig/ifconfig-16-opnsense-19x-fw2-backup-sysctl.txt": (
        "None BACKUP 3/1/100",
        "None BACKUP 1/1/100",
    ),
    "ifconfig/ifconfig-18-10x-em1-abridged.txt": ("em1 MASTER 2/1/100",),
    "ifconfig/ifconfig-19-em0-backup-then-master-abridged.txt": (
        "em0 BACKUP 1/1/0",
        "em0 MASTER 1/1/0",
    ),
    "ifconfig/ifconfig-21-fixture-two-vhids-mixed-dualstack.txt": (
        "vtnet1 BACKUP 1/1/100",
        "vtnet1 MASTER 2/1/0",
    ),
    "ifconfig/ifconfig-22-fixture-lagg-MASTER-flag-trap.txt": (
        "ix1 MASTER 10/1/0",
        "ix1 BACKUP 11/1/100",
    ),
    "ifconfig/ifconfig-24-seance-both-spellings-and-vrrp.txt": (
        "None MASTER 3/1/0",
        "None BACKUP 1/1/0",
        "None MASTER 30/1/0",
    ),
    "ifconfig/ifconfig-25-lagg0-line-in-mha-log.txt": ("None MASTER 64/1/100",),
    "ifconfig/ifconfig-26-freebsd9-carp0-pseudo.txt": ("carp0 BACKUP 1/1/20",),
    "carp/carp-fbsd14-peer-line-opnsense268.txt": ("None MASTER 5/1/0",),
    "ifconfig/ifconfig-gre0-01-14x.txt": (),
    "ifconfig/ifconfig-pfsync0-01-14x-fixture.txt": (),
    "ifconfig/ifconfig-pfsync0-02-opnsense-14-syncok.txt": (),
    "ifconfig/ifconfig-pfsync0-03-unconfigured-12x.txt": (),
    "ifconfig/ifconfig-pfsync0-05-freebsd83-pfsense2.txt": (),
    "gre/gre-01-freebsd12-gre-renamed-bsdrp27.txt": (),
    "gre/gre-02-freebsd14-15-lower_up-sample.txt": (),
    "gre/gre-06-gif-ipsec-analogues-freebsd.txt": (),
}

NOWHERE = str(IPv4Address(0))

REFUSED = {
    "gre/gre-04-freebsd-serverspec-regex.txt": "line 2: a pattern for ifconfig's output",
    "gre/gre-05-openbsd-linux-contrast.txt": "this is OpenBSD's ifconfig, not FreeBSD's",
    "gre/gre-14-freebsd-wrong-netif-same-subnet.txt": "no interface and no carp line",
    "carp/nasqueron-carp-log.txt": "no interface and no carp line",
    "carp/syslog-carp-03-10x-VHID-prefix-boot-flap.txt": "no interface and no carp line",
    "carp/sysctl-carp-01-14x-fixture.txt": "no interface and no carp line",
}


def interfaces(corpus: Path, name: str) -> tuple[Interface, ...]:
    return parse_ifconfig((corpus / name).read_text())


def test_no_ifconfig_output_is_left_unread(corpus: Path) -> None:
    found = {f"ifconfig/{path.name}" for path in (corpus / "ifconfig").glob("*.txt")}

    assert found <= READ.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", READ)
def test_every_vhid_is_read_with_interface_state_advbase_and_advskew(
    corpus: Path, name: str
) -> None:
    read = interfaces(corpus, name)

    vhids = [(i.name, v) for i in read for v in i.carp]
    told = tuple(f"{n} {v.state} {v.vhid}/{v.advbase}/{v.advskew}" for n, v in vhids)
    assert told == READ[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_freebsds_ifconfig_is_refused_with_the_reason(corpus: Path, name: str) -> None:
    with pytest.raises(ParseError) as refused:
        interfaces(corpus, name)

    assert REFUSED[name] in refused.value.what


def test_one_vhid_bears_the_addresses_of_both_families(corpus: Path) -> None:
    (vnet0,) = interfaces(corpus, "ifconfig/ifconfig-01-14x-epair-dualstack-backup.txt")

    assert vnet0.carp[0].addresses == ("10.1.60.200", "fd5e:d1c2:c9de:60::200")
    assert (vnet0.carp[0].peer, vnet0.carp[0].peer6) == ("224.0.0.18", "ff02::12")
    assert vnet0.inet == (
        Inet("10.1.60.201", 24, broadcast="10.1.60.255"),
        Inet("10.1.60.200", 32, vhid=1, broadcast="10.1.60.200"),
    )
    assert vnet0.inet6[0] == Inet("fe80::3a:f8ff:fefd:ed0b", 64, zone="vnet0")
    assert vnet0.inet6[3] == Inet("fd5e:d1c2:c9de:60::200", 128, vhid=1)
    assert vnet0.flags[-1] == "LOWER_UP"
    assert (vnet0.mtu, vnet0.ether) == (1500, "02:3a:f8:fd:ed:0b")
    assert (vnet0.groups, vnet0.status) == (("epair",), "active")
    assert vnet0.is_up


def test_fourteen_vhids_keep_an_address_each(corpus: Path) -> None:
    (vlan,) = interfaces(corpus, "ifconfig/ifconfig-03-10x-vlan-on-lagg-14vhids-master.txt")

    assert [v.addresses for v in vlan.carp] == [(f"10.30.16.{v.vhid}",) for v in vlan.carp]
    assert {v.peer for v in vlan.carp} == {None}
    assert vlan.vlan == Vlan(316, "lagg0")
    assert len(vlan.inet) == 15


def test_families_in_separate_vhids_stay_separate(corpus: Path) -> None:
    (vtnet4,) = interfaces(
        corpus, "ifconfig/ifconfig-11-dualstack-separate-vhids-master-vtnet4.txt"
    )

    assert [v.addresses for v in vtnet4.carp] == [("2.2.2.254",), ("2001:db8:2:2:2::fe",)]


def test_each_command_of_a_paste_gives_an_excerpt_of_its_own(corpus: Path) -> None:
    excerpts = interfaces(corpus, "ifconfig/ifconfig-06-grep-carp-jails.txt")

    assert [[v.vhid for v in e.carp] for e in excerpts] == [[2, 1]] * 4


def test_groups_of_one_grep_are_one_excerpt_of_several_interfaces(corpus: Path) -> None:
    (excerpt,) = interfaces(corpus, "ifconfig/ifconfig-07-opnsense-14-vlan-peer-lines.txt")

    assert {(v.peer, v.peer6) for v in excerpt.carp} == {("224.0.0.18", "ff02::12")}
    assert excerpt.vlan is None


def test_a_vlan_that_is_the_only_one_of_an_excerpt_is_kept(corpus: Path) -> None:
    (excerpt,) = interfaces(corpus, "ifconfig/ifconfig-08-opnsense-14-vlan-peer-lines-backup.txt")

    assert excerpt.vlan == Vlan(111, "vmx1")


def test_an_abridged_output_is_read_with_what_it_says(corpus: Path) -> None:
    (em1,) = interfaces(corpus, "ifconfig/ifconfig-18-10x-em1-abridged.txt")

    assert (em1.flags, em1.mtu) == ((), 1500)
    assert em1.inet == (
        Inet("10.0.0.19", 20, broadcast="10.0.15.255"),
        Inet("10.0.0.18", 32, vhid=2, broadcast="10.0.0.18"),
    )
    assert em1.carp[0].addresses == ("10.0.0.18",)


def test_two_runs_of_ifconfig_give_the_interface_twice_in_their_order(corpus: Path) -> None:
    before, after = interfaces(corpus, "ifconfig/ifconfig-19-em0-backup-then-master-abridged.txt")

    assert (before.carp[0].state, before.status) == ("BACKUP", None)
    assert (after.carp[0].state, after.status) == ("MASTER", "active")
    assert before.carp[0].addresses == after.carp[0].addresses == ("192.168.1.50",)


def test_a_vhid_shared_by_both_families_and_one_of_its_own(corpus: Path) -> None:
    (vtnet1,) = interfaces(corpus, "ifconfig/ifconfig-21-fixture-two-vhids-mixed-dualstack.txt")

    assert [v.addresses for v in vtnet1.carp] == [("10.0.0.10", "fd00:1::100"), ("10.0.0.20",)]
    assert vtnet1.inet[0].prefixlen == 25


def test_the_master_flag_of_a_lagg_port_is_no_carp_role(corpus: Path) -> None:
    read = interfaces(corpus, "ifconfig/ifconfig-22-fixture-lagg-MASTER-flag-trap.txt")

    names = [i.name for i in read]
    lagg = read[names.index("dhcpha0lagg")]
    assert names == ["ix0", "ix1", "dhcpha0lagg", "vlan7", "bridge0", "lo0"]
    assert (lagg.carp, lagg.laggports) == ((), (LaggPort("ix0", ("MASTER", "ACTIVE")),))
    assert [v.addresses for v in read[1].carp] == [("192.0.2.1",), ()]
    assert read[3].vlan == Vlan(7, "ix1")


def test_both_spellings_of_a_peer_and_vrrp(corpus: Path) -> None:
    (excerpt,) = interfaces(corpus, "ifconfig/ifconfig-24-seance-both-spellings-and-vrrp.txt")

    assert [(v.peer, v.peer6) for v in excerpt.carp] == [
        ("224.0.0.18", "ff02::12"),
        ("224.0.0.18", None),
        (None, None),
    ]
    assert [(g.vrid, g.state, g.prio, g.interval) for g in excerpt.vrrp] == [
        (7, "MASTER", 100, 100)
    ]
    assert isinstance(excerpt.vrrp[0], VrrpGroup)


def test_the_carp0_of_freebsd_9_bears_its_own_addresses(corpus: Path) -> None:
    (carp0,) = interfaces(corpus, "ifconfig/ifconfig-26-freebsd9-carp0-pseudo.txt")

    assert carp0.inet == (Inet("192.168.10.10", 16),)
    assert carp0.carp[0].addresses == ("192.168.10.10",)


def test_an_address_line_cut_by_its_author_still_tells_the_vhids_address(corpus: Path) -> None:
    (excerpt,) = interfaces(corpus, "carp/carp-fbsd14-peer-line-opnsense268.txt")

    assert excerpt.inet == ()
    assert excerpt.carp[0].addresses == ("10.2.1.30",)
    assert (excerpt.carp[0].peer, excerpt.carp[0].peer6) == ("224.0.0.18", "ff02::12")


@pytest.mark.parametrize(
    ("name", "pfsync"),
    [
        ("01-14x-fixture", Pfsync("igb4", "203.0.113.1", True, 1500, 128, False)),
        ("02-opnsense-14-syncok", Pfsync("vmx2", "10.0.0.2", True, 1400, 128, False)),
        ("03-unconfigured-12x", Pfsync(None, NOWHERE, True, None, 128, False)),
        ("05-freebsd83-pfsense2", Pfsync(None, "224.0.0.240", True, None, 128, None)),
    ],
)
def test_every_spelling_of_pfsync(corpus: Path, name: str, pfsync: Pfsync) -> None:
    (pfsync0,) = interfaces(corpus, f"ifconfig/ifconfig-pfsync0-{name}.txt")

    assert pfsync0.pfsync == pfsync


def test_tunnels_are_read_with_both_ends_and_inner_addresses(corpus: Path) -> None:
    read = interfaces(corpus, "gre/gre-02-freebsd14-15-lower_up-sample.txt")

    assert [(i.name, i.tunnel) for i in read] == [
        ("em0", None),
        ("gre0", Tunnel("inet", "192.168.1.85", "192.168.1.2")),
        ("vxlan100", None),
        ("ipsec0", Tunnel("inet", "192.168.1.85", "192.168.1.3")),
        ("lo0", None),
    ]
    assert read[1].inet == (Inet("10.99.0.1", 30, destination="10.99.0.2"),)
    assert read == (*interfaces(corpus, "ifconfig/ifconfig-gre0-01-14x.txt"), read[4])


def test_masked_ends_of_a_tunnel_are_kept_as_they_are_written(corpus: Path) -> None:
    (tok1,) = interfaces(corpus, "gre/gre-01-freebsd12-gre-renamed-bsdrp27.txt")

    assert (tok1.name, tok1.mtu, tok1.groups) == ("tok1", 1330, ("gre",))
    assert tok1.tunnel == Tunnel("inet", "ip1", "ip2")
    assert tok1.inet == (Inet("10.0.0.1", 30, destination="10.0.0.2"),)


def test_a_tunnel_that_is_not_up_is_told_from_one_that_is(corpus: Path) -> None:
    down, up, ipsec1 = interfaces(corpus, "gre/gre-06-gif-ipsec-analogues-freebsd.txt")

    assert (down.name, down.is_up, up.name, up.is_up) == ("gif0", False, "gif0", True)
    assert up.inet6 == (
        Inet("2001:db8:39:222::2", 64),
        Inet("fe80::20c:29ff:fe4a:b520", 64, zone="gif0"),
    )
    assert ipsec1.tunnel == Tunnel("inet", "192.168.2.4", "1.2.3.4")
    assert ipsec1.inet == (Inet("192.168.2.4", 32, destination="192.168.1.4"),)
