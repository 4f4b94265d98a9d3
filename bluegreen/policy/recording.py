"""What a run writes down on both routers, so that it can be recovered from them alone."""

from bluegreen.freebsd.commands import write_record
from bluegreen.model.codec import pack_facts
from bluegreen.model.facts import PairFacts
from bluegreen.model.run_record import write
from bluegreen.model.verdict import YES, Verdict, holds
from bluegreen.policy.orders import order
from bluegreen.policy.setting import Setting
from bluegreen.world import Order


def recorded(pair: PairFacts, name: str, setting: Setting) -> Verdict:
    """Record and baseline lie on a router; where nothing holds it, nothing is to lie there."""
    facts = pair.seen(name)
    if setting.record is None or (facts is not None and facts.lock is None):
        return YES
    paths = setting.paths_of(name)
    there = facts is not None and {paths.record, paths.baseline} <= {*facts.kept}
    return holds(there, f"{name}: what a recovery needs is not written down there")


def forgotten(pair: PairFacts, setting: Setting) -> bool:
    """Whether both routers answer, and neither has anything of what the run wrote down there."""
    both = pair.both()
    if not both or setting.record is None:
        return False
    return all(
        router.lock is None and setting.paths_of(router.name).record not in router.kept
        for router in both
    )


def record_orders(
    pair: PairFacts, before: PairFacts, name: str, setting: Setting
) -> tuple[Order, ...]:
    """Return what writes down a run, and what both routers had before it."""
    facts, record = pair.seen(name), setting.record
    if not facts or record is None:
        return ()
    told = write(record.model_copy(update={"skews": _skews(before)}))
    packed = pack_facts(before.first, before.second, before.outside)
    return order(facts, setting, *write_record(setting.paths_of(name), told, packed))


def _skews(pair: PairFacts) -> dict[str, dict[str, int]]:
    """Return the skews to come back to, for somebody at a console."""
    return {
        router.name: {str(v): v.carp.advskew for v in router.vhids} for router in pair.both() or ()
    }
