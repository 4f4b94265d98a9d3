"""A pair of simulated routers, its doors, and a judge of what happens to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.carp.values import VhidConfig
from bluegreen.emulator.machine import Machine
from bluegreen.emulator.network import MULTICAST, MULTICAST6
from bluegreen.emulator.spec import VhidSpec
from bluegreen.freebsd.commands import DEMOTION
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Output
from bluegreen.model.events import Event
from bluegreen.model.pair import FloatingAddress
from bluegreen.sim.clock import START, SimClock
from bluegreen.sim.excuses import excused
from bluegreen.sim.faults import START as BEGINNING
from bluegreen.sim.faults import UNDO, Fault, check_target
from bluegreen.sim.hazards import Hazards
from bluegreen.sim.life import Life
from bluegreen.sim.network import Network
from bluegreen.sim.probe import SimProbe
from bluegreen.sim.provider import SimOvh, sim_door
from bluegreen.sim.record import Record, Violation
from bluegreen.sim.snapshot import Snapshot, leftovers, router_state
from bluegreen.sim.start import Specs, Start, preferred, secrets_of, vips, wiring
from bluegreen.sim.strikes import Scene, strike
from bluegreen.sim.transport import LookersOn, SimTransport, Traffic
from bluegreen.sim.witness import Witness
from bluegreen.world import World

SETTLED_S = 30.0  # what the pair lives through before a run begins
APART_S = 0.7  # no two machines boot in step; in step, a tie of CARP would never be decided
REPAIR_S = 30.0  # what a repaired pair is given to settle, beyond its boot
GOLDEN = 0.618033988749895  # multiples of it spread evenly over [0, 1)
STEP_STARTED = "step_started"
NOWHERE = ""
STEP_ENDED = frozenset({"step_done", "step_failed", "undo_done"})


@dataclass(frozen=True, slots=True)
class View:
    """How the outside watches the pair."""

    probed: tuple[str, ...] | None = None  # VIPs; None: all
    period_s: float = 0.010  # of the probes
    ipfo: FloatingAddress | None = None  # what a provider sends to one of them


EVERYTHING = View()
Shape = tuple[frozenset[str], str, str]  # addresses with prefix length, peer, peer6


def _shape(spec: VhidSpec) -> Shape:
    return frozenset(spec.addresses), spec.peer or MULTICAST, spec.peer6 or MULTICAST6


def _alias(spec: VhidSpec, address: str) -> tuple[str, ...]:
    peers = (("peer", spec.peer), ("peer6", spec.peer6))
    named = (word for key, peer in peers if peer for word in (key, peer))
    timing = ("advbase", str(spec.advbase), "advskew", str(spec.advskew), "pass", spec.password)
    family = "inet6" if ":" in address else "inet"
    return (family, "vhid", str(spec.vhid), *timing, *named, "alias", address)


class SimWorld:
    """The same pair for every incarnation of the controller that works on it.

    Args:
        specs: The routers; see build.py and twin.py.
        seed: Shifts when advertisements fall; everything else is determined.
        faults: Each strikes once, when its step starts.
        start: Who is MASTER, and so on; None: as the skews have it.
        outside: What is watched from outside of the pair.
        paths: Where a run keeps its files, by router.
    """

    def __init__(
        self,
        specs: Specs,
        seed: int = 0,
        faults: Sequence[Fault] = (),
        *,
        start: Start | None = None,
        outside: View = EVERYTHING,
        paths: Mapping[str, Paths] | None = None,
    ) -> None:
        linked = {spec.name: {vhid.interface for vhid in spec.vhids} for spec in specs}
        for fault in faults:
            check_target(fault, linked)
        begins = -SETTLED_S - (seed * GOLDEN) % 1.0
        epoch_s = START.timestamp() + begins
        self.machines = (Machine(specs[0], begins, epoch_s), Machine(specs[1], begins, epoch_s))
        self.traffic = Traffic()
        self.life = Life(self._moment)
        self.moments = 0  # touches of all incarnations
        self.on_moment: Callable[[], None] | None = None  # who explores what could happen then
        self.on_step: Callable[[str], None] | None = None  # who hears of each one that begins
        self._begun: dict[str, int] = {BEGINNING: 0}  # step: at which moment it first started
        self._latest = BEGINNING
        self.struck: list[tuple[float, Fault, str]] = []  # s, what, on which router
        self._armed = list(faults)
        self._hazards = Hazards()
        self._outside = outside
        self._paths = paths or {}
        record = Record(self.machines, vips(specs), begins)
        wires = wiring(specs, start.cables if start else ())
        self.network = Network(self.machines, wires, record, begins)
        self._settle(start or preferred(specs))
        self.witness = Witness(self.network.record, dict(self._paths), secrets_of(specs))
        self.ovh = self._at_ovh(outside.ipfo) if outside.ipfo else None
        self._strike_from_the_start()

    def _at_ovh(self, wanted: FloatingAddress) -> SimOvh:
        served = self.network.record.served.get(wanted.address)
        return SimOvh(wanted, self.machines, served)

    @property
    def now_s(self) -> float:
        """Virtual time, s since the run began; for tests, and after a crash."""
        return self.network.now

    def doors(self) -> World:
        """Return the doors of the present incarnation; they close when it is killed."""
        life, network = self.life, self.network
        lookers_on = LookersOn(self._hazards, self.traffic, self.witness)
        served, outside = network.record.served, self._outside
        probed = {v: served[v] for v in (served if outside.probed is None else outside.probed)}
        return World(
            kind="sim",
            transports={
                machine.name: SimTransport(router, network, lookers_on, life)
                for router, machine in enumerate(self.machines)
            },
            clock=SimClock(network, life),
            probe=SimProbe(network, life, probed, outside.period_s, self.ovh) if probed else None,
            provider=sim_door(self.ovh, network, life) if self.ovh else None,
            parallel=False,
        )

    # -- the controller's life -----------------------------------------------

    @property
    def touches(self) -> int:
        """How often the present incarnation has touched the world."""
        return self.life.touches

    def kill_after(self, touches: int) -> None:
        """Kill the present incarnation at its n-th touch from now."""
        self.life.end_after(touches)

    def alive(self) -> None:
        """Raise Killed if the present incarnation is dead: to be asked before each durable write.

        A journal that may outlive a reincarnation asks ``life.check`` instead.
        """
        self.life.check()

    def reincarnate(self) -> World:
        """Start the controller again, over the same machines; the old doors stay closed."""
        self.life.end()
        self.life = Life(self._moment)
        self._hazards.disarm()
        return self.doors()

    # -- faults --------------------------------------------------------------

    def watch(self, event: str, step_id: str, undo: bool = False) -> None:
        """Hear from the runner what it is at; a fault strikes when its step starts."""
        if event == STEP_STARTED:
            name = f"{UNDO}{step_id}" if undo else step_id
            if name not in self._begun:
                self._begun[name], self._latest = self.moments, name
            for fault in [f for f in self._armed if f.nth is None and f.strikes_at(name)]:
                self.strike(fault, step_id.partition("@")[2])
            if self.on_step is not None:
                self.on_step(name)
        elif event in STEP_ENDED:
            self._hazards.disarm()

    def journal(self, append: Callable[[Event], None], event: Event) -> None:
        """Write to a journal as a mortal program does: dead, or not yet, or durably."""
        self.life.touch()
        append(event)
        self.witness.journalled(event, self.network.now)
        self.life.touch()

    @property
    def position(self) -> tuple[str, int]:
        """Return the step that started last, and how many moments ago."""
        return self._latest, self.moments - self._begun[self._latest]

    def _moment(self) -> None:
        self.moments += 1
        for fault in [f for f in self._armed if f.nth is not None]:
            for step, began in self._begun.items():
                if fault.strikes_at(step) and self.moments == began + (fault.nth or 0):
                    self.strike(fault, step.partition("@")[2])
                    break
        if self.on_moment is not None:
            self.on_moment()

    def never_struck(self) -> tuple[Fault, ...]:
        """Return the faults whose step has not come."""
        return tuple(self._armed)

    def threats(self) -> tuple[object, ...]:
        """Return what lies between the controller and the routers now."""
        return self._hazards.threats(self.now_s)

    def repair(self) -> None:
        """Do what a human would: power on what is dead or hangs, mend everything, wait."""
        self.network.cut = False
        self._hazards.clear()
        self._armed = []
        self.network.record.mended(self.network.now)
        if self.ovh:
            self.ovh.repair(self.now_s)
        both_down = not any(machine.reachable for machine in self.machines)
        for router in (0, 1):
            self.network.repair(router)
            if both_down:
                self.network.advance(self.network.now + APART_S)
        boot_s = max(machine.spec.durations.boot for machine in self.machines)
        self.network.advance(self.network.now + boot_s + REPAIR_S)

    def _strike_from_the_start(self) -> None:
        for fault in [f for f in self._armed if f.step is None]:
            self.strike(fault, fault.router or self.machines[0].name)

    def strike(self, fault: Fault, router: str = NOWHERE) -> None:
        """Let a fault happen now.

        Args:
            fault: What happens; its target is struck, if it has one.
            router: Whose step it is; else the first one's.
        """
        names = [machine.name for machine in self.machines]
        struck = (fault.target or router).partition("/")[0]
        index = names.index(struck) if struck in names else 0
        if fault in self._armed:
            self._armed.remove(fault)
        self.struck.append((self.network.now, fault, names[index]))
        ovh = self.ovh.api if self.ovh else None
        strike(Scene(fault, index, self.network, self._hazards, self.life, ovh))
        for each in (0, 1):
            self.network.wake(each)

    # -- judgement -----------------------------------------------------------

    def violations(self) -> tuple[Violation, ...]:
        """Return every invariant that was broken, but for what a fault explains as a whole."""
        record = self.network.record
        return tuple(
            violation
            for violation in record.violations(self.network.now)
            if not excused(violation, record, self.machines)
        )

    def machine(self, name: str) -> Machine:
        return next(machine for machine in self.machines if machine.name == name)

    def paths_of(self, router: str) -> Paths:
        return self._paths.get(router, Paths())

    def at_console(self, name: str, *argv: str) -> Output:
        """Run one program on a router as somebody at its console does."""
        router = self.machines.index(self.machine(name))
        output = self.machines[router].run(argv, "", self.network.now)
        self.network.touched(router)
        return output

    def masters(self, vip: str) -> tuple[str, ...]:
        """Return who serves a VIP now."""
        return self.network.record.served[vip].value

    def snapshot(self) -> Snapshot:
        """Return everything that must be equal after a rollback."""
        return router_state(self.machines[0]), router_state(self.machines[1])

    def leftovers(self) -> tuple[str, ...]:
        """Return ``router: what`` for everything of ours that lies on a router."""
        return tuple(
            f"{machine.name}: {what}"
            for machine in self.machines
            for what in leftovers(machine, self._paths.get(machine.name, Paths()))
        )

    # -- beginning -----------------------------------------------------------

    def _settle(self, start: Start) -> None:
        """Let the pair become what it is said to be, and forget how."""
        for router, machine in enumerate(self.machines):
            for name, interface in start.down:
                if name == machine.name:
                    self._run(router, "ifconfig", interface, "down")
            if start.as_running:
                self._make_running(router)
            self._as_running(router)
            for config, _ in machine.carp.vhids():
                if (machine.name, config.interface, config.vhid) in start.masters:
                    self._set_vhid(router, config, "state", "master")
        self.network.advance(0.0)
        for name, demotion in start.demotions:
            router = [machine.name for machine in self.machines].index(name)
            delta = demotion - self.machines[router].carp.demotion
            if delta:
                self._run(router, "sysctl", f"{DEMOTION}={delta}")
        self.network.record = Record(self.machines, tuple(self.network.record.served), 0.0)

    def _make_running(self, router: int) -> None:
        """Have the vhids that ran, where the files would have made others."""
        machine = self.machines[router]
        wanted = {(spec.interface, spec.vhid): spec for spec in machine.spec.vhids}
        for config, _ in machine.carp.vhids():
            spec = wanted.get((config.interface, config.vhid))
            if spec is None or _shape(spec) != self._shape_of(router, config):
                for address in config.addresses:
                    family = "inet6" if ":" in address else "inet"
                    self._run(router, "ifconfig", config.interface, family, address, "-alias")
        there = {(c.interface, c.vhid) for c, _ in machine.carp.vhids()}
        for key, spec in wanted.items():
            for address in () if key in there else spec.addresses:
                self._run(router, "ifconfig", spec.interface, *_alias(spec, address))

    def _shape_of(self, router: int, config: VhidConfig) -> Shape:
        lengths = self.machines[router].prefixlens
        addresses = {f"{a}/{lengths[config.interface, a]}" for a in config.addresses}
        return frozenset(addresses), config.peer or MULTICAST, config.peer6 or MULTICAST6

    def _as_running(self, router: int) -> None:
        """Give vhids the skews they run with, where the files that made them say otherwise."""
        machine = self.machines[router]
        preempts = machine.spec.preempt
        if machine.spec.carp_loaded and machine.carp.sysctls.preempt is not preempts:
            self._run(router, "sysctl", f"net.inet.carp.preempt={int(preempts)}")
        configs = {(c.interface, c.vhid): c for c, _ in machine.carp.vhids()}
        for spec in machine.spec.vhids:
            config = configs.get((spec.interface, spec.vhid))
            if config and (config.advbase, config.advskew) != (spec.advbase, spec.advskew):
                timing = ("advbase", str(spec.advbase), "advskew", str(spec.advskew))
                self._set_vhid(router, config, *timing)

    def _set_vhid(self, router: int, config: VhidConfig, *words: str) -> None:
        """Name the peers again, as every change of a vhid must."""
        peers = (("peer", config.peer), ("peer6", config.peer6))
        named = tuple(word for key, peer in peers if peer for word in (key, peer))
        self._run(router, "ifconfig", config.interface, "vhid", str(config.vhid), *words, *named)

    def _run(self, router: int, *argv: str) -> None:
        output = self.machines[router].run(argv, "", self.network.now)
        assert output.ok, f"{argv}: {output}"
        self.network.touched(router)
