"""The words of OSPF as each daemon spells them, and as the rest of bluegreen knows them."""

import re

from bluegreen.errors import ParseError
from bluegreen.model.routing import Neighbor

# Sources, read 2026-11-22: FRR ospfd/ospf_dump.c and ospf6d/ospf6_neighbor.c (Twoway, ExChange);
# BIRD proto/ospf/neighbor.c (1.x: 2way, in small letters); OpenBSD usr.sbin/ospfd/neighbor.c
# (SNAPSHOT, between ExStart and Exchange, both still to come to Full) and ospfd/log*.c (ATTMP).
_STATES = {
    "full": "Full",
    "loading": "Loading",
    "load": "Loading",
    "exchange": "Exchange",
    "exchg": "Exchange",
    "snapshot": "Exchange",
    "snap": "Exchange",
    "exstart": "ExStart",
    "exsta": "ExStart",
    "2way": "2-Way",
    "twoway": "2-Way",
    "init": "Init",
    "attempt": "Attempt",
    "attmp": "Attempt",
    "down": "Down",
    "deleted": "Deleted",
    "dependupon": "DependUpon",
    "none": "None",
}
# "DROthe": ospfd prints state and role into 16 bytes, one too few for Exchange/DROther
# (char msgbuf[16], FRR ospfd/ospf_vty.c).
_ROLES = {
    "": None,  # a dash: point-to-point
    "dr": "DR",
    "bdr": "BDR",
    "backup": "Backup",
    "bckup": "Backup",
    "drother": "DROther",
    "drothe": "DROther",
    "other": "DROther",
    "ptp": "PtP",
    "p2p": "PtP",
    "pointtopoint": "PtP",
    "ptmultipoint": "PtMP",
    "ptmp": "PtMP",
    "down": "Down",
    "loop": "Loopback",
    "loopback": "Loopback",
    "wait": "Waiting",
    "waiting": "Waiting",
}
_NO_ROUTER_ID = frozenset({"-", "neighbor", "noNbrId"})  # an NBMA neighbour never heard
_ADDRESS = re.compile(r"[0-9x*]+(?:\.[0-9x*]+){3}|<[^<>]*>|\[[^\[\]]*\]", re.IGNORECASE)


def is_address(word: str) -> bool:
    """Return whether a word is an IPv4 address or router id, perhaps made unreadable: <IP>."""
    return bool(_ADDRESS.fullmatch(word))


def is_state(word: str) -> bool:
    """Return whether a word is a neighbour's state, with or without its role."""
    return _key(word.partition("/")[0]) in _STATES


def bare_interface(name: str) -> str:
    """Return ``gre0`` of FRR's ``gre0:10.0.0.1``, and leave an alias (``eth0:1``) alone."""
    bare, colon, tail = name.rpartition(":")
    return bare if colon and bare and (is_address(tail) or not tail) else name


def neighbor(
    router_id: str,
    state: str,
    role: str | None,
    address: str | None,
    interface: str | None,
    priority: int | None,
) -> Neighbor:
    """Return a neighbour from its words as printed; the role is looked for behind a slash first."""
    word, slash, behind = state.strip().partition("/")
    known = _STATES.get(_key(word))
    if known is None:
        raise ParseError(f"neighbour {router_id}: {state!r} is no OSPF state")
    return Neighbor(
        router_id="-" if router_id in _NO_ROUTER_ID else router_id,
        address=_printed(address),
        interface=_printed(interface),
        state=known,
        full=known == "Full",
        role=_role(behind if slash else role or ""),
        priority=priority,
    )


def _role(word: str) -> str | None:
    """Return the role in FRR's spelling; a role never seen before is kept as printed."""
    return _ROLES.get(_key(word), word.strip())


def _key(word: str) -> str:
    """Return a word without capitals, blanks and dashes."""
    return word.strip().casefold().replace("-", "")


def _printed(word: str | None) -> str | None:
    """Return None for what is printed as nothing."""
    return None if word is None or word.strip() in {"", "-"} else word.strip()
