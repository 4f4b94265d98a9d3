"""What a router costs its OSPF neighbours: kept, raised, given back. Builders and their parser.

65535 is the largest cost of a link (RFC 2328, appendix C.3): the way stays, as a last resort. It
is set on every interface, also where nobody is spoken to: max-metric (RFC 6987) leaves stub
networks as they are, and those are what a far end reaches through a router. Nothing is written to
frr.conf(5): a daemon that is started anew has its own costs again.
"""

import re
from collections.abc import Iterable

from bluegreen.errors import ParseError
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Command, Effect
from bluegreen.model.routing import OspfCost

COST_MAX = 65535
VTYSH_S = 15.0

COSTS_AWK = (
    'BEGIN { print "costs" } /^interface / { name = $2 } /^ ip ospf cost / { print name, $4, $5 }'
)
# The configuration may hold keys: it never leaves this shell.
SAVE = (
    'c=$(vtysh -c "show running-config") || exit 1; printf "%s\\n" "$c" | awk "$1" '
    '| tee "$2.new" >/dev/null && mv "$2.new" "$2"'
)
_COST = re.compile(r"(\S+) ([0-9]{1,5})(?: ([0-9.]+))? *")


def save_costs(paths: Paths) -> Command:
    """Write down which interfaces have a cost of their own; all others have what FRR computes."""
    return Command(("sh", "-c", SAVE, "costs", COSTS_AWK, paths.costs), VTYSH_S, Effect.CONFIG)


def raise_costs(interfaces: Iterable[str], saved: Iterable[OspfCost]) -> Command:
    """Be the last resort on these interfaces, and for each address that has a cost of its own."""
    own = [cost for cost in saved if cost.address]
    lines = []
    for name in interfaces:
        lines += [f"interface {name}", f"ip ospf cost {COST_MAX}"]
        lines += [f"ip ospf cost {COST_MAX} {c.address}" for c in own if c.interface == name]
    return _configure(lines)


def give_costs_back(
    interfaces: Iterable[str], saved: Iterable[OspfCost], paths: Paths
) -> tuple[Command, ...]:
    """Have each interface cost what it cost before, and forget what was written down."""
    known = tuple(saved)
    lines = []
    for name in interfaces:
        mine = [cost for cost in known if cost.interface == name]
        lines.append(f"interface {name}")
        lines += [f"ip ospf cost {c.cost} {c.address or ''}".rstrip() for c in mine]
        if all(cost.address for cost in mine):
            lines.append("no ip ospf cost")
    return (*([_configure(lines)] if lines else []), forget_costs(paths))


def forget_costs(paths: Paths) -> Command:
    return Command(("rm", "-f", paths.costs, f"{paths.costs}.new"), 10.0, Effect.CONFIG)


def parse_costs(lines: Iterable[str]) -> tuple[OspfCost, ...]:
    """Read what `save_costs` wrote.

    Raises:
        ParseError: a line is no cost.
    """
    head, *rest = [*lines] or [""]
    found = [_COST.fullmatch(line) for line in rest]
    if head != "costs" or not all(found):
        raise ParseError(f"saved OSPF costs are there and cannot be read: {[head, *rest]!r}")
    return tuple(OspfCost(f[1], int(f[2]), f[3]) for f in found if f)


def _configure(lines: Iterable[str]) -> Command:
    words = (word for line in ("configure terminal", *lines) for word in ("-c", line))
    return Command(("vtysh", *words), VTYSH_S, Effect.CONFIG)
