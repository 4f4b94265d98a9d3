"""What a pair will do if its skews, demotion or advbase are changed: pure arithmetic.

Source: carp_input_c, FreeBSD 14 sys/netinet/ip_carp.c.
"""

from dataclasses import dataclass

from bluegreen.carp.timing import (
    SKEW_MAX,
    TICKS_PER_S,
    advertisement_interval_s,
    effective_advskew,
    hopeless_ticks,
    interval_ticks,
    patience_s,
)
from bluegreen.model.network import CarpState
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no

__all__ = [
    "Speaker",
    "advbase_way",
    "advertisement_interval_s",
    "drain_value",
    "effective_advskew",
    "patience_s",
    "slowest_drain",
    "will_take_over",
]

DRAIN_MIN = 200  # 1/256 s
DRAIN_MARGIN = 20  # 1/256 s above the peer, so that a tie is far away
ADVBASE_MAX = 255  # s


@dataclass(frozen=True, slots=True)
class Speaker:
    """One vhid on one router, with what the router adds to it."""

    advbase: int  # s
    advskew: int  # 1/256 s, as configured
    demotion: int  # net.inet.carp.demotion, 1/256 s
    preempt: bool
    allow: bool
    state: CarpState
    name: str = "the peer"  # for the reasons

    @property
    def effective(self) -> int:
        """The skew it advertises, 1/256 s."""
        return effective_advskew(self.advskew, self.demotion)


def drain_value(peer_effective: int) -> int | None:
    """Return the advskew that hands a vhid to a peer that preempts; None if none fits.

    It stays below 240: a drained router can then still relieve a peer that is
    demoted later.
    """
    value = max(DRAIN_MIN, peer_effective + DRAIN_MARGIN)
    return value if value < SKEW_MAX else None


def slowest_drain(highest: int) -> int:
    """Return the most that a run raises the advskew of either router of a pair to, 1/256 s.

    The one that is drained second is slower than the first one is then. A third router with the
    same vhid must be slower than this: it would take the role, or tie with who is to have it.

    Args:
        highest: The higher advskew of the two.
    """
    first = drain_value(highest)
    second = None if first is None else drain_value(first)
    found = [value for value in (first, second) if value is not None]
    return max(found, default=SKEW_MAX - 1)


def advbase_way(peer_advbase: int) -> int | None:
    """Return the advbase that hands a MASTER's vhid to a peer that does not preempt.

    A BACKUP gives up a MASTER whose interval exceeds three times its own
    advbase and its own skew, which is less than a second. The router that was
    MASTER has this advbase in its own patience until it is restored.

    Returns:
        Seconds, more than three times the peer's; None above 255, which is EINVAL.
    """
    value = 3 * peer_advbase + 1
    return value if value <= ADVBASE_MAX else None


def will_take_over(master: Speaker, backup: Speaker, advskew: int) -> Verdict:
    """Return whether the backup becomes MASTER when the master advertises a new advskew at once.

    Args:
        master: As it is now; its advbase is the one it will advertise.
        backup: As it is now.
        advskew: What the master's is raised to, 1/256 s.
    """
    return all_of(
        [
            holds(master.state is CarpState.MASTER, f"{master.name} is {master.state}, not MASTER"),
            holds(backup.state is CarpState.BACKUP, f"{backup.name} is {backup.state}, not BACKUP"),
            holds(master.allow, f"{master.name}: net.inet.carp.allow is 0"),
            holds(backup.allow, f"{backup.name}: net.inet.carp.allow is 0, it takes no part"),
            _gives_the_master_up(master, backup, effective_advskew(advskew, master.demotion)),
        ]
    )


def _gives_the_master_up(master: Speaker, backup: Speaker, raised: int) -> Verdict:
    """Return whether a BACKUP that hears this effective skew becomes MASTER."""
    claimed = interval_ticks(master.advbase, raised)
    own = interval_ticks(backup.advbase, backup.effective)
    if claimed > hopeless_ticks(backup.advbase, backup.effective):
        return YES
    preempts = holds(
        backup.preempt,
        f"{backup.name}: net.inet.carp.preempt is 0, "
        f"so it ignores a slower MASTER until that one falls silent",
    )
    return all_of([preempts, *_too_slow(backup, claimed, own, raised)])


def _too_slow(backup: Speaker, claimed: int, own: int, raised: int) -> tuple[Verdict, ...]:
    """Return every reason why the backup's own interval is not the shorter one."""
    if own < claimed:
        return ()
    both_at_most = raised == backup.effective == SKEW_MAX
    intervals = f"{own / TICKS_PER_S:.3f} s against {claimed / TICKS_PER_S:.3f} s"
    compared = (
        f"is as slow as the raised MASTER ({intervals}): a tie moves nobody"
        if own == claimed
        else f"stays slower than the raised MASTER ({intervals})"
    )
    reasons = [no(f"{backup.name} {compared}")]
    if both_at_most:
        reasons.append(no(f"both would advertise {SKEW_MAX}, the most there is"))
    if backup.demotion > 0:
        demoted = f"net.inet.carp.demotion is {backup.demotion}"
        reasons.append(no(f"{backup.name}: {demoted}: see what demoted it"))
    return tuple(reasons)
