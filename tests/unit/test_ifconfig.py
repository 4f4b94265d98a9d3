"""What parse_ifconfig reads of a paste, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.errors import ParseError
from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.model.network import CarpState, CarpVhid, Inet, Interface, Pfsync, Tunnel, Vlan

FIXTURE = (Path(__file__).parents[1] / "fixtures/freebsd/ifconfig-14.txt").read_text()
HEADER = "vmx0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"
VIP = "\tinet 192.0.2.230 netmask 0xffffffff broadcast 192.0.2.230 vhid 2\n"
CARP = "\tcarp: BACKUP vhid 2 advbase 1 advskew 0\n"


def one(text: str) -> Interface:
    (interface,) = parse_ifconfig(text)
    return interface


def refusal(text: str) -> str:
    with pytest.raises(ParseError) as refused:
        parse_ifconfig(text)
    return refused.value.what


def test_a_whole_output_is_read_with_everything_a_run_needs() -> None:
    vmx0, lo0, gre0 = parse_ifconfig(FIXTURE)

    assert vmx0.carp == (
        CarpVhid(
            2,
            CarpState.MASTER,
            1,
            100,
            "192.0.2.11",
            "ff02::12",
            ("192.0.2.230", "2001:db8::230"),
        ),
    )
    assert vmx0.carp[0].unicast_peers == (("peer", "192.0.2.11"),)
    assert (vmx0.description, vmx0.mtu) == ("uplink of the east router", 1500)
    assert (lo0.name, lo0.groups, lo0.status) == ("lo0", ("lo",), None)
    assert gre0.tunnel == Tunnel("inet", "192.0.2.230", "198.51.100.30")
    assert gre0.inet == (Inet("10.99.0.1", 30, destination="10.99.0.2"),)


def test_what_people_paste_around_an_output_changes_nothing() -> None:
    pasted = (
        "# source: my router\n\nHere is what it says:\n```\n"
        "root@router-002:/home/deploy # ifconfig\n" + FIXTURE + "root@router-002:~ #\n```\n"
        "peer router is up, inet is fine, status of carp is good\n"
    )

    assert parse_ifconfig(pasted) == parse_ifconfig(FIXTURE)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\t", "        "),
        lambda text: text.replace("\n", "  \n"),
        lambda text: text.replace("\n\t", "\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("carp:", "\x1b[01;31mcarp:\x1b[m"),
        lambda text: text.replace("advskew 100\n", "advskew 100   # <--- look\n"),
        lambda text: text.replace("advskew 100\n\t      peer", "advskew 100, peer"),
        lambda text: text.replace("advskew 100\n", 'advskew 100 key "se"cr"et"\n'),
        lambda text: text.replace("\tmedia", "...\n\tmedia"),
        lambda text: text.replace("netmask 0xffffff00", "netmask 255.255.255.0"),
        lambda text: text.replace(".10 netmask 0xffffff00", ".10/24"),
        lambda text: text.replace("::230 prefixlen 128", "::230/128"),
    ],
)
def test_every_way_to_write_the_same_output_reads_the_same(change: Callable[[str], str]) -> None:
    assert parse_ifconfig(change(FIXTURE)) == parse_ifconfig(FIXTURE)


def test_a_key_is_never_kept() -> None:
    read = one(HEADER + '\tcarp: BACKUP vhid 2 advbase 1 advskew 0 key "opensesame"\n')

    assert read.carp == (CarpVhid(2, CarpState.BACKUP, 1, 0),)
    assert "opensesame" not in repr(read)


def test_a_key_is_not_in_the_refusal_either() -> None:
    told = refusal(HEADER + '\tcarp: FROZEN vhid 2 advbase 1 advskew 0 key "opensesame"\n')

    assert "opensesame" not in told
    assert "carp line not understood" in told


@pytest.mark.parametrize(
    ("peers", "expected"),
    [
        ("\n\t      peer 192.0.2.11 peer6 2001:db8::11", ("192.0.2.11", "2001:db8::11")),
        ("\n\t      peer 192.0.2.11", ("192.0.2.11", None)),
        ("\n\t      peer6 2001:db8::11", (None, "2001:db8::11")),
        ("\n\t      peer 192.0.2.11\n\t      peer6 ff02::12", ("192.0.2.11", "ff02::12")),
        (", peer 192.0.2.11", ("192.0.2.11", None)),
        (", peer 192.0.2.11 peer6 2001:db8::11", ("192.0.2.11", "2001:db8::11")),
        (", peer6 2001:db8::11", (None, "2001:db8::11")),
        ("", (None, None)),
    ],
)
def test_peers_are_read_in_every_spelling(
    peers: str, expected: tuple[str | None, str | None]
) -> None:
    vhid = one(HEADER + CARP.rstrip() + peers + "\n").carp[0]

    assert (vhid.peer, vhid.peer6) == expected


@pytest.mark.parametrize(
    "line",
    [
        "\tcarp: BACKUP vhid 2 advbase 1 advskew",
        "\tcarp: BACKUP vhid 2 advbase 1",
        "\tcarp: BACKUP vhid",
        "\tcarp:",
        "carp: BACKUP vhid 2 advb",
        "\tcarp: FROZEN vhid 2 advbase 1 advskew 0",
        "\tcarp: backup vhid 2 advbase 1 advskew 0",
        "\tcarp: BACKUP vhid 0 advbase 1 advskew 0",
        "\tcarp: BACKUP vhid 256 advbase 1 advskew 0",
        "\tcarp: BACKUP vhid 2 advbase 1 advskew 255",
        "\tcarp: BACKUP vhid 2 advbase 1 advskew -1",
        "\tcarp: BACKUP vhid 2 advbase 1 advskew 0,",
        "\tcarp: BACKUP vhid 2 advbase 1 advskew 0, peer",
        "\tcarp: BACKUP vhid 2 advbase 1 advskew 0, peer router-001",
        "\tcarp BACKUP vhid 2 advbase 1 advskew 0",
        "\tCARP: BACKUP vhid 2 advbase 1 advskew 0",
        "\tvrrp: MASTER vrid 7 prio 100",
        "\tinet 192.0.2.10 netmask 0xffffff00 broadcast 192.0.2.255 vhid",
        "\tinet 192.0.2.10 netmask 0xffffff",
        "\tinet 192.0.2.10 netmask 0xff00ff00",
        "\tinet 192.0.2.10",
        "\tinet 192.0.2.300 netmask 0xffffff00",
        "\tinet6 2001:db8::10",
        "\tinet6 2001:db8::10 prefixlen 129",
        "\tinet6 2001:db8:::10 prefixlen 64",
        "\tint 192.0.2.10 netmask 0xffffff00 vhid 2",
        "\ttunnel inet 192.0.2.1 -->",
        "\tvlan: 7 vlanproto: 802.1q vlanpcp: 0 parent interface:",
        "\tsyncok: 2",
        "\tsyncdev: vmx2 syncpeer:",
        "\tether 00:50:56",
    ],
)
def test_a_line_we_need_and_cannot_read_is_refused_by_its_number(line: str) -> None:
    told = refusal(HEADER + "\toptions=0\n" + line + "\n")

    assert told.startswith("line 3: ")
    assert line.strip() in told


@pytest.mark.parametrize("cut", ["", "<", "<UP,BROAD", "<UP> ", "<UP> metric 0 mt"])
def test_a_cut_header_is_refused(cut: str) -> None:
    assert refusal(f"vmx0: flags=8843{cut}\n").startswith("line 1: header of an interface")


def test_an_address_whose_vhid_has_no_carp_line_is_half_a_picture() -> None:
    assert refusal(HEADER + VIP) == (
        "line 1: vhid 2 has an address on vmx0 and no carp line: " + repr(HEADER.strip())
    )


def test_the_same_vhid_twice_on_an_interface_is_refused() -> None:
    assert "vmx0 has vhid 2 twice" in refusal(HEADER + CARP + CARP)


def test_two_interfaces_run_into_one_are_refused() -> None:
    told = refusal(HEADER + "\tstatus: active\n...\n\tstatus: no carrier\n")

    assert told.startswith("line 4: vmx0 says this twice; is a header missing?")


def test_a_peer_line_without_its_vhid_is_refused() -> None:
    told = refusal(HEADER + "\tmedia: Ethernet\n\t      peer 192.0.2.11\n")

    assert told.startswith("line 3: peer line without its carp line")


def test_vhids_of_an_excerpt_that_could_be_of_either_interface_are_refused() -> None:
    assert "which is which is not said" in refusal((VIP + CARP) * 2)


def test_the_same_vhid_on_two_interfaces_of_an_excerpt_is_read() -> None:
    assert [v.vhid for v in one(CARP * 2).carp] == [2, 2]


def test_lines_behind_prose_belong_to_no_interface() -> None:
    named, excerpt = parse_ifconfig(HEADER + "And on the other router:\n" + CARP)

    assert (named.name, named.carp) == ("vmx0", ())
    assert (excerpt.name, excerpt.carp[0].vhid) == (None, 2)


def test_kernel_messages_are_no_carp_lines() -> None:
    read = one(HEADER + CARP + "carp: 2@vmx0: BACKUP -> MASTER (master timed out)\n")

    assert [v.state for v in read.carp] == ["BACKUP"]


def test_a_label_of_a_host_is_no_interface() -> None:
    assert [i.name for i in parse_ifconfig("router2:\n" + HEADER)] == ["vmx0"]


def test_vrrp_addresses_need_no_carp_line() -> None:
    read = one(HEADER + VIP + "\tvrrp: MASTER vrid 2 prio 101 interval 100\n")

    assert (read.vrrp[0].vrid, read.vrrp[0].prio, read.inet[0].vhid) == (2, 101, 2)


def test_attributes_of_ipv6_addresses_do_not_hide_the_vhid() -> None:
    lines = (
        "\tinet6 2001:db8::a%vmx0 prefixlen 64 tentative scopeid 0x1\n"
        "\tinet6 2001:db8::b prefixlen 64 deprecated autoconf pltime 0 vltime 2591965 vhid 2\n"
        "\tinet6 fe80::1%vmx0 --> fe80::2%vmx0 prefixlen 128 anycast scopeid 0x1\n"
    )

    read = one(HEADER + lines + CARP)

    assert [i.vhid for i in read.inet6] == [None, 2, None]
    assert read.inet6[2] == Inet("fe80::1", 128, destination="fe80::2", zone="vmx0")
    assert read.carp[0].addresses == ("2001:db8::b",)


def test_the_spelling_of_pfsync_in_freebsd_9_and_10() -> None:
    text = (
        "pfsync0: flags=41<UP,RUNNING> metric 0 mtu 1500\n"
        "\tpfsync: syncdev: em1 syncpeer: 224.0.0.240 maxupd: 128 defer: on\n\tsyncok: 0\n"
    )

    assert one(text).pfsync == Pfsync("em1", "224.0.0.240", False, None, 128, True)


def test_a_vlan_without_parent_has_none() -> None:
    text = HEADER + "\tvlan: 0 vlanproto: 802.1q vlanpcp: 0 parent interface: <none>\n"

    assert one(text).vlan == Vlan(0, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the text is empty"),
        ("Hello, my router is broken.\n", "no interface and no carp line"),
        ("ifconfig: interface gre1 does not exist\n", "line 1: ifconfig failed"),
        (
            (
                "em0: flags=8843<UP,BROADCAST> mtu 1500\n\tlladdr 00:00:5e:00:53:01\n"
                "\tindex 1 priority 0 llprio 3\n"
            ),
            "this is OpenBSD's ifconfig, not FreeBSD's",
        ),
        (HEADER + "\tcarp: MASTER carpdev em0 vhid 1 advbase 1 advskew 0\n", "this is OpenBSD's"),
        (
            (
                "eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n"
                "        inet 192.0.2.1  netmask 255.255.255.0  broadcast 192.0.2.255\n"
            ),
            "this is Linux's net-tools ifconfig",
        ),
        (
            (
                "eth0      Link encap:Ethernet  HWaddr 00:00:5e:00:53:01\n"
                "          inet addr:192.0.2.1  Bcast:192.0.2.255  Mask:255.255.255.0\n"
            ),
            "this is Linux's net-tools ifconfig",
        ),
        (
            (
                "2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP\n"
                "    inet 192.0.2.1/24 brd 192.0.2.255 scope global eth0\n"
            ),
            "this is Linux's ip(8)",
        ),
        ("wm0: flags=0x8843<UP,BROADCAST> mtu 1500\n", "this is NetBSD's ifconfig"),
        ("en0: flags=8863<UP,BROADCAST> mtu 1500\n", "without the metric that FreeBSD prints"),
    ],
)
def test_what_is_not_freebsds_ifconfig_is_refused_with_the_reason(text: str, reason: str) -> None:
    assert reason in refusal(text)


@given(cut=st.integers(1, len(FIXTURE)))
def test_a_paste_cut_anywhere_is_refused_or_invents_nothing(cut: int) -> None:
    whole = {v.vhid: v for i in parse_ifconfig(FIXTURE) for v in i.carp}

    try:
        read = parse_ifconfig(FIXTURE[:cut])
    except ParseError:
        return

    for vhid in (v for i in read for v in i.carp):
        assert vhid.state == whole[vhid.vhid].state
        assert set(vhid.addresses) <= set(whole[vhid.vhid].addresses)


@given(st.text())
def test_no_text_at_all_breaks_the_parser(text: str) -> None:
    try:
        read = parse_ifconfig(text)
    except ParseError:
        return

    assert read
