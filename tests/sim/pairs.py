"""The kinds of pairs that whole runs are shown on."""

from collections.abc import Mapping
from functools import cache

from bluegreen.cli.files import load_playbook
from bluegreen.model.inventory import parse_inventory
from bluegreen.model.pair import Pair
from bluegreen.model.playbook import Playbook, parse_playbook

BLUE, GREEN = "router-001", "router-002"
OLD, NEW = "14.2-RELEASE-p1", "14.2-RELEASE-p2"
MINOR = "14.3-RELEASE-p2"
STRATEGIES = ("active-first", "idle-first")

_HEAD = f"""
routers:
  {BLUE}: {{address: 192.0.2.11}}
  {GREEN}: {{address: 192.0.2.12}}
pairs:
  edge:
    routers: [{BLUE}, {GREEN}]
"""
_UNICAST = "{vhid: 2, interface: vmx1, vip: 198.51.100.230/32, unicast: true}"
_UNICAST_TOO = "{vhid: 5, interface: vmx0, vip: 192.0.2.1/24, unicast: true}"
_DUAL_STACK = '{vhid: 3, interface: vmx0, vips: [192.0.2.1/24, "2001:db8::1/64"]}'
_VHIDS = f"vhids: [{_UNICAST}, {_DUAL_STACK}]"
_GRE = (
    "{name: gre0, local: 198.51.100.230, remote: 203.0.113.30, "
    "inner: 172.27.27.252, inner_remote: 172.27.27.33}"
)
PAIRS: Mapping[str, str] = {
    "edge": f"prefer: {BLUE}\n    rehearsal: {{{_VHIDS}}}",
    "one-vhid": "rehearsal: {}",
    "unicast": f"prefer: {BLUE}\n    rehearsal: {{vhids: [{_UNICAST}, {_UNICAST_TOO}]}}",
    "ufs": f"rehearsal: {{{_VHIDS}, root: ufs}}",
    "minor": f"rehearsal: {{{_VHIDS}, target: {MINOR}}}",
    "minor-ufs": f"rehearsal: {{{_VHIDS}, target: {MINOR}, root: ufs}}",
    "blue-is-new": f"rehearsal: {{{_VHIDS}, nothing_staged: [{BLUE}]}}",
    "green-is-new": f"rehearsal: {{{_VHIDS}, nothing_staged: [{GREEN}]}}",
    "both-are-new": f"rehearsal: {{{_VHIDS}, nothing_staged: [{BLUE}, {GREEN}]}}",
    "no-preempt": f"rehearsal: {{{_VHIDS}, preempt: false}}",
    "green-serves": f"prefer: {GREEN}\n    rehearsal: {{{_VHIDS}}}",
    "gre": f"rehearsal: {{vhids: [{_UNICAST}], tunnels: [{_GRE}], neighbors: 2}}",
    "ipsec": f"ipsec: {{}}\n    "
    f"rehearsal: {{vhids: [{_UNICAST}], tunnels: [{_GRE}], neighbors: 2}}",
    "ipsec-by-hand": f"ipsec: {{daemon: kernel, peers: [203.0.113.30]}}\n    "
    f"rehearsal: {{vhids: [{_UNICAST}], tunnels: [{_GRE}], neighbors: 2}}",
    "ipfo": "ipfo: {provider: ovh, service: ns1.example, address: 198.51.100.230}\n"
    f"    rehearsal: {{vhids: [{_UNICAST}]}}",
    "ipfo-move": f"""ipfo:
      {{provider: ovh, service: ns1.example, address: 198.51.100.230, mode: move}}
    rehearsal: {{vhids: [{_UNICAST}]}}""",
    "ipfo-two-servers": f"""ipfo:
      provider: ovh
      services: {{{BLUE}: ns1.example, {GREEN}: ns2.example}}
      address: 198.51.100.230
      mode: move
    rehearsal: {{vhids: [{_UNICAST}]}}""",
    "ipfo-carp": f"""ipfo:
      {{provider: ovh, service: ns1.example, address: 198.51.100.230, binding: carp}}
    rehearsal: {{vhids: [{_UNICAST}]}}""",
    "active-active": f"""prefer: {BLUE}
    rehearsal:
      vhids:
        - {{vhid: 1, interface: vmx1, vip: 198.51.100.1/32,
           advskew: {{{BLUE}: 0, {GREEN}: 100}}}}
        - {{vhid: 2, interface: vmx1, vip: 198.51.100.2/32,
           advskew: {{{BLUE}: 100, {GREEN}: 0}}}}""",
}


@cache
def a_pair(kind: str = "edge") -> Pair:
    return parse_inventory(f"{_HEAD}    {PAIRS[kind]}\n", "hosts.yaml").pair("edge")


@cache
def a_strategy(name: str) -> Playbook:
    return load_playbook(name)


def a_playbook(text: str) -> Playbook:
    """Return a user's own playbook."""
    return parse_playbook(text, "mine.yaml")


def blue_of(pair: Pair) -> str:
    """Return who serves at the start; where both do, the preferred one."""
    masters = {v.master for v in pair.rehearsal.vhids}
    return pair.prefer if len(masters) > 1 and pair.prefer else pair.rehearsal.vhids[0].master
