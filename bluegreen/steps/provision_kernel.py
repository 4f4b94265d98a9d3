"""Load carp(4) and set what it and the forwarding of packets depend on."""

from dataclasses import dataclass

from bluegreen.freebsd.site import FORWARDING, FORWARDING6
from bluegreen.freebsd.sitecommands import load_carp, set_carp_sysctl, set_sysctl, unload_carp
from bluegreen.model.command import Command
from bluegreen.model.facts import PairFacts, RouterFacts
from bluegreen.model.site import SiteFacts
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.moves import obstacles
from bluegreen.policy.orders import order
from bluegreen.policy.setting import Setting
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Kernel(Quiet):
    """What sysctl.conf(5) and loader.conf(5) say, now."""

    setting: Setting
    router: str
    deadline_s: float = 60.0
    name = "kernel"

    @property
    def goal(self) -> str:
        return f"{self.router} has carp(4), preempts, and forwards where it is to"

    def ready(self, pair: PairFacts) -> Verdict:
        return all_of(no(why) for why in obstacles(pair, self.setting))

    def done(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        if facts is None:
            return no(f"{self.router}: could not be observed")
        if facts.carp is None:
            return no(f"{self.router}: carp(4) is not loaded")
        forwards = _forwarding(facts, self._wanted())
        return all_of(
            [
                holds(facts.carp.preempt, f"{self.router}: net.inet.carp.preempt is 0"),
                holds(facts.carp.allow, f"{self.router}: net.inet.carp.allow is 0"),
                *(no(f"{self.router}: {name} is 0") for name in forwards),
            ]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        if facts is None:
            return ()
        commands: list[Command] = []
        if facts.carp is None:
            commands.append(load_carp())
        if facts.carp is None or not facts.carp.preempt:
            commands.append(set_carp_sysctl("preempt", 1))
        if facts.carp is not None and not facts.carp.allow:
            commands.append(set_carp_sysctl("allow", 1))
        commands += [set_sysctl(name, 1) for name in _forwarding(facts, self._wanted())]
        return order(facts, self.setting, *commands)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        facts, was = pair.seen(self.router), before.seen(self.router)
        if facts is None or was is None:
            return ()
        commands: list[Command] = []
        if facts.carp and was.carp:
            for name in ("preempt", "allow"):
                old = bool(getattr(was.carp, name))
                if bool(getattr(facts.carp, name)) is not old:
                    commands.append(set_carp_sysctl(name, int(old)))
        elif facts.carp and not facts.vhids:
            commands.append(unload_carp())
        commands += [set_sysctl(name, 0) for name in _raised(facts, was)]
        return order(facts, self.setting, *commands)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        facts, was = pair.seen(self.router), before.seen(self.router)
        if facts is None or was is None:
            return no(f"{self.router}: could not be observed")
        return all_of(
            [
                holds(
                    (facts.carp is None) is (was.carp is None),
                    f"{self.router}: carp(4) is {'still' if facts.carp else 'no longer'} loaded",
                ),
                holds(
                    facts.carp is None
                    or was.carp is None
                    or (facts.carp.preempt, facts.carp.allow) == (was.carp.preempt, was.carp.allow),
                    f"{self.router}: net.inet.carp is not as it was",
                ),
                *(no(f"{self.router}: {name} is still 1") for name in _raised(facts, was)),
            ]
        )

    def _wanted(self) -> tuple[str, ...]:
        design = self.setting.design
        if design is None or not design.forwarding:
            return ()
        has6 = any(":" in vip for vhid in design.vhids for vip in vhid.vips)
        return (FORWARDING, FORWARDING6) if has6 else (FORWARDING,)


def _flags(facts: RouterFacts) -> dict[str, bool | None]:
    site = facts.site
    if not isinstance(site, SiteFacts):
        return {}
    return {FORWARDING: site.forwarding, FORWARDING6: site.forwarding6}


def _forwarding(facts: RouterFacts, wanted: tuple[str, ...]) -> list[str]:
    return [name for name in wanted if _flags(facts).get(name) is not True]


def _raised(facts: RouterFacts, was: RouterFacts) -> list[str]:
    then = _flags(was)
    return [name for name, flag in _flags(facts).items() if flag and then.get(name) is False]
