"""An account at OVH as its API sees it: servers with virtual MACs, addresses, tasks.

Schemas: ovhcloud-cli, 2025-10-02. What a task does happens some time after it was accepted, as
on the real thing; everything is computed from the time that is handed in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

OPEN = ("init", "todo", "doing")
Change = tuple[float, str | None, str | None]  # s, server, virtual MAC


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a task stays in each state, s. Nobody has published measurements."""

    init_s: float = 1.0
    todo_s: float = 4.0
    doing_s: float = 25.0
    late_s: float = 0.0  # how much later than `done` its effect can be read (ovhcloud-cli)

    @property
    def whole_s(self) -> float:
        return self.init_s + self.todo_s + self.doing_s


@dataclass(slots=True)
class Job:
    """A task, and what it will have done."""

    number: int
    function: str
    place: str  # the server or the address it is listed at
    comment: str
    began_s: float
    pace: Pace
    effect: Callable[[], None]
    ending: str = "done"  # or cancelled, customerError, ovhError
    stays: str | None = None  # a state that it never leaves
    applied: bool = False
    cancelled: bool = False

    def status(self, now_s: float) -> str:
        if self.cancelled:
            return "cancelled"
        passed_s = now_s - self.began_s
        reached = "init" if passed_s < self.pace.init_s else "todo"
        if passed_s >= self.pace.init_s + self.pace.todo_s:
            reached = "doing"
        if passed_s >= self.pace.whole_s:
            reached = self.ending
        order = (*OPEN, self.ending)
        if self.stays and order.index(reached) > order.index(self.stays):
            return self.stays
        return reached

    @property
    def due_s(self) -> float:
        return self.began_s + self.pace.whole_s + self.pace.late_s


@dataclass(slots=True)
class Vmac:
    """A virtual MAC with its addresses, each with the name of a machine."""

    kind: str
    addresses: dict[str, str]


@dataclass(slots=True)
class Account:
    """What lies at OVH; it lives on whoever asks."""

    servers: dict[str, dict[str, Vmac]]  # by service, by MAC
    routed: dict[str, str | None]  # by address; None: parked
    pace: Pace = Pace()
    jobs: list[Job] = field(default_factory=list)
    changes: dict[str, list[Change]] = field(default_factory=dict)  # by address, in order
    endings: list[str] = field(default_factory=list)  # how the next tasks end, instead of `done`
    stays: list[str] = field(default_factory=list)  # states that the next tasks never leave
    refuses: set[str] = field(default_factory=set)  # servers that take no address

    def __post_init__(self) -> None:
        for address in self.routed:
            self._note(address, float("-inf"))

    def advance(self, now_s: float) -> None:
        """Let everything happen that is due."""
        due = [j for j in self.jobs if not j.applied and j.due_s <= now_s]
        for job in sorted(due, key=lambda job: job.due_s):
            job.applied = True
            if job.ending == "done" and not job.stays and not job.cancelled:
                job.effect()
                for address in self.routed:
                    self._note(address, job.due_s)

    def holder(self, address: str) -> str | None:
        """Return the virtual MAC of an address, wherever it is."""
        return next(
            (
                mac
                for vmacs in self.servers.values()
                for mac, vmac in vmacs.items()
                if address in vmac.addresses
            ),
            None,
        )

    def _note(self, address: str, at_s: float) -> None:
        known = self.changes.setdefault(address, [])
        now = (self.routed[address], self.holder(address))
        if not known or known[-1][1:] != now:
            known.append((at_s, *now))

    # -- what can be asked for ---------------------------------------------------------------

    def busy(self, places: Iterable[str], now_s: float) -> Job | None:
        among = set(places)
        return next(
            (j for j in self.jobs if j.place in among and j.status(now_s) in OPEN),
            None,
        )

    def move(self, address: str, to: str, now_s: float) -> Job:
        def effect() -> None:
            before = self.routed[address]
            self.routed[address] = to
            for mac, vmac in list(self.servers.get(before or "", {}).items()):
                if list(vmac.addresses) == [address]:  # its own MAC comes along
                    self.servers[to][mac] = self.servers[before or ""].pop(mac)
                else:
                    vmac.addresses.pop(address, None)

        comment = f"Move ip {address}/32 to {to}"
        return self._begin("genericMoveFloatingIp", address, comment, effect, now_s)

    def add_address(self, service: str, mac: str, address: str, name: str, now_s: float) -> Job:
        def effect() -> None:
            self.servers[service][mac].addresses[address] = name

        comment = f"Add ip {address} to virtual mac {mac}"
        return self._begin("virtualMacAdd", service, comment, effect, now_s)

    def remove_address(self, service: str, mac: str, address: str, now_s: float) -> Job:
        def effect() -> None:
            vmac = self.servers[service][mac]
            vmac.addresses.pop(address, None)
            if not vmac.addresses:
                del self.servers[service][mac]

        comment = f"Remove ip {address} from virtual mac {mac}"
        return self._begin("virtualMacDelete", service, comment, effect, now_s)

    def create_mac(self, service: str, address: str, kind: str, name: str, now_s: float) -> Job:
        start = "00:50:56" if kind == "vmware" else "02:00:00"
        taken = sum(len(vmacs) for vmacs in self.servers.values()) + len(self.jobs)
        mac = f"{start}:c0:{taken >> 8:02x}:{taken & 255:02x}"

        def effect() -> None:
            self.servers[service][mac] = Vmac(kind, {address: name})

        comment = f"Create a virtual mac for ip {address}"
        return self._begin("virtualMacAdd", service, comment, effect, now_s)

    def follow(self, service: str, mac: str, address: str, at_s: float) -> None:
        """Bind an address elsewhere, as a script on a router has it done."""
        self.advance(at_s)
        for vmac in self.servers[service].values():
            vmac.addresses.pop(address, None)
        self.servers[service][mac].addresses[address] = "hook"
        self._note(address, at_s)

    def _begin(
        self, function: str, place: str, comment: str, effect: Callable[[], None], now_s: float
    ) -> Job:
        ending = self.endings.pop(0) if self.endings else "done"
        stays = self.stays.pop(0) if self.stays else None
        number = 1000 + len(self.jobs)
        job = Job(number, function, place, comment, now_s, self.pace, effect, ending, stays)
        self.jobs.append(job)
        return job
