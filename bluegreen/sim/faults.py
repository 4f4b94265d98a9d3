"""What can go wrong in a simulated world: names, one sentence each, and when they strike."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bluegreen.emulator.ovh_mishaps import TROUBLES
from bluegreen.errors import UsageError
from bluegreen.model.problems import hint

START = "start"  # stands for a step before the first one
UNDO = "undo-"  # before the name of a step that is taken back
KILLED = "controller-killed"


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault that has a name."""

    doc: str  # one sentence
    step: str | None  # where it strikes by default; None: from the start
    lies_in_wait: bool = False  # until something is changed on the router
    passes: bool = False  # by itself, and leaves nothing to be mended


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a run; it strikes once."""

    name: str
    step: str | None  # None: from the start
    router: str | None = None  # of the step; None: the first step of that name
    nth: int | None = None  # how many moments behind the start of the step; None: right then
    target: str | None = None  # router, or router/interface; None: whom its sentence names

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    def __str__(self) -> str:
        what = f"{self.name}:{self.target}" if self.target else self.name
        where = "@".join(part for part in (what, self.step, self.router) if part)
        return where if self.nth is None else f"{where}#{self.nth}"

    def strikes_at(self, step_id: str) -> bool:
        """Whether a step's id, ``name@router``, is the one it waits for."""
        name, _, router = step_id.partition("@")
        return self.step == name and self.router in (None, router)


FAULTS: Mapping[str, Kind] = {
    "connection-lost-before": Kind(
        "The connection drops before a change reaches the router, and is back after 8 s.",
        "drain",
        lies_in_wait=True,
        passes=True,
    ),
    "connection-lost-after": Kind(
        "The connection drops after a change was made, and is back after 8 s.",
        "install",
        lies_in_wait=True,
        passes=True,
    ),
    "cut-short": Kind(
        "The connection drops when half of a change was made, and is back after 8 s.",
        "persist",
        lies_in_wait=True,
        passes=True,
    ),
    "answer-lost": Kind(
        "A change is made, and only its answer is lost.", "drain", lies_in_wait=True, passes=True
    ),
    "reboot-hangs": Kind("The router goes down and never comes back by itself.", "reboot"),
    "wrong-environment": Kind(
        "The router boots into another boot environment than the active one.", "reboot"
    ),
    "install-fails": Kind("freebsd-update install ends with an error.", "install"),
    "disk-full": Kind("Nothing more can be written on the router's disk.", "environment"),
    "peer-never-takes-over": Kind("The router that should take over stays BACKUP.", "drain"),
    "ospf-stuck": Kind("OSPF of the router that takes over does not get beyond ExStart.", "drain"),
    "gre-down": Kind("The tunnels of the router that takes over are down.", "drain"),
    "second-master": Kind("The routers no longer hear each other: both are MASTER.", "drain"),
    "peer-dies": Kind(
        "The other router loses its power between the last check and a change.",
        "drain",
        lies_in_wait=True,
    ),
    "router-dies": Kind("The router loses its power.", "install"),
    "router-reboots": Kind("The router boots without being told to, as after a panic.", "install"),
    "router-hangs": Kind("Nobody can log in to the router any more; its kernel goes on.", "drain"),
    "link-lost": Kind(
        "The router loses the link of an interface with a vhid, the first one if none is named.",
        "install",
    ),
    "deaf-after-boot": Kind(
        "The router hears no advertisement any more: after its boot it is MASTER beside its peer.",
        "reboot",
    ),
    "cable-pulled": Kind(
        "The other router, which serves, loses the first link that has a vhid.", "install"
    ),
    "clock-skew": Kind("The router's time of day is an hour ahead.", None),
    KILLED: Kind(
        "The program is killed after a change was made and before its answer came.",
        "drain",
        passes=True,
    ),
}


def check_target(fault: Fault, interfaces: Mapping[str, Collection[str]]) -> None:
    """Refuse a fault that would strike nothing.

    Args:
        fault: With or without a target.
        interfaces: Router: its interfaces that have a vhid.

    Raises:
        UsageError: with the nearest name.
    """
    router, slash, interface = (fault.target or "").partition("/")
    if fault.target and router not in interfaces:
        raise UsageError(f"{fault}: no router `{router}`; {hint(router, interfaces)}", "fault")
    if slash and interface not in interfaces[router]:
        known = hint(interface, interfaces[router])
        raise UsageError(f"{fault}: {router} has no vhid on `{interface}`; {known}", "fault")


_WORDS = re.compile(
    r"(?P<name>[^:@#]*)(:(?P<target>[^@#]+))?"
    r"(?P<at>@(?P<step>[^@#]*)(?P<behind>@(?P<router>[^@#]*))?)?(#(?P<nth>\d+))?"
)


AT_OVH: Mapping[str, Kind] = {
    name: Kind(trouble.doc, None if trouble.early else "converge")
    for name, trouble in TROUBLES.items()
}
"""What can go wrong at the provider of a floating address; without one nothing comes of it."""

OF_TUNNELS: Mapping[str, Kind] = {
    "tunnel-narrow": Kind(
        "Long packets are lost in the tunnels of the router that takes over.", "drain"
    ),
    "tunnel-one-way": Kind(
        "What the router that takes over sends into its tunnels never arrives.", "drain"
    ),
}
"""What can go wrong in a tunnel that is up; without any nothing comes of it."""

OF_IPSEC: Mapping[str, Kind] = {
    "ipsec-unanswered": Kind(
        "No far end answers the IKE of the router that takes over: it gets no SA.", "drain"
    ),
    "ipsec-one-way": Kind(
        "The router that takes over gets its SAs in one direction only, inwards.", "drain"
    ),
    "ipsec-daemon-dead": Kind(
        "strongSwan of the router that takes over is dead, and its SAs with it.", "drain"
    ),
}
"""What can go wrong with IPsec; without any nothing comes of it."""

KINDS: Mapping[str, Kind] = {**FAULTS, **AT_OVH, **OF_TUNNELS, **OF_IPSEC}


def parse_fault(text: str) -> Fault:
    """Return the fault that ``NAME[:TARGET][@STEP][#N]`` names.

    TARGET is ``router`` or ``router/interface``. STEP is ``name`` or ``name@router``, with
    ``undo-`` before it where the step is taken back, or ``start``. N counts the moments behind
    the start of the step: each look or change that sets out or has arrived, and each write to
    the journal that begins or has ended.

    Raises:
        UsageError: with the nearest name.
    """
    found = _WORDS.fullmatch(text.strip())
    name = found["name"] if found else text.strip()
    if name not in KINDS:
        raise UsageError(f"`{name}` is no fault; {hint(name, KINDS)}", "fault")
    if (
        not found
        or (found["at"] and not found["step"])
        or (found["behind"] and not found["router"])
    ):
        raise UsageError(f"`{text}`: a step is written as name or name@router", "fault")
    nth = int(found["nth"]) if found["nth"] else None
    step = found["step"] or KINDS[name].step or (START if nth is not None else None)
    return Fault(name, step, found["router"] or None, nth, found["target"] or None)
