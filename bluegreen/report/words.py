"""Words that every view shares: times, durations, commands and what routers said."""

import re
from datetime import datetime

from bluegreen.model.duration import spoken
from bluegreen.model.events import CommandSent, Event, VipGap, VipOutage
from bluegreen.model.outage import Outage

QUOTED_MAX = 60  # characters of a quoted word, where a line is all there is: scripts are quoted
WORD_MAX = 200  # characters of any other word: paths are read whole
GAPS_SHOWN = 3  # of a VIP, the longest
SAID_MAX = 300  # characters of an answer that fit into a line

_WORD = re.compile(r"""(?:'[^']*'|"[^"]*"|[^\s'"])+""")
_NAMED = re.compile(r"`bluegreen (resume|rollback|show)`")


def time_of_day(at: datetime) -> str:
    """Return hours, minutes and seconds, in the zone the world stamped."""
    return f"{at:%H:%M:%S}"


def moment(at: datetime) -> str:
    """Return date, time and zone."""
    return f"{at:%Y-%m-%d %H:%M:%S} {at.tzname() or ''}".strip()


duration = spoken


def clean(text: str) -> str:
    """Return text on one line, without what would steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def cut(text: str, most: int) -> str:
    """Return at most so many characters, with dots where some are left out."""
    return text if len(text) <= most else f"{text[: max(0, most - 3)]}..."


def last_line(text: str) -> str:
    """Return the last line of a log that says anything.

    Progress is printed behind a carriage return (fetch(1)), so that counts as a new line.
    """
    lines = (clean(line) for line in reversed(text.splitlines()))
    return next((line for line in lines if line), "")


def shown(command: str) -> str:
    """Return a command as it was sent, but for what it reads: one line of that at most."""
    words = _WORD.findall(command)
    if "<<<" not in words:
        return _visible(command)
    at = words.index("<<<")
    head = " ".join(words[:at])
    body = command.partition(" <<< ")[2] if len(words) != at + 2 else words[at + 1]
    lines = body.strip("'").strip("\n").count("\n") + 1
    text = f"({lines} lines)" if lines > 1 else body.replace("\n", "")
    return _visible(f"{head} <<< {text}")


def brief(command: str) -> str:
    """Return a command on one line, long words cut: a script would fill the screen."""
    return " ".join(_short(word) for word in _WORD.findall(shown(command)))


def _short(word: str) -> str:
    first, broken, _ = word.partition("\n")
    quote = word[0] if word[0] in "'\"" else ""
    if not broken and len(word) <= (QUOTED_MAX if quote else WORD_MAX):
        return word
    return f"{first[: QUOTED_MAX - 20]}...{quote}"


def _visible(command: str) -> str:
    """Keep line breaks, which a script has; show what would steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in command)


def public(event: Event) -> Event:
    """Return an event as it may be shown anywhere: no file's content in a command."""
    if not isinstance(event, CommandSent):
        return event
    return event.model_copy(update={"commands": tuple(map(shown, event.commands))})


def outage(seen: VipOutage | Outage) -> str:
    """Say what one VIP went through."""
    who = f"{seen.vip} via {seen.via}" if seen.via else seen.vip
    unseen = f"not known for {duration(seen.unseen_ms / 1000)}" if seen.unseen_ms else ""
    if not seen.sent:
        return f"{who}: {unseen or 'not probed yet'}"
    lost = "none lost" if not seen.lost else f"{seen.lost} lost"
    parts = [f"{seen.sent} sent", lost, f"longest gap {seen.longest_gap_ms:.0f} ms"]
    if seen.kind == "flow":
        times = {1: "once", 2: "twice"}.get(seen.broke or 0, f"{seen.broke} times")
        parts.append(f"flow broke {times}" if seen.broke else "flow unbroken")
    if isinstance(seen, VipOutage) and seen.answers is False:
        parts.append("DOES NOT ANSWER NOW")
    return f"{who}: {', '.join([*parts, *([unseen] if unseen else [])])}"


def costs(seen: VipOutage) -> bool:
    """Something was lost, broke, or is not known."""
    return bool(seen.lost or seen.broke or seen.unseen_ms)


def gaps(seen: VipOutage, *, over: bool = False) -> tuple[str, ...]:
    """Say of the longest silences when they were, and what they are put down to.

    Args:
        seen: What was seen of one VIP.
        over: Nobody counts any more: no silence is told as one that lasts.
    """
    if not (seen.lost or seen.broke):
        return ()  # late answers: the longest gap says it, and nobody is to blame
    longest = sorted(seen.gaps or (), key=lambda gap: -gap.ms)[:GAPS_SHOWN]
    told = tuple(_gap(gap, over) for gap in sorted(longest, key=lambda gap: gap.began))
    more = len(seen.gaps or ()) - len(longest)
    return (*told, f"  and {more} shorter gaps") if more else told


def _gap(gap: VipGap, over: bool) -> str:
    lasts = " so far" if gap.lasts and not over else ""
    during = f" during {gap.during}" if gap.during else " between steps"
    layer = f": {gap.layer}" if gap.layer else ""
    return f"  {gap.ms:.0f} ms{lasts} from {gap.began:%H:%M:%S.%f}"[:-3] + f"{during}{layer}"


def named(advice: str, run: str) -> str:
    """Return advice with the run written out: a command that can be typed as it stands."""
    return _NAMED.sub(lambda m: f"`bluegreen {m[1]} {run}`", advice)


def step_name(step: str | None) -> str:
    """Return a step's name without its router, which has a column of its own."""
    return (step or "run").partition("@")[0]
