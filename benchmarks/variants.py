"""Ways to have the other router serve, each as a script for the one that serves now."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bluegreen.lab.report import Role
from bluegreen.model.network import MULTICAST_PEERS

FLUSH = "sysctl net.inet.carp.demotion=0"  # adds nothing, and advertises at once
DEMOTED = 240
Script = Callable[[Iterable[Role], int], str]  # of the roles it has, and the value to drain to


@dataclass(frozen=True, slots=True)
class Variant:
    """One way, and what takes it back."""

    key: str
    what: str
    script: Script
    undo: Script
    stays: bool = True  # the other one goes on serving until it is taken back
    boots: bool = False


def set_skews(roles: Iterable[Role], advskew: int | None = None) -> str:
    """Return a line a vhid, with its peers, which ifconfig of 14.x else forgets."""
    return _each(roles, lambda r: f"advskew {r.advskew if advskew is None else advskew}")


def _each(roles: Iterable[Role], words: Callable[[Role], str]) -> str:
    return " && ".join(
        f"ifconfig {role.interface} vhid {role.vhid} {words(role)}{_peers(role)}" for role in roles
    )


def _peers(role: Role) -> str:
    named = (("peer", role.peer), ("peer6", role.peer6))
    return "".join(f" {key} {p}" for key, p in named if p and p not in MULTICAST_PEERS)


def drain_value(peers: Iterable[Role]) -> int:
    """Return the skew that bluegreen drains to, 1/256 s (policy.skews)."""
    return max(200, *(peer.advskew + 20 for peer in peers))


def _drain(roles: Iterable[Role], drain: int) -> str:
    return f"{set_skews(roles, drain)} && {FLUSH}"


def _give_back(roles: Iterable[Role], _: int) -> str:
    return f"{set_skews(roles)} && {FLUSH}"


VARIANTS = (
    Variant("a", "advskew raised, then the flush, as bluegreen does", _drain, _give_back),
    Variant("b", "advskew raised, no flush", set_skews, _give_back),
    Variant(
        "c",
        "demotion raised by 240",
        lambda *_: f"sysctl net.inet.carp.demotion={DEMOTED}",
        lambda *_: f"sysctl net.inet.carp.demotion=-{DEMOTED}",
    ),
    Variant(
        "d",
        "`state backup`",
        lambda r, _: _each(r, lambda _: "state backup"),
        _give_back,
        stays=False,
    ),
    Variant(
        "e",
        "plain reboot of the MASTER, and its return",
        lambda *_: "shutdown -r now",
        lambda *_: "true",
        stays=False,
        boots=True,
    ),
)
