"""A third router with the pair's vhids, which serves when both are down, and at no other moment.

Nobody of a run looks at it; what is known of it is the advskew that the inventory gives it. It
preempts as the pair does: whoever of the pair is drained must stay faster than it, or it takes
the role together with the router that is meant, and the two turn each other down.
"""

from collections.abc import Iterator

from bluegreen.carp.predict import slowest_drain
from bluegreen.model.design import VhidDesign
from bluegreen.model.facts import PairFacts
from bluegreen.model.verdict import Verdict, all_of, no
from bluegreen.policy.setting import Setting
from bluegreen.policy.ways import ADVBASE, way_to


def spares_wait(pair: PairFacts, setting: Setting) -> Verdict:
    """No spare that the inventory names would take a role in a switch."""
    vhids = setting.design.vhids if setting.design else ()
    return all_of(no(why) for vhid in vhids for why in _faults(pair, vhid, setting))


def _faults(pair: PairFacts, vhid: VhidDesign, setting: Setting) -> Iterator[str]:
    rest = pair.before or pair
    mine = [v.carp for router in rest.both() or () for v in router.vhids]
    highest = max((carp.advskew for carp in mine if carp.vhid == vhid.vhid), default=None)
    spares = [(name, advskew) for name, advskew in vhid.advskew if name not in pair.names]
    if highest is None or not spares:
        return
    drained = slowest_drain(highest)
    ways = [way_to(rest, name, setting) for name in pair.names]
    by_advbase = any(way and way.name == ADVBASE for way in ways)
    for name, advskew in spares:
        if advskew <= drained:
            yield (
                f"vhid {vhid.vhid}: the spare {name} has advskew {advskew}, and a run raises one "
                f"of the pair to {drained} (they have {highest} at most): it would take the role"
            )
        if by_advbase:
            yield (
                f"vhid {vhid.vhid}: with `allow: [{ADVBASE}]` the MASTER advertises so seldom that "
                f"the spare {name} would take the role, too"
            )
