"""Write the drained skew where a boot reads it, and put the configuration back at the end."""

from dataclasses import dataclass

from bluegreen.freebsd.commands import edit_config, restore_config
from bluegreen.freebsd.rcconf import RcVhid, parse_rc, persist_edits, rc_name
from bluegreen.model.facts import LocatedVhid, PairFacts, RouterFacts, Unknown
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.boot import order
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import PERSISTENT
from bluegreen.world import Order, Quiet


def _wanted(facts: RouterFacts) -> dict[tuple[str, int], int]:
    return {(v.interface, v.carp.vhid): PERSISTENT for v in facts.vhids}


def _written(pair: PairFacts, router: str) -> Verdict:
    facts = pair.seen(router)
    if not facts:
        return no(f"{router}: could not be observed")
    if isinstance(facts.rc, Unknown):
        return no(f"{router}: rc.conf cannot be read: {facts.rc.unknown}")
    rows = parse_rc(facts.rc)  # one for each address of a vhid
    return all_of(
        holds(
            _boots_with(rows, v) == {PERSISTENT},
            f"{router}: vhid {v} would boot with its old skew",
        )
        for v in facts.vhids
    )


def _boots_with(rows: tuple[RcVhid, ...], v: LocatedVhid) -> set[int]:
    """Return every skew that some line would give a vhid."""
    name = rc_name(v.interface)
    return {rc.advskew for rc in rows if (rc.interface, rc.vhid) == (name, v.carp.vhid)}


def _write(pair: PairFacts, router: str, setting: Setting) -> tuple[Order, ...]:
    facts = pair.seen(router)
    if not facts or isinstance(facts.rc, Unknown) or _written(pair, router):
        return ()
    edits = persist_edits(facts.rc, _wanted(facts))
    return order(facts, setting, *edit_config(setting.paths_of(router), edits, facts.kept))


def _changed(facts: RouterFacts, was: RouterFacts) -> tuple[str, ...]:
    """Return the files that differ from what they were."""
    if isinstance(facts.rc, Unknown) or isinstance(was.rc, Unknown):
        return ()
    then = {f.path: f.digest for f in was.rc}
    return tuple(f.path for f in facts.rc if then.get(f.path, f.digest) != f.digest)


def _put_back(
    pair: PairFacts, before: PairFacts, router: str, setting: Setting
) -> tuple[Order, ...]:
    facts, was = pair.seen(router), before.seen(router)
    if not facts or not was:
        return ()
    paths = setting.paths_of(router)
    files = [path for path in _changed(facts, was) if paths.original(path) in facts.kept]
    return order(facts, setting, *restore_config(paths, files))


def _as_before(pair: PairFacts, before: PairFacts, router: str) -> Verdict:
    facts, was = pair.seen(router), before.seen(router)
    if not facts or not was:
        return no(f"{router}: could not be observed")
    if isinstance(facts.rc, Unknown):
        return no(f"{router}: rc.conf cannot be read: {facts.rc.unknown}")
    return all_of(no(f"{router}: {path} is not as it was") for path in _changed(facts, was))


@dataclass(frozen=True, slots=True)
class Persist(Quiet):
    """A router that boots with its old skew would preempt before it is proven."""

    setting: Setting
    router: str
    deadline_s: float = 60.0
    name = "persist"

    @property
    def goal(self) -> str:
        return f"{self.router} would boot with advskew {PERSISTENT} on every vhid"

    def ready(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        if not facts:
            return no(f"{self.router}: could not be observed")
        return holds(not isinstance(facts.rc, Unknown), f"{self.router}: rc.conf cannot be read")

    def done(self, pair: PairFacts) -> Verdict:
        return _written(pair, self.router)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        return _write(pair, self.router, self.setting)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        return _put_back(pair, before, self.router, self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return _as_before(pair, before, self.router)


@dataclass(frozen=True, slots=True)
class Unpersist(Quiet):
    """The configuration is as it was, to the byte."""

    setting: Setting
    router: str
    deadline_s: float = 60.0
    name = "unpersist"

    @property
    def goal(self) -> str:
        return f"{self.router}: rc.conf is as it was, to the byte"

    def ready(self, pair: PairFacts) -> Verdict:
        return holds(pair.seen(self.router) is not None, f"{self.router}: could not be observed")

    def done(self, pair: PairFacts) -> Verdict:
        if not pair.before:
            return no("no baseline was recorded")
        return _as_before(pair, pair.before, self.router)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        if not pair.before:
            return ()
        return _put_back(pair, pair.before, self.router, self.setting)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        return _write(pair, self.router, self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return _written(pair, self.router)
