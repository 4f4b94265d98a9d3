"""How long a BACKUP must be seen to be one, so that it must have heard its peer."""

from bluegreen.carp.timing import patience_s
from bluegreen.model.facts import RouterFacts

MARGIN_S = 0.5  # a packet may be late


def proof_s(facts: RouterFacts) -> float:
    """Return the patience of a router's slowest vhid, and a margin, s (carp(4))."""
    waits = (patience_s(v.carp.advbase, v.carp.advskew) for v in facts.vhids)
    return max(waits, default=0.0) + MARGIN_S
