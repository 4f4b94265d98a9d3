"""`bluegreen check --gre`: look twice, and say whether a pair shows FreeBSD bug 166462."""

from dataclasses import replace

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.files import load_inventory
from bluegreen.cli.look import look_or_refuse
from bluegreen.cli.options import Common
from bluegreen.cli.output import say, tell
from bluegreen.cli.worlds import live_world
from bluegreen.engine.observer import Observer
from bluegreen.model.pair import Pair
from bluegreen.policy.gre_bug import NOT_AFFECTED, Judged, judge_tunnels, watched_s
from bluegreen.world import World

REFUSED = 3


def check_gre(common: Common, pair_words: str) -> int:
    """Judge every tunnel whose source is a VIP; nothing is changed, and nothing is sent."""
    from bluegreen.report.gre import gre_json, render_gre

    pair = load_inventory(common.inventory).pair(pair_words)
    judged = judged_twice(pair, live_world(pair, looks=True))
    say((gre_json if common.json else render_gre)(judged))
    return 0 if all(each.verdict == NOT_AFFECTED for each in judged) else REFUSED


def judged_twice(pair: Pair, world: World) -> tuple[Judged, ...]:
    """Look, wait for longer than a hello takes, look again.

    Raises:
        RefusedError: a router cannot be observed.
    """
    bare = replace(pair, ipfo=None)  # the provider has no say in it
    observer = Observer(world, dialect_of(bare, counters=True))
    first = look_or_refuse(bare, world, observer)
    if not (between_s := watched_s(first)):
        return ()
    tell(f"note: both routers are looked at again in {between_s:.0f} s")
    began_s = world.clock.now_s()
    world.clock.sleep(between_s)
    second = look_or_refuse(bare, world, observer)
    return judge_tunnels(first, second, world.clock.now_s() - began_s)
