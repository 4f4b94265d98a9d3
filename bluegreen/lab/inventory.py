"""The hosts.yaml that reaches a lab; pure. A string of JSON is one of YAML too."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bluegreen.lab.bare import Wanted, provision_lines
from bluegreen.lab.openssh import HOST
from bluegreen.lab.ovh import ADDRESS, HOOK, SERVICE
from bluegreen.lab.site import (
    CLIENT,
    INNER,
    LAN_VIPS,
    THROUGH,
    WAN_VIPS,
    Options,
    make_site,
)

PAIR = "lab"
PROBES_A_MS = 5
"""More than that many probes each millisecond, and a machine of two cores does nothing else."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens every door of a lab."""

    identity: Path
    known_hosts: Path

    @property
    def passwords(self) -> Path:
        """Return the directory with those of the vhids that are to be."""
        return self.identity.parent


def hosts_yaml(ports: dict[str, int], keys: Keys, options: Options) -> str:
    """Return the inventory of a lab.

    Args:
        ports: Of this machine's loopback, by the name of the machine behind it.
        keys: The client's key, and what the machines are known by.
        options: What the lab was told.
    """
    return "".join(f"{line}\n" for line in _lines(ports, keys, options))


def _lines(ports: dict[str, int], keys: Keys, options: Options) -> Iterator[str]:
    yield "# A lab on this machine: real packets, emulated FreeBSD. Written by `bluegreen lab up`."
    reached = (
        f"user: root, identity: {_said(keys.identity)}, known_hosts: {_said(keys.known_hosts)}"
    )
    yield f"defaults: {{{reached}}}"
    yield "routers:"
    for name in (*options.all_routers, CLIENT):
        yield f"  {name}: {{address: {HOST}, port: {ports[name]}}}"
    yield "pairs:"
    yield f"  {PAIR}:"
    yield f"    routers: [{', '.join(options.routers)}]"
    yield f"    prefer: {options.routers[0]}"
    yield "    outage_budget: 1s"
    yield "    probes:"
    for target in probed(options):
        yield f"      - {{icmp: {_said(target)}, every: {every_ms(options)}ms, via: {CLIENT}}}"
    if options.ipfo:
        keys_file = f"credentials: {{file: {_said(keys.passwords / 'ovh.conf')}}}"
        yield (
            f"    ipfo: {{provider: ovh, service: {SERVICE}, address: {ADDRESS}, mode: verify, "
            f"settle: 1s, budget: 1m, {keys_file}}}"
        )
    if options.tunnel != "none":
        least = f", min_neighbors: {options.remotes}" if options.bare else ""
        yield f"    ospf: {{daemon: frr{least}}}"
        yield "    remotes:"
        for place in make_site(options).far_ends:
            yield (
                f"      - {{name: {place.name}, address: {HOST}, port: {ports[place.name]},"
                f" {reached}, expect_route: {INNER}}}"
            )
    if options.ipsec:
        yield "    ipsec: {}"
    if options.bare:
        yield from (f"    {line}" for line in provision_lines(_wanted(options, keys)))


def _wanted(options: Options, keys: Keys) -> Wanted:
    """Return what makes of the bare routers those of the lab that is not bare."""
    whole = make_site(options.finished)
    first, second = (whole.place(name) for name in options.routers)
    assert first.spec is not None
    assert second.spec is not None
    ids = tuple((name, make_site(options).place(name).address) for name in options.all_routers)
    hook = HOOK if options.ipfo else None
    return Wanted((first.spec, second.spec), ids, (INNER,), keys.passwords, hook)


def probed(options: Options) -> tuple[str, ...]:
    """Return what the client probes: the VIPs, and what lies behind them."""
    more = tuple(f"172.27.27.{21 + n}" for n in range(options.vhids - 2))
    wan = WAN_VIPS if options.vhids > 1 else ()
    vips = (vip.partition("/")[0] for vip in (*wan, *LAN_VIPS))
    return (*vips, *more, *((THROUGH,) if wan else ()))


def every_ms(options: Options) -> int:
    """Return how long after a probe of a target the next one goes to it, ms."""
    return options.every_ms or -(-len(probed(options)) // PROBES_A_MS)


def _said(text: object) -> str:
    return json.dumps(str(text))
