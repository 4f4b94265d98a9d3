"""Write the drained skew where a boot reads it, and put the configuration back at the end."""

from dataclasses import dataclass

from bluegreen.freebsd.commands import edit_config, forget_originals, restore_config
from bluegreen.freebsd.rcconf import RcVhid, apply_edit, parse_rc, persist_edits, rc_name
from bluegreen.model.facts import LocatedVhid, PairFacts, RouterFacts, Unknown
from bluegreen.model.system import RcFile
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.policy.boot import home_or_unseen, revert_orders, strayed
from bluegreen.policy.drained import is_drained, marking, unmarking
from bluegreen.policy.orders import order
from bluegreen.policy.setting import Setting
from bluegreen.policy.shield import shield_orders, shielded, unshield_orders, unshielded, why
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
    if not facts or isinstance(facts.rc, Unknown):
        return ()
    mark = marking(facts, setting)
    if _written(pair, router):
        return order(facts, setting, *mark)
    edits = persist_edits(facts.rc, _wanted(facts))
    words = edit_config(setting.paths_of(router), edits, facts.kept)
    return order(facts, setting, *mark, *words)


def _edited(facts: RouterFacts, setting: Setting) -> tuple[str, ...]:
    """Return the files that we edited: their originals are kept until they are put back."""
    if isinstance(facts.rc, Unknown):
        return ()
    paths = setting.paths_of(facts.name)
    return tuple(f.path for f in facts.rc if paths.original(f.path) in facts.kept)


def _only_ours(path: str, facts: RouterFacts, was: RouterFacts) -> bool:
    """Nobody but us has changed a file: it reads as the old one does with our edits in it."""
    if isinstance(facts.rc, Unknown) or isinstance(was.rc, Unknown):
        return False
    now = {f.path: f.lines for f in facts.rc}
    then = {f.path: f.lines for f in was.rc}
    edits = {edit.path: edit.expressions for edit in persist_edits(was.rc, _wanted(was))}
    edited = apply_edit("\n".join(then.get(path, ())), edits.get(path, ()))
    return now.get(path) in (tuple(edited.split("\n")), then.get(path))


def _skews(rc: tuple[RcFile, ...]) -> dict[tuple[str, int], int]:
    return {_key(row): row.advskew for row in parse_rc(rc)}


def _put_back(
    pair: PairFacts, before: PairFacts, router: str, setting: Setting
) -> tuple[Order, ...]:
    """Put originals back; only our words where somebody else edited the file meanwhile, or where
    the original is gone: a boot environment that was left behind has our words and no original."""
    facts, was = pair.seen(router), before.seen(router)
    if not facts or not was or isinstance(facts.rc, Unknown) or isinstance(was.rc, Unknown):
        return ()
    paths, files = setting.paths_of(router), _edited(facts, setting)
    ours = [path for path in files if _only_ours(path, facts, was)]
    if ours:
        return order(facts, setting, *restore_config(paths, ours))
    rows = parse_rc(facts.rc)
    mixed = {_key(r) for r in rows if r.path in files or r.advskew == PERSISTENT}
    then = {key: skew for key, skew in _skews(was.rc).items() if key in mixed}
    edits = persist_edits(facts.rc, then)
    kept = [paths.original(edit.path) for edit in edits]  # what is there is none
    words = edit_config(paths, edits, kept) if edits else ()
    return order(facts, setting, *words, *forget_originals(paths, files))


def _key(row: RcVhid) -> tuple[str, int]:
    return row.interface, row.vhid


def _as_before(pair: PairFacts, before: PairFacts, router: str, setting: Setting) -> Verdict:
    """Nothing of ours is in the files any more, and a boot would give each vhid its old skew."""
    facts, was = pair.seen(router), before.seen(router)
    if not facts or not was:
        return no(f"{router}: could not be observed")
    if isinstance(facts.rc, Unknown) or isinstance(was.rc, Unknown):
        return no(f"{router}: rc.conf cannot be read{_why(facts)}")
    now = _skews(facts.rc)
    return all_of(
        [
            *(no(f"{router}: {path} is not as it was") for path in _edited(facts, setting)),
            *(
                holds(
                    now.get(key, skew) == skew,
                    f"{router}: vhid {key[1]} of {key[0]} would boot with advskew {now.get(key)}",
                )
                for key, skew in _skews(was.rc).items()
            ),
        ]
    )


def _why(facts: RouterFacts) -> str:
    return f": {facts.rc.unknown}" if isinstance(facts.rc, Unknown) else ""


@dataclass(frozen=True, slots=True)
class Persist(Quiet):
    """A router that boots with its old skew would preempt before it is proven."""

    setting: Setting
    router: str
    deadline_s: float = 180.0
    name = "persist"

    @property
    def goal(self) -> str:
        return f"{self.router} would boot with advskew {PERSISTENT} on every vhid"

    def ready(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        if not facts:
            return no(f"{self.router}: could not be observed")
        readable = not isinstance(facts.rc, Unknown)
        return holds(readable, f"{self.router}: rc.conf cannot be read{_why(facts)}")

    def done(self, pair: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        unmarked = facts is not None and bool(marking(facts, self.setting))
        marked = holds(not unmarked, f"{self.router}: nothing tells devd's handler to wait")
        return all_of([_written(pair, self.router), marked, self._peer_shielded(pair)])

    def _peer_shielded(self, pair: PairFacts) -> Verdict:
        if pair.before is None:
            return YES
        return shielded(pair, pair.before, pair.peer_name(self.router))

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        written = _write(pair, self.router, self.setting)
        if written or pair.before is None:
            return written
        return shield_orders(pair, pair.before, pair.peer_name(self.router), self.setting)

    def note(self, pair: PairFacts) -> str:
        return why(pair, pair.before, pair.peer_name(self.router)) if pair.before else ""

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        """A router that booted elsewhere by itself goes home first: its files are other ones."""
        facts = pair.seen(self.router)
        if not home_or_unseen(pair.with_before(before), self.router):
            return revert_orders(pair, before, self.router, self.setting)
        back = _put_back(pair, before, self.router, self.setting)
        if not back and facts:
            back = order(facts, self.setting, *unmarking(facts, self.setting))
        return back or unshield_orders(pair, before, pair.peer_name(self.router), self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        facts = pair.seen(self.router)
        drained = facts is not None and is_drained(facts, self.setting)
        return all_of(
            [
                home_or_unseen(pair.with_before(before), self.router),
                _as_before(pair, before, self.router, self.setting),
                holds(not drained, f"{self.router}: devd's handler is still told to wait"),
                unshielded(pair, before, pair.peer_name(self.router)),
            ]
        )


@dataclass(frozen=True, slots=True)
class Unpersist(Quiet):
    """The configuration is as it was, to the byte."""

    setting: Setting
    router: str
    deadline_s: float = 180.0
    name = "unpersist"

    @property
    def goal(self) -> str:
        return f"{self.router}: rc.conf is as it was, to the byte"

    def ready(self, pair: PairFacts) -> Verdict:
        return holds(pair.seen(self.router) is not None, f"{self.router}: could not be observed")

    def done(self, pair: PairFacts) -> Verdict:
        if not pair.before:
            return no("no baseline was recorded")
        return _as_before(pair, pair.before, self.router, self.setting)

    def failure(self, pair: PairFacts) -> str | None:
        return strayed(pair, self.router)

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        if not pair.before:
            return ()
        return _put_back(pair, pair.before, self.router, self.setting)

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        return _write(pair, self.router, self.setting)

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        return _written(pair, self.router)
