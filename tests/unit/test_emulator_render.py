"""What the emulator prints is what the real parsers read, for every value there is."""

from hypothesis import given
from hypothesis import strategies as st

from bluegreen.emulator.render import (
    Look,
    render_environments,
    render_environments_plain,
    render_interface,
    render_interfaces,
)
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.model.network import (
    CarpState,
    CarpVhid,
    Inet,
    Interface,
    LaggPort,
    Pfsync,
    Tunnel,
    Vlan,
)
from bluegreen.model.system import Environment

FLAGS = ("UP", "BROADCAST", "RUNNING", "PROMISC", "SIMPLEX", "MULTICAST", "LOWER_UP")
LOOKS = st.sampled_from([Look(), Look("8<VLAN_MTU>", "Ethernet autoselect", "21<PERFORMNUD>")])

inet4 = st.ip_addresses(v=4).map(str)
inet6 = st.ip_addresses(v=6).map(str)


@st.composite
def interfaces(draw: st.DrawFn, name: str = "vmx1") -> Interface:
    numbers = draw(st.lists(st.integers(1, 255), max_size=3, unique=True))
    own4, own6 = draw(st.lists(inet4, max_size=2)), draw(st.lists(inet6, max_size=2))
    vips4 = {n: draw(st.lists(inet4, max_size=2)) for n in numbers}
    vips6 = {n: draw(st.lists(inet6, max_size=2)) for n in numbers}
    carp = tuple(
        CarpVhid(
            vhid=number,
            state=draw(st.sampled_from(CarpState)),
            advbase=draw(st.integers(1, 255)),
            advskew=draw(st.integers(0, 254)),
            peer=draw(st.none() | inet4),
            peer6=draw(st.none() | inet6),
            addresses=(*vips4[number], *vips6[number]),
        )
        for number in numbers
    )
    prefix4, prefix6 = draw(st.integers(0, 32)), draw(st.integers(0, 128))
    return Interface(
        name=name,
        flags=tuple(f for f in FLAGS if draw(st.booleans())),
        mtu=draw(st.integers(68, 65535)),
        ether=draw(st.none() | st.just("02:3a:f8:fd:ed:0b")),
        description=draw(st.none() | st.just("to the far end")),
        inet=(
            *(Inet(a, prefix4, None, draw(st.none() | inet4)) for a in own4),
            *(Inet(a, 32, n, None, a) for n in numbers for a in vips4[n]),
        ),
        inet6=(
            *(Inet(a, prefix6, zone=draw(st.none() | st.just(name))) for a in own6),
            *(Inet(a, 128, n) for n in numbers for a in vips6[n]),
        ),
        carp=carp,
        tunnel=draw(st.none() | st.builds(Tunnel, st.just("inet"), inet4, inet4)),
        pfsync=draw(st.none() | pfsyncs),
        vlan=draw(st.none() | st.builds(Vlan, st.integers(1, 4094), st.none() | st.just("vmx0"))),
        laggports=draw(
            st.sampled_from([(), (LaggPort("ix0", ("MASTER", "ACTIVE")), LaggPort("ix1", ()))])
        ),
        groups=draw(st.sampled_from([(), ("epair",), ("gre", "outside")])),
        status=draw(st.none() | st.sampled_from(["active", "no carrier"])),
    )


pfsyncs = st.builds(
    Pfsync,
    syncdev=st.none() | st.just("vmx2"),
    syncpeer=st.just("192.0.2.2"),
    syncok=st.none() | st.booleans(),
    version=st.none() | st.just(1400),
    maxupd=st.none() | st.integers(0, 255),
    defer=st.none() | st.booleans(),
)


@given(interface=interfaces(), look=LOOKS)
def test_an_interface_is_read_back_as_it_was(interface: Interface, look: Look) -> None:
    assert parse_ifconfig(render_interface(interface, look)) == (interface,)


@given(first=interfaces("vmx0"), second=interfaces("vmx1"), look=LOOKS)
def test_two_interfaces_are_kept_apart(first: Interface, second: Interface, look: Look) -> None:
    text = render_interfaces([(first, look), (second, look)])

    assert parse_ifconfig(text) == (first, second)


def test_a_vhid_with_its_peers_reads_as_freebsd_14_prints_it() -> None:
    carp = CarpVhid(2, CarpState.MASTER, 1, 100, "203.0.113.111", "ff02::12")

    text = render_interface(Interface("vmx1", ("UP", "RUNNING"), 1500, carp=(carp,)))

    assert text == (
        "vmx1: flags=41<UP,RUNNING> metric 0 mtu 1500\n"
        "\tcarp: MASTER vhid 2 advbase 1 advskew 100\n"
        "\t      peer 203.0.113.111 peer6 ff02::12\n"
    )


environments = st.lists(
    st.builds(
        Environment,
        name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,40}", fullmatch=True),
        now=st.booleans(),
        next=st.booleans(),
        once=st.booleans(),
        mountpoint=st.none() | st.sampled_from(["/", "/mnt/upgrade"]),
        space=st.sampled_from(["8K", "10.6G", "432K"]),
        created=st.just("2026-10-01 10:00"),
    ),
    min_size=1,
    unique_by=lambda be: be.name,
).map(tuple)


@given(listed=environments)
def test_environments_are_read_back_from_both_layouts(listed: tuple[Environment, ...]) -> None:
    assert parse_environments(render_environments(listed)) == listed
    assert parse_environments(render_environments_plain(listed)) == listed


def test_columns_are_as_wide_as_their_widest_value() -> None:
    booted = Environment("default", True, True, False, "/", "10.6G", "2025-01-14 20:36")

    assert render_environments([booted]) == (
        "BE      Active Mountpoint Space Created\n"
        "default NR     /          10.6G 2025-01-14 20:36\n"
    )
