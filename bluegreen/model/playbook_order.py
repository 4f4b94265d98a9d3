"""Whether the steps of a playbook come in an order that keeps traffic flowing.

The interlock judges by facts, right before a command is sent. These rules find
what could never pass it, or would leave something behind, before anything runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bluegreen.model.problems import Path
from bluegreen.model.step_forms import form_of

Finding = tuple[Path, str]

_DISRUPTIVE = frozenset({"install", "reboot", "finish"})
_BEFORE = {"install": ("persist", "environment"), "reboot": ("persist",), "finish": ("install",)}
_NEEDS_PROOF = _DISRUPTIVE | {"drain"}  # of the other router: never both at once
_GIVES_BACK = frozenset({"restore", "unpersist"})
_IN_LEG = frozenset({"persist", "environment", "install", "reboot", "finish", "standby"})


@dataclass(frozen=True, slots=True)
class Act:
    """One step for one role, and where its entry stands."""

    step: str
    role: str  # blue, green or pair
    path: Path
    leg: str | None = None  # whose leg it is part of

    def __str__(self) -> str:
        return self.step if self.role == "pair" else f"{self.step} on {self.role}"


def disorder(acts: tuple[Act, ...]) -> Iterator[Finding]:
    """Yield what stands in the wrong place, and why."""
    yield from _changed_unlocked(acts)
    yield from _after_unlock(acts)
    yield from _without_groundwork(acts)
    yield from _without_switch(acts)
    yield from _unproven(acts)
    yield from _left_behind(acts)
    yield from _in_wrong_leg(acts)


def other(role: str) -> str:
    return "green" if role == "blue" else "blue"


def _changed_unlocked(acts: tuple[Act, ...]) -> Iterator[Finding]:
    locked: set[str] = set()
    for act in acts:
        if act.step == "lock":
            locked.add(act.role)
        elif form_of(act.step).changes and len(locked) < 2:
            yield act.path, f"`{act}` before both are locked; first comes {{step: lock, on: both}}"
            return


def _after_unlock(acts: tuple[Act, ...]) -> Iterator[Finding]:
    unlocked = False
    for act in acts:
        if unlocked and act.step != "unlock":
            yield act.path, f"`{act}` after unlock, which comes last"
            return
        unlocked = unlocked or act.step == "unlock"


def _without_groundwork(acts: tuple[Act, ...]) -> Iterator[Finding]:
    for index, act in enumerate(acts):
        past = {before.step for before in acts[:index] if before.role == act.role}
        missing = [step for step in _BEFORE.get(act.step, ()) if step not in past]
        if missing:
            words = " and ".join(f"`{step}`" for step in missing)
            yield act.path, f"`{act}` comes only after {words} on {act.role}"


def _without_switch(acts: tuple[Act, ...]) -> Iterator[Finding]:
    """Follow who carries the traffic: drain, then converge on the other one."""
    serving = "blue"
    drained: Act | None = None
    for act in acts:
        if act.step == "drain" and act.role == serving:
            drained = act
        elif act.step == "converge" and drained and act.role == other(drained.role):
            serving, drained = act.role, None
        elif drained and act.step in (*_DISRUPTIVE, "drain"):
            yield _unconverged(drained, f"before `{act}`")
            drained = None
            serving = other(serving)  # as was meant: one mistake, one line
        elif act.step in _DISRUPTIVE and act.role == serving:
            advice = f"drain on {act.role} and converge on {other(act.role)} come first"
            yield act.path, f"`{act}` while {act.role} carries the traffic; {advice}"
    if drained:
        yield _unconverged(drained, "behind it")


def _unconverged(drained: Act, where: str) -> Finding:
    return drained.path, f"`{drained}` needs `converge on {other(drained.role)}` {where}"


def _unproven(acts: tuple[Act, ...]) -> Iterator[Finding]:
    """A router that was touched is proven before anything rests on it."""
    touched: dict[str, Act] = {}
    for act in acts:
        if act.step == "prove":
            touched.pop(act.role, None)
        needed = () if act.step not in _NEEDS_PROOF else (other(act.role),)
        for role in ("blue", "green") if act.step in _GIVES_BACK else needed:
            if role in touched:
                yield act.path, f"`{act}` before `prove on {role}`, which was touched"
                return
        if act.step in _DISRUPTIVE:
            touched[act.role] = act
    for role, act in touched.items():
        yield act.path, f"`{act}` needs `prove on {role}` behind it"


def _left_behind(acts: tuple[Act, ...]) -> Iterator[Finding]:
    for index, act in enumerate(acts):
        later = {(after.step, after.role) for after in acts[index:]}
        match act.step:
            case "lock" if ("unlock", act.role) not in later:
                yield (
                    act.path,
                    f"`{act}` is never given back; last comes {{step: unlock, on: both}}",
                )
            case "persist" if ("unpersist", act.role) not in later:
                yield act.path, f"`{act}` is never taken back; `unpersist` comes near the end"
            case "cost-out" if ("cost-in", act.role) not in later:
                yield act.path, f"`{act}` is never taken back; `cost-in` comes after `prove`"
            case "drain" if not {("restore", "pair"), ("hold", act.role)} & later:
                yield act.path, f"`{act}` is never taken back; `restore` or `hold` comes later"


def _in_wrong_leg(acts: tuple[Act, ...]) -> Iterator[Finding]:
    for act in acts:
        if act.leg is not None and act.step in _IN_LEG and act.role != act.leg:
            yield act.path, f"`{act}` in the leg of {act.leg}, which may be skipped"
