"""Write what a boot reads, so that a router would come up as the inventory says."""

from dataclasses import dataclass

from bluegreen.freebsd.siteedit import forget, kept_dir, kept_name, take_back, write_files
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.site import SiteFacts
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.orders import order
from bluegreen.policy.services import daemons_back
from bluegreen.policy.setting import Setting
from bluegreen.policy.wishes import OURS, draft
from bluegreen.world import Order, Quiet


@dataclass(frozen=True, slots=True)
class Files(Quiet):
    """Lines that are right stay; what is wrong or missing is written; originals are kept."""

    setting: Setting
    router: str
    deadline_s: float = 60.0
    name = "files"

    @property
    def goal(self) -> str:
        return f"{self.router} would boot as the inventory says"

    def ready(self, pair: PairFacts) -> Verdict:
        return all_of(no(why) for why in draft(pair, self.router, self.setting).obstacles)

    def done(self, pair: PairFacts) -> Verdict:
        made = draft(pair, self.router, self.setting)
        return all_of(
            [
                *(no(why) for why in made.obstacles),
                *(no(f"{self.router}: {edit.path} is not as wanted") for edit in made.edits()),
            ]
        )

    def commands(self, pair: PairFacts) -> tuple[Order, ...]:
        facts = pair.seen(self.router)
        edits = draft(pair, self.router, self.setting).edits()
        if facts is None or not edits:
            return ()
        paths = self.setting.paths_of(self.router)
        return order(facts, self.setting, *write_files(paths, self.setting.run, edits, facts.kept))

    def undo(self, pair: PairFacts, before: PairFacts) -> tuple[Order, ...]:
        facts, was = pair.seen(self.router), before.seen(self.router)
        if facts is None or was is None:
            return ()
        paths, run = self.setting.paths_of(self.router), self.setting.run
        changed, there = self._changed(pair, before), _digests(was)
        restored = [p for p in changed if p in there and kept_name(paths, run, p) in facts.kept]
        removed = [p for p in changed if p not in there]
        folder = f"{kept_dir(paths, run)}/"
        drop = (forget(paths, run),) if any(k.startswith(folder) for k in facts.kept) else ()
        lost = [p for p in changed if p in there and p not in restored]
        return order(
            facts,
            self.setting,
            *take_back(paths, run, restored, removed),
            *daemons_back(pair, before, self.router, changed, self.setting),
            *(() if lost else drop),
        )

    def undone(self, pair: PairFacts, before: PairFacts) -> Verdict:
        facts, was = pair.seen(self.router), before.seen(self.router)
        if facts is None or was is None:
            return no(f"{self.router}: could not be observed")
        paths, run = self.setting.paths_of(self.router), self.setting.run
        folder = f"{kept_dir(paths, run)}/"
        return all_of(
            [
                *(
                    no(f"{self.router}: {path} is not as it was")
                    for path in self._changed(pair, before)
                ),
                holds(
                    not any(k.startswith(folder) for k in facts.kept),
                    f"{self.router}: {folder} is still there",
                ),
            ]
        )

    def _changed(self, pair: PairFacts, before: PairFacts) -> tuple[str, ...]:
        """Return the files that are not what they were, and whose originals say it was this run.

        No password is needed for it: a run can be taken back where they are not known.
        """
        facts, was = pair.seen(self.router), before.seen(self.router)
        if facts is None or was is None:
            return ()
        now, then = _digests(facts), _digests(was)
        paths, run = self.setting.paths_of(self.router), self.setting.run
        kept = [path for path in then if kept_name(paths, run, path) in facts.kept]
        made = [path for path in sorted(OURS) if path in now and path not in then]
        return tuple(path for path in (*kept, *made) if now.get(path) != then.get(path))


def _digests(facts: RouterFacts) -> dict[str, str | None]:
    rc = () if isinstance(facts.rc, Unknown) else facts.rc
    site = facts.site.files if isinstance(facts.site, SiteFacts) else ()
    return {file.path: file.digest for file in (*rc, *site)}
