"""May the lock of a run that seems dead be taken from it? Only where nothing is half-done."""

from bluegreen.carp.predict import DRAIN_MIN
from bluegreen.model.duration import spoken
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.holding import STALE_S, foreign, held_by, is_stale, silent_s
from bluegreen.model.roles import seen
from bluegreen.model.system import NAMELESS
from bluegreen.model.verdict import Verdict, all_of, holds, no
from bluegreen.policy.setting import Setting


def breakable(pair: PairFacts, setting: Setting, resumes: bool) -> Verdict:
    """Return whether the lock of ``setting.breaks`` may be taken from it.

    Args:
        pair: What was seen right now.
        setting: Of the run that would take it.
        resumes: That run was begun before, and what lies on the routers may be its own.
    """
    run = setting.breaks
    both = pair.both()
    if run is None or not both:
        return seen(pair)
    held = [router for router in both if router.lock and router.lock.run == run]
    third = foreign(pair, setting.lock, run)
    traces = [_traces(r, run) if resumes else _half_done(r, run, setting) for r in both]
    return all_of(
        [
            holds(bool(held), f"run {run} holds neither router"),
            *([no(held_by(pair, third))] if third else []),
            *([_silent(pair, run)] if held else []),
            *traces,
        ]
    )


def _silent(pair: PairFacts, run: str) -> Verdict:
    silence_s = silent_s(pair, run)
    said = "no sign that can be read" if silence_s is None else f"{spoken(silence_s)} ago"
    return holds(
        is_stale(pair, run),
        f"run {run} lives, as far as can be told (last sign of life: {said}): its lock is not "
        f"taken before it has been silent for {spoken(STALE_S)}",
    )


def _traces(router: RouterFacts, run: str) -> Verdict:
    """Return what a run has left on a router that bears its name."""
    marks = [
        *(f"job {job.name}" for job in router.jobs if job.run == run),
        *(["a boot that it began"] if (router.boot.note or "").split()[:1] == [run] else []),
        *(["the mark of a boot"] if router.boot.marker == run else []),
        *(["a hold"] if router.hold and router.hold.run == run else []),
        *(f"boot environment {name}" for name in _environments(router, run)),
    ]
    return _none_of(router, run, marks)


def _half_done(router: RouterFacts, run: str, setting: Setting) -> Verdict:
    """Return what any run may have left there: a new one would take it for the beginning."""
    originals = setting.paths_of(router.name).originals
    marks = [
        *("the original of a file" for path in router.kept if path.startswith(f"{originals}/")),
        *(f"job {job.name}" for job in router.jobs if job.run != run),
        *(
            f"advskew {v.carp.advskew} of vhid {v}, a drained one"
            for v in router.vhids
            if v.carp.advskew >= DRAIN_MIN
        ),
    ]
    return all_of([_traces(router, run), _none_of(router, run, marks)])


def _environments(router: RouterFacts, run: str) -> tuple[str, ...]:
    if isinstance(router.environments, Unknown) or run == NAMELESS:
        return ()
    ours = (f"bluegreen-{run}", f"bluegreen-{run}-undone")
    return tuple(e.name for e in router.environments if e.name in ours)


def _none_of(router: RouterFacts, run: str, marks: list[str]) -> Verdict:
    return all_of(
        no(f"{router.name}: {mark} is left, maybe of run {run}: it was in the middle of something")
        for mark in dict.fromkeys(marks)
    )
