"""Pairs that are ill in one way each, and what `check` must call it."""

from collections.abc import Mapping
from dataclasses import replace

from ill_makers import (
    COPY,
    OTHER_KEY,
    RIVAL,
    VIP,
    VIP4,
    VIP6,
    Illness,
    at_console,
    bulk_failed,
    hosts_only,
    left,
    on_wire,
    other,
    other_file,
    over,
    separated,
    speaking,
    spelled_by_a_variable,
    started_anew_on_a_narrow_path,
    through_a_tunnel,
    unplugged,
    with_pfsync,
    without_routes,
)
from pairs import BLUE, GREEN
from uneven_pairs import both, with_vhid

from bluegreen.sim.strangers import Stranger

ILLNESSES: Mapping[str, Illness] = {
    # -- not alike
    "addresses": Illness(
        "addresses-differ",
        "carp",
        "critical",
        green=with_vhid(3, lambda v: replace(v, addresses=v.addresses[:1])),
        fix=f"ifconfig vmx0 inet6 vhid 3 {VIP6}/128 alias",
    ),
    "one side only": Illness(
        "one-sided",
        "carp",
        "critical",
        green=lambda s: replace(s, vhids=s.vhids[:1]),
    ),
    "prefix length": Illness(
        "prefix-differs",
        "carp",
        "warning",
        green=with_vhid(2, lambda v: replace(v, addresses=(f"{VIP}/24",))),
        seen=f"{VIP}/24",
    ),
    "advbase": Illness(
        "advbase-differs",
        "carp",
        "critical",
        green=with_vhid(2, lambda v: replace(v, advbase=3)),
        fix="ifconfig vmx1 vhid 2 advbase 1 peer 192.0.2.11",
    ),
    "multicast on one side": Illness(
        "peers-differ", "peers", "critical", green=with_vhid(2, lambda v: replace(v, peer=None))
    ),
    "a peer that nobody has": Illness(
        "peer-astray",
        "peers",
        "critical",
        green=with_vhid(2, lambda v: replace(v, peer="192.0.2.99")),
        fix="ifconfig vmx1 vhid 2 peer 192.0.2.11",
    ),
    "preempt": Illness(
        "preempt-differs",
        "preempt",
        "warning",
        green=other(preempt=False),
        fix="sysctl net.inet.carp.preempt=1",
    ),
    "password in a file": Illness(
        "password-differs",
        "passwords",
        "critical",
        happens=other_file,
        seen="/etc/rc.conf.d/netif/carp, line 1",
    ),
    "password spelled by a variable": Illness(
        "passwords", "passwords", "unknown", happens=spelled_by_a_variable
    ),
    "release": Illness(
        "os-differs",
        "versions",
        "warning",
        green=other(kernel="14.3-RELEASE", running="14.3-RELEASE", userland="14.3-RELEASE"),
        fix="bluegreen upgrade --pair router-001,router-002",
    ),
    "patch level": Illness(
        "os-differs",
        "versions",
        "note",
        green=other(
            userland="14.2-RELEASE-p2", kernel="14.2-RELEASE-p2", running="14.2-RELEASE-p2"
        ),
    ),
    "routing daemon": Illness(
        "routing-package-differs",
        "versions",
        "warning",
        blue=other(packages=("frr10-10.3_1", "pkg-1.21.3")),
        green=other(packages=("frr10-10.4", "pkg-1.21.3")),
        seen="frr10-10.4",
    ),
    "any package": Illness(
        "packages-differ", "versions", "note", green=other(packages=("pkg-2.0.1",))
    ),
    # -- on the wire
    "both MASTER for their passwords": Illness(
        "both-master", "roles", "critical", green=OTHER_KEY, seen="of them badly signed"
    ),
    "both MASTER for nothing comes through": Illness(
        "both-master", "roles", "critical", happens=separated, seen=" 0 received"
    ),
    "another speaker with the number": Illness(
        "duplicate-vhid",
        "segment",
        "critical",
        happens=on_wire(RIVAL),
        seen="more discarded for bad authentication",
        fix="tcpdump -eni vmx0 ip proto 112",
    ),
    "VRRP beside it": Illness(
        "vrrp-on-wire", "segment", "unknown", happens=on_wire(Stranger("vmx0", 9, vrrp=True))
    ),
    "a copy of a router": Illness(
        "third-router", "segment", "critical", happens=on_wire(COPY), seen="its peer sent"
    ),
    "nobody MASTER for a copy": Illness("no-master", "roles", "critical", happens=on_wire(COPY)),
    "echoes": Illness(
        "looped-advertisements",
        "segment",
        "critical",
        happens=on_wire(echoes=True),
        fix="esxcli system settings advanced set -o /Net/ReversePathFwdCheckPromisc -i 1",
    ),
    "nobody MASTER for echoes": Illness(
        "no-master", "roles", "critical", happens=on_wire(echoes=True)
    ),
    "a cable": Illness("link-down", "carp", "critical", happens=unplugged),
    "INIT": Illness("init", "roles", "critical", happens=unplugged),
    "an adjacency that sticks": Illness(
        "ospf-mtu",
        "adjacencies",
        "warning",
        blue=speaking,
        green=speaking,
        happens=started_anew_on_a_narrow_path,
        seen="10.255.0.9 on vmx0: ExStart",
        fix="ifconfig vmx0",
    ),
    # -- left over
    "demotion": Illness(
        "demoted",
        "maintenance",
        "warning",
        happens=at_console(BLUE, "sysctl", "net.inet.carp.demotion=20"),
        fix="sysctl net.inet.carp.demotion=-20",
    ),
    "maintenance mode": Illness(
        "left-skew",
        "maintenance",
        "warning",
        happens=at_console(GREEN, "ifconfig", "vmx0", "vhid", "3", "advskew", "254"),
        fix="ifconfig vmx0 vhid 3 advskew 100",
    ),
    "CARP switched off": Illness(
        "carp-off",
        "carp",
        "critical",
        happens=at_console(GREEN, "sysctl", "net.inet.carp.allow=0"),
        fix="sysctl net.inet.carp.allow=1",
    ),
    "roles left switched": Illness(
        "hold",
        "hold",
        "warning",
        happens=left("hold", "run=R0\nvmx1 2 100\n"),
        fix="bluegreen restore --pair router-001,router-002",
    ),
    "values that were lent": Illness(
        "leftovers",
        "leftovers",
        "warning",
        happens=left("lent", "run=R0\nnet.inet.carp.senderr_demotion_factor=240\n"),
        seen="lent: net.inet.carp.senderr_demotion_factor=240",
        fix="bluegreen recover --pair router-001,router-002 --plan",
    ),
    "nobody preempts": Illness(
        "takeover",
        "takeover",
        "critical",
        blue=other(preempt=False),
        green=other(preempt=False),
        seen="sysctl net.inet.carp.preempt: 0",
        fix="sysctl net.inet.carp.preempt=1",
    ),
    "an update half done": Illness(
        "half-updated", "maintenance", "warning", green=other(kernel="14.2-RELEASE-p2")
    ),
    # -- ways
    "reached at a VIP": Illness(
        "control-path", "management", "critical", blue=other(ssh_server=VIP4)
    ),
    "answers over a VIP": Illness(
        "control-path",
        "management",
        "critical",
        green=both(over(VIP4), other(ssh_client="9.9.9.9")),
    ),
    "a VIP that its MASTER does not reach": Illness(
        "vip-not-local",
        "vips",
        "warning",
        blue=other(lacks_own_route=(VIP,)),
        fix=f"route add -host {VIP} -interface lo0",
    ),
    "a VIP that its MASTER gets no answer from": Illness(
        "vip-not-local", "vips", "warning", blue=other(lacks_own_route=(VIP,)), active=True
    ),
    "an IPv6 VIP that the BACKUP answers": Illness(
        "vip-kept-by-backup",
        "vips",
        "warning",
        green=other(keeps_own_route=(VIP6,)),
        fix=f"route delete -inet6 -host {VIP6}",
    ),
    "peers over a gateway": Illness(
        "peer-through-gateway",
        "peer-routes",
        "warning",
        green=hosts_only,
        fix='route_peer_vhid2="-host 192.0.2.11 -interface vmx1"',
    ),
    "a way out over a VIP": Illness("mirrors-unreachable", "mirrors", "warning", green=over(VIP4)),
    "a way out through a tunnel": Illness(
        "mirrors-unreachable", "mirrors", "warning", green=through_a_tunnel
    ),
    "no way out": Illness("mirrors-unreachable", "mirrors", "warning", green=without_routes),
    "mirrors that do not answer": Illness(
        "mirrors-unreachable",
        "mirrors",
        "warning",
        green=other(reaches_out=False),
        seen="nc update.FreeBSD.org:80",
        active=True,
    ),
    # -- states
    "no pfsync": Illness(
        "no-pfsync",
        "states",
        "note",
        blue=with_pfsync(lambda _: None),
        green=with_pfsync(lambda _: None),
        fix='pfsync_enable="YES"',
    ),
    "pfsync on one side": Illness(
        "pfsync-one-sided", "states", "warning", green=with_pfsync(lambda _: None)
    ),
    "pfsync of another version": Illness(
        "pfsync-version",
        "states",
        "warning",
        green=with_pfsync(lambda p: replace(p, version=1500)),
        fix="ifconfig pfsync0 version 1400",
    ),
    "states that do not arrive": Illness(
        "pfsync-deaf", "states", "warning", green=other(pfsync_deaf=True), seen=": 0 received of"
    ),
    "a bulk update that failed": Illness(
        "pfsync-bulk-failed",
        "states",
        "warning",
        happens=bulk_failed,
        fix="ifconfig pfsync0 syncdev vmx0",
    ),
    "not in sync": Illness(
        "pfsync", "pfsync", "warning", green=with_pfsync(lambda p: replace(p, syncok=False))
    ),
    "tables far apart": Illness(
        "states-apart", "states", "warning", green=other(states=1000), seen="current entries 1000"
    ),
    "no pf": Illness("pf-off", "states", "warning", green=other(services=("sshd", "devd"))),
}
