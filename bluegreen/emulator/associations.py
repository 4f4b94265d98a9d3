"""IPsec of a router: SAs that are negotiated where the VIP is, and gone with it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bluegreen.emulator.faults import MachineFaults
from bluegreen.emulator.spec import IpsecPeer, IpsecSpec
from bluegreen.model.network import Tunnel

SOFT_S, HARD_S = 3240, 3600  # lifetimes of an SA


@dataclass(slots=True)
class Association:
    """What there is with one far end."""

    peer: IpsecPeer
    number: int  # of its SPIs, and of its IKE_SA
    since_s: float | None = None  # when it was begun; None: it was not
    up_s: float | None = None  # when it was installed


class Associations:
    """What the kernel and charon know; nothing where there is no IPsec."""

    def __init__(self, spec: IpsecSpec | None, faults: MachineFaults, negotiate_s: float) -> None:
        self.spec, self._faults, self._negotiate_s = spec, faults, negotiate_s
        peers = spec.peers if spec else ()
        self.all = tuple(Association(peer, number) for number, peer in enumerate(peers, 1))

    @property
    def by_hand(self) -> bool:
        """Whether its keys stand in a file, and nobody negotiates any."""
        return self.spec is not None and self.spec.daemon == "kernel"

    @property
    def daemon_runs(self) -> bool:
        return self.spec is not None and not self.by_hand and not self._faults.ipsec_daemon_dead

    def stop(self) -> None:
        for each in self.all:
            each.since_s = each.up_s = None

    def refresh(self, masters: AbstractSet[int], now: float) -> bool:
        """Begin and end what roles and faults have made due; return whether anything changed."""
        changed = False
        for each in self.all:
            follows = each.peer.follows_vhid
            here = self.by_hand or follows is None or follows in masters
            wanted = here and (self.by_hand or self.daemon_runs)
            if wanted is (each.since_s is not None):
                continue
            each.since_s = now if wanted else None
            each.up_s = now if wanted and self.by_hand else None
            changed = True
        return changed

    def settle(self) -> None:
        """Have everything that is wanted."""
        for each in self.all:
            each.up_s = each.since_s

    def advance(self, now: float) -> bool:
        """Install what is negotiated by now; return whether anything changed."""
        if not self.all:
            return False
        due = [e for e in self._pending() if e.since_s is not None and self._ends_s(e) <= now]
        for each in due:
            each.up_s = now
        return bool(due)

    def next_due(self) -> float | None:
        return min(map(self._ends_s, self._pending()), default=None) if self.all else None

    def keeps_out(self, tunnel: Tunnel) -> bool:
        """Whether a tunnel is to be protected, and is not both ways: nothing passes through it."""
        ends = {tunnel.local, tunnel.remote}
        return any(
            {each.peer.local, each.peer.remote} == ends and not self.passes(each)
            for each in self.all
        )

    def passes(self, each: Association) -> bool:
        return each.up_s is not None and not self.is_one_way

    @property
    def is_one_way(self) -> bool:
        return self._faults.ipsec_one_way

    def _ends_s(self, each: Association) -> float:
        return (each.since_s or 0.0) + self._negotiate_s

    def _pending(self) -> tuple[Association, ...]:
        if self._faults.ipsec_unanswered:
            return ()
        return tuple(e for e in self.all if e.since_s is not None and e.up_s is None)
