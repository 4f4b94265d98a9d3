"""OSPF adjacencies: each takes its time to become Full, and is gone with its link or its vhid."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bluegreen.emulator.spec import NeighborSpec, OspfSpec
from bluegreen.model.routing import Neighbor, OspfInterface, OspfRoute

COMPUTED_COST = 10  # of a link of 10 Gbit/s by FRR's reference bandwidth of 100 Gbit/s
MTU = 1476  # octets: of a gre(4)


@dataclass(slots=True)
class Adjacency:
    spec: NeighborSpec
    full_at_s: float | None = None  # None: no hello is heard
    is_full: bool = False


class Adjacencies:
    """What ospfd knows; nothing where it does not run."""

    def __init__(self, spec: OspfSpec | None, converge_s: float) -> None:
        self.spec, self.converge_s = spec, converge_s
        self.version = 0
        self.is_running = False
        self.starts = 0  # how often the daemon was started
        self.stuck: str | None = None  # the state that nobody leaves now
        self.costs: dict[str, int] = {}  # configured, by interface
        self._all = tuple(Adjacency(n) for n in spec.neighbors) if spec else ()

    def start(self) -> None:
        """Start as frr.conf(5) says: what was typed since the last start is forgotten."""
        self.is_running = self.spec is not None
        self.starts += 1
        self.costs = dict(self.spec.costs) if self.spec else {}
        self.version += 1

    def stop(self) -> None:
        self.is_running = False
        for each in self._all:
            each.full_at_s, each.is_full = None, False
        self.version += 1

    def refresh(self, usable: AbstractSet[str], masters: AbstractSet[int], now: float) -> bool:
        """Begin and end adjacencies; return whether anything changed."""
        changed = False
        for each in self._all:
            follows = each.spec.follows_vhid
            wanted = (
                self.is_running
                and each.spec.interface in usable
                and (follows is None or follows in masters)
            )
            if wanted is (each.full_at_s is not None):
                continue
            each.full_at_s = now + self.converge_s if wanted else None
            each.is_full = False
            changed = True
        self.version += changed
        return changed

    def settle(self) -> None:
        """Be Full with everyone who is heard: a router that has been up for long."""
        for each in self._all:
            each.is_full = each.full_at_s is not None and each.spec.stays is None
        self.version += 1

    def advance(self, now: float, *, stuck: str | None) -> bool:
        """Reach Full where it is time, and nothing keeps it; return whether anything changed."""
        self.stuck = stuck
        reached = [each for each in self._pending() if each.full_at_s is not None]
        reached = [each for each in reached if (each.full_at_s or 0.0) <= now]
        for each in reached:
            each.is_full = True
        self.version += bool(reached)
        return bool(reached)

    def next_due(self) -> float | None:
        return min((e.full_at_s for e in self._pending() if e.full_at_s is not None), default=None)

    def _pending(self) -> tuple[Adjacency, ...]:
        if self.stuck:
            return ()
        due = (each for each in self._all if each.full_at_s is not None and not each.is_full)
        return tuple(each for each in due if each.spec.stays is None)

    def neighbors(self) -> tuple[Neighbor, ...]:
        return tuple(
            Neighbor(
                router_id=each.spec.router_id,
                address=each.spec.address,
                interface=each.spec.interface,
                state="Full" if each.is_full else each.spec.stays or self.stuck or "ExStart",
                full=each.is_full,
                role=None,
                priority=1,
            )
            for each in self._all
            if each.full_at_s is not None
        )

    def set_cost(self, interface: str, cost: int | None) -> None:
        """Configure a cost; None: let it be computed again."""
        if cost is None:
            self.costs.pop(interface, None)
        else:
            self.costs[interface] = cost
        self.version += 1

    @property
    def spoken(self) -> frozenset[str]:
        """Return the interfaces that hellos are sent on."""
        if self.spec is None or not self.is_running:
            return frozenset()
        return frozenset((*(n.interface for n in self.spec.neighbors), *self.spec.spoken))

    def interfaces(self) -> tuple[OspfInterface, ...]:
        if self.spec is None:
            return ()
        names = sorted({*self.spoken, *self.spec.passive})
        return tuple(
            OspfInterface(
                name,
                up=True,
                area="0.0.0.1",
                router_id=self.spec.router_id,
                network_type="POINTOPOINT",
                state="Point-To-Point",
                cost=self.costs.get(name, COMPUTED_COST),
                mtu=MTU,
                neighbors=sum(e.spec.interface == name for e in self._heard()),
                adjacent=sum(e.spec.interface == name and e.is_full for e in self._heard()),
            )
            for name in names
        )

    def _heard(self) -> tuple[Adjacency, ...]:
        return tuple(each for each in self._all if each.full_at_s is not None)

    def routes(self) -> tuple[OspfRoute, ...]:
        """Return what was learned, with a next hop for each neighbour that leads there."""
        hops: dict[str, list[tuple[str, str]]] = {}
        for each in self._all:
            if each.is_full:
                for prefix in each.spec.prefixes:
                    hops.setdefault(prefix, []).append((each.spec.address, each.spec.interface))
        return tuple(
            OspfRoute(prefix, tuple(a for a, _ in via), tuple(i for _, i in via), installed=True)
            for prefix, via in hops.items()
        )
