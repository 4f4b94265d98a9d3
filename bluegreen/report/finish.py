"""The end of a run in words: who serves, what it cost, what is left, what to type next."""

from collections.abc import Mapping

from bluegreen.model.events import Outcome, RunFinished
from bluegreen.model.state import RunState
from bluegreen.report.words import clean, duration, gaps, named, outage

LOCKED_EXIT = 5
NOT_MEASURED = "not measured: the inventory names no `probes:`"
NEXT: Mapping[Outcome, str] = {
    "done": "nothing; `bluegreen show` tells what was done",
    "rolled_back": "`bluegreen show` tells what was done; mend the cause, then start again",
    "refused": "mend what is named, see `bluegreen check`, then start again",
    "needs_human": "`bluegreen show`, then `bluegreen resume` or `bluegreen rollback`",
    "interrupted": "`bluegreen resume` goes on, `bluegreen rollback` takes everything back",
}


def render_finish(finished: RunFinished, state: RunState, rehearsed: bool = False) -> str:
    """Return the verdict, one fact a line, without a line break at its end."""
    measured = tuple(line for o in finished.outages for line in (outage(o), *gaps(o, over=True)))
    advice = _rehearsed(finished, state) if rehearsed else next_move(finished, state)
    rows = [
        ("serves", (finished.serving or "nobody was observed",)),
        ("now", tuple(map(clean, finished.routers))),
        ("outage", () if finished.outcome == "refused" else measured or (NOT_MEASURED,)),
        ("kept", finished.kept),
        ("in doubt", _doubt(state)),
        ("next", (named(advice, finished.run),)),
        ("run", (_run(finished, state),)),
    ]
    told = [f"  {label:<9} {text}" for label, texts in rows for text in texts]
    return "\n".join([headline(finished, state), *told])


def headline(finished: RunFinished, state: RunState) -> str:
    """Say in one line how it ended, and why."""
    reason = clean(finished.reason)
    because = f": {reason}" if reason else ""
    match finished.outcome:
        case "done":
            return f"DONE: {_achieved(state)}"
        case "rolled_back":
            return f"ROLLED BACK{because}"
        case "refused":
            word = "LOCKED" if finished.exit_code == LOCKED_EXIT else "REFUSED"
            return f"{word}, nothing was changed{because}"
        case "needs_human":
            return f"NEEDS YOU{because}"
        case "interrupted":
            return f"STOPPED, resumable{because}"


def next_move(finished: RunFinished, state: RunState) -> str:
    """Return the command to type next, as the run says it, else as its outcome implies."""
    if finished.next_move:
        return clean(finished.next_move)
    held = any(step.startswith("hold@") for step in state.done)
    if finished.outcome == "done" and state.started and held:
        return f"`bluegreen restore --pair {','.join(state.started.routers)}` switches back"
    return NEXT[finished.outcome]


def _rehearsed(finished: RunFinished, state: RunState) -> str:
    """Nothing was journalled and no router was touched: say what would come next."""
    if finished.outcome != "done":
        return f"this was a rehearsal; of a real pair it would say: {next_move(finished, state)}"
    pair = ",".join(state.started.routers) if state.started else "A,B"
    command = "provision" if state.started and state.started.command == "provision" else "upgrade"
    return f"this was a rehearsal; `bluegreen {command} --pair {pair} --plan` shows the real plan"


def _achieved(state: RunState) -> str:
    started = state.started
    if not started:
        return "the run ended"
    routers = " and ".join(started.routers)
    if started.command != "upgrade":
        return f"{started.command} of {routers}"
    upgraded = [s.partition("@")[2] for s in state.done if s.startswith("install@")]
    if not upgraded:
        return f"{routers} are up to date; no role was moved"
    to = f" to {started.target}" if started.target else ""
    left = [name for name in started.routers if name not in upgraded]
    rest = f"; {' and '.join(left)} was up to date" if left else ""
    return f"{' and '.join(upgraded)} upgraded{to}{rest}"


def _doubt(state: RunState) -> tuple[str, ...]:
    if state.in_doubt is None:
        return ()
    where = f" of {state.current}" if state.current else ""
    return (f"command {state.in_doubt}{where} was never answered: `resume` looks first",)


def _run(finished: RunFinished, state: RunState) -> str:
    took = ""
    if state.started:
        took = f", {duration((finished.at - state.started.at).total_seconds())}"
    return f"{finished.run}{took}, exit {finished.exit_code}"
