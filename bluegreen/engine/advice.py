"""What the operator reads at the end: how each router is, and what to type next."""

from bluegreen.engine.plan import PlannedStep
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown

FIX = "Nothing was changed. Mend what is named, see `bluegreen check`, start again."
UNLOCK = "Wait for that run, or finish it: `bluegreen resume RUN` or `bluegreen rollback RUN`."
MEND = "Mend what is named, then `bluegreen resume`; or `bluegreen rollback`."


def by_hand(planned: PlannedStep, pair: PairFacts | None) -> str:
    """Say what somebody at a console must do before the run can go on."""
    unseen = [u.name for u in pair.unseen()] if pair else []
    demoted = [
        f"{r.name} is demoted by {r.carp.demotion}: a router whose unicast peer was dead counts "
        "send errors, and as BACKUP it sends nothing that could clear them. There: `sysctl "
        f"net.inet.carp.demotion=-{r.carp.demotion}`, wait 10 s until it is MASTER again, read "
        "the value, and write what brings it to 0."
        for r in pair or ()
        if isinstance(r, RouterFacts) and r.carp and r.carp.demotion > 0
    ]
    where = " and ".join(unseen) or planned.step.router
    first = f"See to {where} (console, power)." if unseen or not demoted else ""
    parts = [first, *demoted, "Nothing else is touched until then; `bluegreen rollback` goes on."]
    return " ".join(part for part in parts if part)


def describe(router: object) -> str:
    """Say in one line how a router is now."""
    if not isinstance(router, RouterFacts):
        return f"{getattr(router, 'name', '?')}: not observed: {getattr(router, 'reason', '?')}"
    states = ", ".join(f"vhid {v} {v.carp.state} advskew {v.carp.advskew}" for v in router.vhids)
    environment = router.environment_now()
    booted = f", environment {environment}" if environment else ""
    return (
        f"{router.name}: {states or 'no vhid'}; kernel {router.versions.running}, userland "
        f"{router.versions.userland}{booted}; {'locked' if router.lock else 'not locked'}"
    )


def kept(pair: PairFacts, run: str) -> tuple[str, ...]:
    """Return what lies on the routers on purpose after the run."""
    found = []
    for router in pair:
        if not isinstance(router, RouterFacts):
            continue
        if not isinstance(router.environments, Unknown):
            found += [
                f"{router.name}: boot environment {e.name}"
                for e in router.environments
                if e.name.startswith(f"bluegreen-{run}")
            ]
        if router.hold:
            found.append(f"{router.name}: hold of run {router.hold.run}")
    return tuple(found)
