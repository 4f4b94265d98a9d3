"""setkey(8) of a router whose SAs are charon's own: what it has, as a kernel would tell it.

Addresses, SPIs, states and times are charon's. It tells no key: those are examples, and so are
the counters.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import time

from bluegreen.emulator.setkey import render_sad, render_spd
from bluegreen.freebsd.setkey import NO_SAD, NO_SPD
from bluegreen.freebsd.swanctl import parse_sas
from bluegreen.lab.charon import SWANCTL
from bluegreen.model.command import Output
from bluegreen.model.ipsec import MATURE, ChildSa, IkeSa, IpsecPolicy, Sa

ANSWER_S = 0.8  # the router's loop waits: its peer is patient for 3 s
_IN_FORCE = frozenset({"INSTALLED", "UPDATING", "REKEYING", "REKEYED"})
_NAT_T = "[4500]"  # as setkey(8) prints the port of ESP inside UDP


def setkey(root: Path, words: tuple[str, ...]) -> Output | None:
    """Return what setkey prints; None: it is asked something else.

    Args:
        root: The router's root as this process sees it.
        words: What follows ``setkey``.
    """
    if words not in (("-D",), ("-DP",), ("-D", "-P")):
        return None
    try:
        told = subprocess.run(
            ["chroot", str(root), SWANCTL, "--list-sas"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ANSWER_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Output("", f"setkey: charon does not answer within {ANSWER_S} s\n", 1)
    ike = parse_sas(told.stdout) if told.returncode == 0 else ()  # its SAs have died with it
    return Output(sad(ike, time()) if words == ("-D",) else spd(ike, time()))


def sad(ike: tuple[IkeSa, ...], now_s: float) -> str:
    """Return what ``setkey -D`` prints of these; ``now_s`` is the time of day."""
    return render_sad(_sas(ike), now_s) or f"{NO_SAD}\n"


def spd(ike: tuple[IkeSa, ...], now_s: float) -> str:
    """Return what ``setkey -DP`` prints of these; ``now_s`` is the time of day."""
    return render_spd(_policies(ike), now_s) or f"{NO_SPD}\n"


def _installed(ike: tuple[IkeSa, ...]) -> Iterator[tuple[str, str, ChildSa]]:
    for sa in ike:
        if sa.local is not None and sa.remote is not None:
            yield from ((sa.local, sa.remote, c) for c in sa.children if c.state in _IN_FORCE)


def _sas(ike: tuple[IkeSa, ...]) -> Iterator[Sa]:
    for local, remote, child in _installed(ike):
        for src, dst, spi in ((remote, local, child.spi_in), (local, remote, child.spi_out)):
            if spi is not None:
                yield Sa(
                    f"{src}{_NAT_T}",
                    f"{dst}{_NAT_T}",
                    protocol="esp-udp",
                    mode=child.mode.lower(),
                    spi=int(spi, 16),
                    state=MATURE,
                    age_s=child.age_s,
                    hard_s=_lifetime(child, child.life_s),
                    soft_s=_lifetime(child, child.rekey_s),
                )


def _lifetime(child: ChildSa, left_s: int | None) -> int:
    return 0 if left_s is None else (child.age_s or 0) + left_s


def _policies(ike: tuple[IkeSa, ...]) -> Iterator[IpsecPolicy]:
    for local, remote, child in _installed(ike):
        mode = child.mode.lower()
        for way, src, dst in (("in", remote, local), ("out", local, remote)):
            transform = f"esp/{mode}/{src}-{dst}/unique"
            yield IpsecPolicy(f"{src}[any]", f"{dst}[any]", "gre", way, "ipsec", (transform,))
