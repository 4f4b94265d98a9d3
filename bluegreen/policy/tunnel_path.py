"""Whether packets come through each tunnel, as they did for the MASTER: asked by a gate alone."""

from bluegreen.freebsd.tunnelping import parse_pings, ping_through, throughs
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.network import TunnelPath
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.world import Order


def sent_through(facts: RouterFacts) -> tuple[Order, ...]:
    """Return what sends a small and a whole packet through each tunnel that is up."""
    tunnels = throughs(facts.interfaces)
    return (Order(facts.name, (ping_through(tunnels),)),) if tunnels else ()


def came_back(pair: PairFacts, name: str) -> tuple[TunnelPath, ...]:
    """Return what the step's own question, if it was asked, has found out."""
    facts = pair.seen(name)
    return parse_pings(throughs(facts.interfaces), pair.said) if facts else ()


def asked(pair: PairFacts, name: str) -> Verdict:
    """Each tunnel that is up has been asked; whatever it answered is a fact."""
    facts = pair.seen(name)
    known = {path.target for path in came_back(pair, name)}
    return all_of(
        holds(t.target in known, f"{name}: nothing was sent through {t.name} yet")
        for t in (throughs(facts.interfaces) if facts else ())
    )


def paths_as(pair: PairFacts, name: str) -> Verdict:
    """What came through the MASTER's tunnels comes through here, as long as it did there.

    A far end that answered nothing before need not answer now: many do not.
    """
    before = pair.before.outside.paths if pair.before else ()
    now = {path.outer: path for path in came_back(pair, name)}
    return all_of(_as_before(name, was, now.get(was.outer)) for was in before if was.small)


def _as_before(name: str, was: TunnelPath, now: TunnelPath | None) -> Verdict:
    if now is None:
        return no(f"{name}: nothing was sent through the tunnel to {was.outer} yet")
    why = f": {now.detail}" if now.detail else ""
    if not now.small and not now.whole:
        return no(
            f"{name}: {now.name}: no echo of {now.target} comes back through the tunnel to "
            f"{now.outer}, which passed before: it is one-way, or nobody is there{why}"
        )
    if was.whole and not now.whole:
        return no(
            f"{name}: {now.name}: small packets pass, one of {now.mtu} octets (its MTU, with DF) "
            f"does not, as it did before: MTU mismatch{why}"
        )
    return YES
