"""What can go wrong in a simulated world: names, one sentence each, and when they strike."""

from collections.abc import Mapping
from dataclasses import dataclass

from bluegreen.errors import UsageError
from bluegreen.model.problems import hint
from bluegreen.sim.record import Broken


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault that has a name."""

    doc: str  # one sentence
    step: str | None  # where it strikes by default; None: from the start
    excuses: frozenset[Broken] = frozenset()  # what no run can prevent once it has struck


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a run; it strikes once, when its step starts."""

    name: str
    step: str | None  # None: from the start
    router: str | None = None  # of the step; None: the first step of that name
    nth: int | None = None  # controller-killed: at which touch within the step; None: see FAULTS

    @property
    def kind(self) -> Kind:
        return FAULTS[self.name]

    def __str__(self) -> str:
        return "@".join(part for part in (self.name, self.step, self.router) if part)

    def strikes_at(self, step_id: str) -> bool:
        """Whether a step's id, ``name@router``, is the one it waits for."""
        name, _, router = step_id.partition("@")
        return self.step == name and self.router in (None, router)


_SERVED = frozenset({Broken.UNSERVED, Broken.BOTH_DOWN})

FAULTS: Mapping[str, Kind] = {
    "connection-lost-before": Kind(
        "The connection drops before a change reaches the router, and is back after 8 s.", "drain"
    ),
    "connection-lost-after": Kind(
        "The connection drops after a change was made, and is back after 8 s.", "install"
    ),
    "answer-lost": Kind("A change is made, and only its answer is lost.", "drain"),
    "reboot-hangs": Kind("The router goes down and never comes back by itself.", "reboot"),
    "wrong-environment": Kind(
        "The router boots into another boot environment than the active one.", "reboot"
    ),
    "install-fails": Kind("freebsd-update install ends with an error.", "install"),
    "disk-full": Kind("Nothing more can be written on the router's disk.", "environment"),
    "peer-never-takes-over": Kind("The router that should take over stays BACKUP.", "drain"),
    "ospf-stuck": Kind("OSPF of the router that takes over does not get beyond ExStart.", "drain"),
    "gre-down": Kind("The tunnels of the router that takes over are down.", "drain"),
    "second-master": Kind(
        "The routers no longer hear each other: both are MASTER.",
        "drain",
        frozenset({Broken.TWO_MASTERS}),
    ),
    "peer-dies": Kind(
        "The other router loses its power between the last check and a change.", "drain", _SERVED
    ),
    "deaf-after-boot": Kind(
        "The router hears no advertisement any more: after its boot it is MASTER beside its peer.",
        "reboot",
        frozenset({Broken.TWO_MASTERS}),
    ),
    "cable-pulled": Kind(
        "The other router, which serves, loses the first link that has a vhid.",
        "install",
        frozenset({Broken.UNSERVED}),
    ),
    "clock-skew": Kind("The router's time of day is an hour ahead.", None),
    "controller-killed": Kind(
        "The program is killed after a change was made and before its answer came.", "drain"
    ),
}


def parse_fault(text: str) -> Fault:
    """Return the fault that ``NAME[@STEP]`` names; STEP is ``name`` or ``name@router``.

    Raises:
        UsageError: with the nearest name.
    """
    name, at, where = text.strip().partition("@")
    if name not in FAULTS:
        raise UsageError(f"`{name}` is no fault; {hint(name, FAULTS)}", "fault")
    step, behind, router = where.partition("@")
    if (at and not step) or (behind and not router):
        raise UsageError(f"`{text}`: a step is written as name or name@router", "fault")
    return Fault(name, step or FAULTS[name].step, router or None)
