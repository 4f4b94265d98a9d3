"""What one router is told, with the condition that it checks itself; and who is told first."""

from bluegreen.model.command import Command
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import guard
from bluegreen.world import Order


def order(facts: RouterFacts, setting: Setting, *commands: Command) -> tuple[Order, ...]:
    """Return one exec that the router itself refuses if its roles or our lock have changed."""
    if not commands:
        return ()
    return (Order(facts.name, commands, guard(facts, setting.held(facts.name))),)


def by_service(pair: PairFacts) -> list[RouterFacts]:
    """Return both routers, who serves most first."""
    return sorted(pair.both() or (), key=lambda router: -len(router.masters()))
