"""Every transition of a vhid: what was seen, what it becomes, and the kernel's words for it.

Source: carp_input_c, carp_sc_state, carp_master_down and carp_ioctl_set, FreeBSD 14
sys/netinet/ip_carp.c. The documentation's diagram is drawn from this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from bluegreen.model.network import CarpState as S


class Seen(Enum):
    """What can happen to a vhid."""

    LINK_DOWN = auto()  # or its interface, or net.inet.carp.allow became 0
    LINK_UP = auto()  # or an address came or went, or allow became 1: it starts anew
    READY = auto()  # link up, an address, allow=1
    PEER_FASTER = auto()  # the other's interval is shorter than ours, or equal
    PEER_SLOWER = auto()  # longer than ours
    PEER_HOPELESS = auto()  # longer than 3 * advbase + our effective skew / 256 s
    PEER_SILENT = auto()  # no advertisement for 3 * advbase + our advskew / 256 s
    ASKED_MASTER = auto()  # ifconfig IF vhid N state master
    ASKED_BACKUP = auto()


@dataclass(frozen=True, slots=True)
class Move:
    """The state after an event; no reason where nothing changes."""

    state: S
    reason: str = ""


_ASKED = "user requested via ifconfig"
_STAYS_INIT, _STAYS_BACKUP, _STAYS_MASTER = Move(S.INIT), Move(S.BACKUP), Move(S.MASTER)

PREEMPT: Mapping[S, Mapping[Seen, Move]] = {
    S.INIT: {
        Seen.LINK_DOWN: _STAYS_INIT,
        Seen.LINK_UP: _STAYS_INIT,
        Seen.READY: Move(S.BACKUP, "initialization complete"),
        Seen.PEER_FASTER: _STAYS_INIT,
        Seen.PEER_SLOWER: _STAYS_INIT,
        Seen.PEER_HOPELESS: _STAYS_INIT,
        Seen.PEER_SILENT: _STAYS_INIT,
        Seen.ASKED_MASTER: _STAYS_INIT,
        Seen.ASKED_BACKUP: _STAYS_INIT,
    },
    S.BACKUP: {
        Seen.LINK_DOWN: Move(S.INIT, "hardware interface down"),
        Seen.LINK_UP: Move(S.INIT, "hardware interface up"),
        Seen.READY: _STAYS_BACKUP,
        Seen.PEER_FASTER: _STAYS_BACKUP,
        Seen.PEER_SLOWER: Move(S.MASTER, "preempting a slower master"),
        Seen.PEER_HOPELESS: Move(S.MASTER, "preempting a slower master"),
        Seen.PEER_SILENT: Move(S.MASTER, "master timed out"),
        Seen.ASKED_MASTER: Move(S.MASTER, _ASKED),
        Seen.ASKED_BACKUP: _STAYS_BACKUP,
    },
    S.MASTER: {
        Seen.LINK_DOWN: Move(S.INIT, "hardware interface down"),
        Seen.LINK_UP: Move(S.INIT, "hardware interface up"),
        Seen.READY: _STAYS_MASTER,
        Seen.PEER_FASTER: Move(S.BACKUP, "more frequent advertisement received"),
        Seen.PEER_SLOWER: _STAYS_MASTER,
        Seen.PEER_HOPELESS: _STAYS_MASTER,
        Seen.PEER_SILENT: _STAYS_MASTER,
        Seen.ASKED_MASTER: _STAYS_MASTER,
        Seen.ASKED_BACKUP: Move(S.BACKUP, _ASKED),
    },
}
PATIENT: Mapping[S, Mapping[Seen, Move]] = {
    **PREEMPT,
    S.BACKUP: {
        **PREEMPT[S.BACKUP],
        Seen.PEER_SLOWER: _STAYS_BACKUP,
        Seen.PEER_HOPELESS: Move(S.MASTER, "master will time out"),
    },
}


def step(state: S, seen: Seen, *, preempt: bool) -> Move:
    """Return what a vhid in this state becomes; the same state where the kernel does nothing."""
    return (PREEMPT if preempt else PATIENT)[state][seen]
