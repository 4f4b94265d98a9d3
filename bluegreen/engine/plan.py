"""A playbook made concrete for two routers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bluegreen.model.playbook import Entry, Playbook
from bluegreen.policy.setting import Setting
from bluegreen.world import Step

Build = Callable[[Entry, str, Setting], Step]


FOLLOWING = ("converge", "follow", "restore", "release", "postflight")
MOVED_BACK = ("drain", "release", "baseline")  # what takes roles back, the floating address too
UNDO_S = 1800.0  # a router that has not come back by then needs somebody at its console


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step where it stands in a plan."""

    id: str  # name@router
    step: Step
    deadline_s: float
    undo_deadline_s: float
    leg: str | None = None  # the router whose leg it belongs to
    closing: bool = False
    pauses: str | None = None  # stop after it until somebody resumes


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, in order."""

    playbook: str
    steps: tuple[PlannedStep, ...]

    def find(self, step_id: str) -> PlannedStep:
        return next(planned for planned in self.steps if planned.id == step_id)

    def index(self, step_id: str) -> int:
        return [planned.id for planned in self.steps].index(step_id)

    def checkpoint(self, done: Iterable[str]) -> int:
        """Return from where on a failure is undone; 0: everything.

        A router that was upgraded and has carried the traffic since is trusted and
        stays; the point moves there once every upgraded router is.
        """
        finished, point = set(done), 0
        proven: set[str] = set()
        trusted: set[str] = set()
        for index, planned in enumerate(self.steps):
            if planned.id not in finished:
                continue
            router = planned.step.router
            if planned.step.name == "prove":
                proven.add(router)
            if planned.step.name == "converge" and router in proven:
                trusted.add(router)
                point = index + 1 if trusted == proven else point
        return point


def compile_plan(playbook: Playbook, setting: Setting, build: Build) -> Plan:
    """Return the plan: roles resolved to routers, `both` to two steps."""
    names = {"blue": setting.blue, "green": setting.green, "pair": "pair"}

    def planned(entry: Entry, leg: str | None, closing: bool) -> Iterable[PlannedStep]:
        for role in entry.roles:
            step = build(entry, names[role], setting)
            deadline_s = step.deadline_s if entry.deadline_s is None else entry.deadline_s
            undo_s = entry.undo_deadline_s or max(60.0, min(step.deadline_s, UNDO_S))
            provider_s = setting.provider_s  # on top: it is nothing that the routers can hurry
            yield PlannedStep(
                id=f"{entry.name}@{names[role]}",
                step=step,
                deadline_s=deadline_s + (provider_s if step.name in FOLLOWING else 0.0),
                undo_deadline_s=undo_s + (provider_s if step.name in MOVED_BACK else 0.0),
                leg=leg,
                closing=closing,
                pauses=(entry.message or "paused") if entry.step == "pause" else None,
            )

    sections = [
        *((entry, None, False) for entry in (*playbook.opening, *playbook.middle)),
        *((entry, names[leg.router], False) for leg in playbook.legs for entry in leg.steps),
        *((entry, None, True) for entry in playbook.closing),
    ]
    return Plan(playbook.name, tuple(p for section in sections for p in planned(*section)))
