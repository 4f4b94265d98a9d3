"""A pair as it is now, both routers side by side."""

from collections.abc import Callable

from bluegreen.model.facts import PairFacts
from bluegreen.model.state import RunState
from bluegreen.model.system import Lock
from bluegreen.report.pair_status import (
    LinkStatus,
    PairStatus,
    RouterStatus,
    VhidStatus,
    pair_status,
)
from bluegreen.report.runs import is_open, open_elsewhere, where_open
from bluegreen.report.words import clean, cut, duration

LABEL, COLUMN = 12, 33  # 12 + 2 * 33 fits into 80 columns


def render_status(
    pair: PairFacts, state: RunState | None = None, elsewhere: tuple[str, ...] = ()
) -> str:
    """Return who serves, then what each router is like, then what is open."""
    status = pair_status(pair, state, elsewhere)
    lines = [
        status.serving,
        *(f"!! {warning}" for warning in _alarms(status)),
        "",
        _row("", [router.name for router in status.routers]),
        *_vhids(status),
        *_facts(status),
        *_outside(status),
    ]
    if state and is_open(state):
        lines += ["", where_open(state)]
    for run in status.elsewhere:
        lines += ["", open_elsewhere(run, pair.names)]
    return "\n".join(lines)


def _alarms(status: PairStatus) -> tuple[str, ...]:
    """Return the pair's warnings and each router's, without what serving() has said already."""
    return (*status.warnings, *(w for router in status.routers for w in router.warnings))


def _row(label: str, cells: list[str]) -> str:
    columns = "".join(f"{cut(clean(cell), COLUMN - 1):<{COLUMN}}" for cell in cells)
    return f"{label:<{LABEL}}{columns}".rstrip()


def _vhids(status: PairStatus) -> list[str]:
    """Return a line a vhid and its addresses, each router's own below its name."""
    groups = dict.fromkeys((v.vhid, v.addresses) for router in status.routers for v in router.vhids)
    lines = []
    for vhid, addresses in groups:
        cells = [_cell(router, vhid, addresses) for router in status.routers]
        lines.append(_row(f"vhid {vhid}", cells))
        lines.append(f"{'':<{LABEL}}{', '.join(addresses) or 'no address'}")
    return lines


def _cell(router: RouterStatus, vhid: int, addresses: tuple[str, ...]) -> str:
    found = next((v for v in router.vhids if (v.vhid, v.addresses) == (vhid, addresses)), None)
    if found is None:
        return "-" if router.seen else "?"
    return f"{found.state} {found.interface} {_skew(found)}"


def _skew(vhid: VhidStatus) -> str:
    says = f", says {vhid.effective_advskew}" if vhid.effective_advskew != vhid.advskew else ""
    base = f" base {vhid.advbase}" if vhid.advbase != 1 else ""
    return f"skew {vhid.advskew}{says}{base}"


def _facts(status: PairStatus) -> list[str]:
    """Return a line a fact, side by side; locks and the like have a line of their own."""
    lines = [
        _row(label, [say(router) if router.seen else "?" for router in status.routers])
        for label, say in _FACTS
    ]
    for label, say_rare in _RARE:
        told = [(router.name, say_rare(router)) for router in status.routers if router.seen]
        lines += [f"{label:<{LABEL}}{name}: {clean(text)}" for name, text in told if text]
    return lines


def _ospf(router: RouterStatus) -> str:
    if router.ospf_problem:
        return "unreadable"
    if router.ospf is None:
        return "no daemon"
    full = sum(neighbor.ok for neighbor in router.neighbors)
    return f"{router.ospf}: {full} of {len(router.neighbors)} Full"


def _holder(lock: Lock | None) -> str | None:
    if lock is None:
        return None
    alive = lock.heartbeat or lock.since
    return f"{lock.owner}@{lock.host} since {lock.since}, last sign of life {alive}"


def _links(links: tuple[LinkStatus, ...]) -> str:
    return ", ".join(f"{link.name} {link.state}" for link in links) or "none"


_FACTS: tuple[tuple[str, Callable[[RouterStatus], str]], ...] = (
    ("demotion", lambda r: "?" if r.demotion is None else str(r.demotion)),
    ("preempt", lambda r: {True: "yes", False: "NO", None: "?"}[r.preempt]),
    ("runs", lambda r: r.running or "?"),
    ("kernel", lambda r: r.kernel or "?"),
    ("userland", lambda r: r.userland or "?"),
    ("environment", lambda r: r.environment or "none"),
    ("up for", lambda r: "?" if r.uptime_s is None else duration(r.uptime_s)),
    ("OSPF", _ospf),
    ("tunnels", lambda r: _links(r.tunnels)),
    ("lock", lambda r: f"run {r.lock.run}" if r.lock else "none"),
)
_RARE: tuple[tuple[str, Callable[[RouterStatus], str | None]], ...] = (
    ("held by", lambda r: _holder(r.lock)),
    ("hold", lambda r: r.hold and f"switched on purpose by run {r.hold}: `bluegreen restore`"),
    ("jobs", lambda r: ", ".join(r.jobs) or None),
    ("IPsec", lambda r: _links(r.ipsec) if r.ipsec else None),
)


def _outside(status: PairStatus) -> list[str]:
    lines = [
        f"{'probe':<{LABEL}}{p.vip} {_answers(p.answering)}, {p.lost} of {p.sent} lost"
        for p in status.probes
    ]
    if status.floating:
        at = status.floating.router or "neither router"
        task = "" if status.floating.settled else ", a task is under way"
        lines.append(f"{'floating':<{LABEL}}{status.floating.address} is bound to {at}{task}")
    if status.floating_problem:
        lines.append(f"{'floating':<{LABEL}}unknown: {status.floating_problem}")
    return lines


def _answers(answering: bool | None) -> str:
    return {True: "answers", False: "DOES NOT ANSWER", None: "not probed yet"}[answering]
