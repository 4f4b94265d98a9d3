"""A plan as text: what will be sent to whom, what takes it back, who serves on the way."""

from dataclasses import dataclass

from bluegreen.report.words import duration, shown

LABEL = 15  # characters before what a label names


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One step as the plan shows it."""

    id: str  # name@router
    router: str
    goal: str
    commands: tuple[str, ...]  # as they would be sent now; () where it only looks
    undo: tuple[str, ...]
    guard: str | None  # what the router itself checks first
    serves: str  # who serves if one stops behind this step
    deadline_s: float  # 0: none
    skipped: str | None  # why it will not be done
    way: str = ""  # how roles are moved, and why so, where it is not the ordinary way


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A whole plan with what it was made for."""

    lines: tuple[PlanLine, ...]
    plan_hash: str
    pair: str
    blue: str
    green: str
    playbook: str
    notes: tuple[str, ...] = ()


def render_plan(page: PlanPage) -> str:
    """Return the plan with exact commands; nothing has been changed to make it."""
    head = [
        f"plan for {page.pair}, {page.playbook}",
        f"blue is {page.blue} (MASTER now), green is {page.green}",
        f"hash {page.plan_hash}",
        *(f"note: {note}" for note in page.notes),
    ]
    steps = [_step(number, line) for number, line in enumerate(page.lines, 1)]
    end = f"nothing was changed; `--expect {page.plan_hash}` runs this plan and no other"
    return "\n\n".join(["\n".join(head), *steps, end])


def _step(number: int, line: PlanLine) -> str:
    title = f"{number:>2}. {line.id}"
    if line.skipped is not None:
        return f"{title}\n    skipped: {line.skipped}"
    rows = [
        ("goal", (line.goal,)),
        ("way", (line.way,) if line.way else ()),
        ("only if", (line.guard,) if line.guard else ()),
        ("sends", _commands(line.commands) or ("nothing, it looks and waits",)),
        ("undo", _commands(line.undo) or ("nothing to take back",)),
        ("within", (duration(line.deadline_s) if line.deadline_s else "no limit",)),
        ("stop here", (line.serves,)),
    ]
    body = [_labelled(label, texts) for label, texts in rows if texts]
    return "\n".join([f"{title}  on {line.router}", *body])


def _commands(commands: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"$ {shown(command)}" for command in commands)


def _labelled(label: str, texts: tuple[str, ...]) -> str:
    """Return texts behind a label, further ones below the first."""
    below = f"\n{'':<{LABEL}}"
    return f"{f'    {label}:':<{LABEL}}{below.join(texts)}"
