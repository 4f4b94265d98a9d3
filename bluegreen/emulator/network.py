"""Interfaces, vhids and OSPF of a router that runs, as they change with time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bluegreen.carp.machine import Carp
from bluegreen.carp.values import (
    Advertisement,
    Effects,
    Logged,
    Request,
    Sent,
    Sysctls,
    Transition,
    VhidConfig,
)
from bluegreen.emulator.adjacency import Adjacencies
from bluegreen.emulator.associations import Associations
from bluegreen.emulator.carpcounters import Counters, reset
from bluegreen.emulator.faults import MachineFaults
from bluegreen.emulator.spec import InterfaceSpec, MachineSpec, VhidSpec
from bluegreen.emulator.tunnelcounters import TunnelCounters
from bluegreen.model.network import CarpState

PFSYNC_DEMOTION = 240  # net.pfsync.carp_demotion_factor
MULTICAST, MULTICAST6 = "224.0.0.18", "ff02::12"


@dataclass(frozen=True, slots=True)
class TransitionAt:
    """A change of a vhid's state, and when, on the caller's clock."""

    at_s: float
    transition: Transition


class Network:
    """What the kernel knows of the network; gone with each boot but for what was recorded."""

    def __init__(self, spec: MachineSpec, faults: MachineFaults) -> None:
        self.spec, self.faults = spec, faults
        self.version = 0
        self.transitions: list[TransitionAt] = []
        self.log: list[str] = []
        self.outbox: list[Advertisement] = []
        self.is_running = False
        self.carp = Carp(spec.name)
        self.carp_counters = Counters()
        self.prefixlens: dict[tuple[str, str], str] = {}  # of interface and VIP
        self.created: dict[str, InterfaceSpec] = {}  # by ifconfig IF create, or changed since
        self.on_event: Callable[[Transition], None] | None = None  # what devd(8) does of it
        self.downed: set[str] = set()  # by ifconfig IF down
        self.unplugged: set[str] = set()
        self.log_level = spec.log_level
        self.ospf = Adjacencies(spec.ospf, spec.durations.ospf_converge)
        self.ipsec = Associations(spec.ipsec, faults, spec.durations.ipsec_negotiate)
        self.counters = TunnelCounters()
        self.bulk_ends_s: float | None = None  # pfsync(4) catches up on its peer's states

    # -- power ---------------------------------------------------------------

    def stop(self) -> None:
        """Fall silent, without a farewell."""
        self.is_running, self.bulk_ends_s = False, None
        self.outbox.clear()
        self.ospf.stop()
        self.ipsec.stop()
        self.version += 1

    def start(self, vhids: Iterable[VhidSpec], preempt: bool, now: float) -> None:
        """Come up as rc(8) configures it: every vhid INIT, then BACKUP; demotion 0."""
        spec = self.spec
        sysctls = Sysctls(
            preempt=preempt,
            ifdown_demotion_factor=spec.ifdown_demotion_factor,
            senderr_demotion_factor=spec.senderr_demotion_factor,
        )
        self.carp = Carp(spec.name, sysctls)
        reset(self.carp_counters)
        self.prefixlens, self.downed, self.is_running = {}, set(), True
        self.ospf.start()
        known = {interface.name for interface in self.interfaces}
        for vhid in vhids:
            if vhid.interface in known:
                self._configure(vhid, now)
        for name in self.unplugged:
            self.apply(self.carp.link_down(name, now), now)
        self.refresh(now)
        self.version += 1

    def begin_bulk(self, now: float) -> None:
        """Catch up after a boot: the router is demoted until pfsync knows its peer's states."""
        if any(i.pfsync is not None and i.pfsync.syncdev for i in self.spec.interfaces):
            self.bulk_ends_s = now + self.spec.durations.pfsync_bulk
            self._bulk_demotes(PFSYNC_DEMOTION, "pfsync bulk start", now)

    def _bulk_demotes(self, delta: int, why: str, now: float) -> None:
        self.version += 1
        self.apply(self.carp.write_demotion(delta, now, why), now)

    def _configure(self, vhid: VhidSpec, now: float) -> None:
        plain = []
        for text in vhid.addresses:
            address, _, prefixlen = text.partition("/")
            self.prefixlens[vhid.interface, address] = prefixlen
            plain.append(address)
        config = VhidConfig(
            interface=vhid.interface,
            vhid=vhid.vhid,
            advbase=vhid.advbase,
            advskew=vhid.advskew,
            addresses=tuple(plain),
            password_digest=vhid.password,
            peer=vhid.peer or MULTICAST,
            peer6=vhid.peer6 or MULTICAST6,
        )
        self.apply(self.carp.add(config, now), now)

    # -- what is so ----------------------------------------------------------

    @property
    def interfaces(self) -> tuple[InterfaceSpec, ...]:
        """Return those of the machine, as they are now, and those that were created."""
        if not self.created:
            return self.spec.interfaces
        own = {interface.name for interface in self.spec.interfaces}
        as_now = (self.created.get(i.name, i) for i in self.spec.interfaces)
        return (*as_now, *(i for name, i in self.created.items() if name not in own))

    def interface(self, name: str) -> InterfaceSpec | None:
        return next((i for i in self.interfaces if i.name == name), None)

    def is_up(self, name: str) -> bool:
        interface = self.interface(name)
        broken = interface is not None and interface.tunnel is not None and self.faults.gre_down
        return name not in self.downed and name not in self.unplugged and not broken

    def masters(self) -> frozenset[int]:
        """Return the vhids that are MASTER here, on whatever interface."""
        return frozenset(c.vhid for c, state in self.carp.vhids() if state is CarpState.MASTER)

    def serves(self, address: str) -> bool:
        return self.is_running and any(
            state is CarpState.MASTER and address in config.addresses
            for config, state in self.carp.vhids()
            if self.is_up(config.interface)
        )

    # -- what happens --------------------------------------------------------

    def request(self, interface: str, vhid: int, wanted: Request, now: float) -> None:
        """Do what SIOCSVH does; ValueError: EINVAL."""
        self.version += 1
        self.apply(self.carp.request(interface, vhid, wanted, now), now)

    def add_address(self, config: VhidConfig, address: str, now: float) -> None:
        """Give a vhid one more address, or another prefix length; it starts from INIT."""
        self.version += 1
        bare, _, prefixlen = address.partition("/")
        self.prefixlens[config.interface, bare] = prefixlen
        rest = tuple(a for a in config.addresses if a != bare)
        self.apply(self.carp.add(replace(config, addresses=(*rest, bare)), now), now)

    def remove_address(self, interface: str, address: str, now: float) -> bool:
        """Take an address from its vhid, which goes with the last one; False: it is on none."""
        for config, _ in self.carp.vhids():
            if config.interface == interface and address in config.addresses:
                rest = tuple(a for a in config.addresses if a != address)
                self.version += 1
                self.apply(self.carp.add(replace(config, addresses=rest), now), now)
                return True
        return False

    def put_interface(self, interface: InterfaceSpec) -> None:
        self.version += 1
        self.created[interface.name] = interface

    def drop_interface(self, name: str) -> bool:
        self.version += 1
        self.downed.discard(name)
        return self.created.pop(name, None) is not None

    def set_link(self, interface: str, *, up: bool, now: float) -> None:
        """Plug or unplug a cable."""
        before = self.is_up(interface)
        (self.unplugged.discard if up else self.unplugged.add)(interface)
        self._link_changed(interface, before, now)

    def set_admin(self, interface: str, *, up: bool, now: float) -> None:
        """``ifconfig IF up|down``."""
        before = self.is_up(interface)
        (self.downed.discard if up else self.downed.add)(interface)
        self._link_changed(interface, before, now)

    def _link_changed(self, interface: str, before: bool, now: float) -> None:
        self.version += 1
        after = self.is_up(interface)
        if self.is_running and after != before:
            change = self.carp.link_up if after else self.carp.link_down
            self.apply(change(interface, now), now)
        self.refresh(now)

    def receive(self, advertisement: Advertisement, now: float) -> None:
        hears = self.is_running and not self.faults.deaf and self.is_up(advertisement.interface)
        if hears:
            self.carp_counters.heard(advertisement, self.carp)
            self._judge(self.carp.receive(advertisement, now), now)

    def tick(self, now: float) -> None:
        """Fire what is due; a fault that forces a role is obeyed first."""
        if not self.is_running:
            return
        self._force(now)
        due = self.carp.next_due()
        if due is not None and due <= now:
            self._judge(self.carp.tick(now), now)
        if self.bulk_ends_s is not None and self.bulk_ends_s <= now:
            self.bulk_ends_s = None
            self._bulk_demotes(-PFSYNC_DEMOTION, "pfsync bulk done", now)
        if self.ipsec.advance(now):
            self.version += 1
            self.refresh(now)
        if self.ospf.advance(now, stuck=self._stuck_in()):
            self.version += 1

    def _stuck_in(self) -> str | None:
        """Return the state that a new adjacency does not leave; None: it becomes Full."""
        if self.faults.tunnel_one_way:
            return "Init"
        narrow = self.faults.ospf_stuck or self.faults.tunnel_narrow
        return "ExStart" if narrow else None

    def refresh(self, now: float) -> None:
        """Begin and end adjacencies as interfaces and roles have become."""
        if self.ipsec.refresh(self.masters(), now):
            self.version += 1
        usable = {
            i.name
            for i in self.interfaces
            if self.is_up(i.name) and not (i.tunnel and self.ipsec.keeps_out(i.tunnel))
        }
        if self.ospf.refresh(usable, self.masters(), now):
            self.version += 1
        spoken = self._spoken()
        at_home = {name for name in spoken if self._sends_from(name)}
        self.counters.refresh(at_home, spoken - at_home, now)

    def _spoken(self) -> set[str]:
        """Return the tunnels that OSPF sends hellos into."""
        on = self.ospf.spoken
        return {i.name for i in self.interfaces if i.tunnel and i.name in on and self.is_up(i.name)}

    @property
    def vips(self) -> set[str]:
        """Return the addresses of all vhids, served here or not."""
        return {a for config, _ in self.carp.vhids() for a in config.addresses}

    def _sends_from(self, name: str) -> bool:
        """Whether packets leave a tunnel: always with an own source, with a VIP as its MASTER."""
        found = self.interface(name)
        local = found.tunnel.local if found and found.tunnel else ""
        return local not in self.vips or self.serves(local) or self.spec.bug166462

    def settle(self, now: float) -> None:
        """Be a router that has been up for long: all is negotiated, with everyone who is heard."""
        self.ipsec.settle()
        self.refresh(now)
        self.ospf.settle()

    def apply(self, effects: Effects, now: float) -> None:
        """Record what CARP did: advertisements to be carried, changes, the kernel's log."""
        changed: list[Transition] = []
        for effect in effects:
            match effect:
                case Sent(advertisement=advertisement):
                    self.carp_counters.sent(advertisement)
                    self.outbox.append(advertisement)
                case Transition():
                    self.transitions.append(TransitionAt(now, effect))
                    changed.append(effect)
                case Logged(text=text):
                    self.log.append(text)
                    self.version += 1
        if changed:
            self.version += 1
            for move in changed:
                if self.on_event is not None:
                    self.on_event(move)
            self.refresh(now)

    # -- faults --------------------------------------------------------------

    def _judge(self, effects: Effects, now: float) -> None:
        """Take what CARP did, unless a fault holds the vhids where they are."""
        held = self._held(effects)
        if not held:
            self.apply(effects, now)
        for move in held:
            self.carp.set_state(move.interface, move.vhid, move.old, now)

    def _held(self, effects: Effects) -> tuple[Transition, ...]:
        refused = {CarpState.MASTER} if self.faults.carp_stuck_backup else set()
        refused |= {CarpState.BACKUP} if self.faults.forced_master else set()
        moves = (effect for effect in effects if isinstance(effect, Transition))
        return tuple(m for m in moves if m.new in refused and m.old is not CarpState.INIT)

    def _force(self, now: float) -> None:
        wanted = CarpState.BACKUP if self.faults.carp_stuck_backup else None
        wanted = CarpState.MASTER if self.faults.forced_master else wanted
        if wanted is None:
            return
        for config, state in self.carp.vhids():
            if state not in (wanted, CarpState.INIT):
                effects = self.carp.set_state(config.interface, config.vhid, wanted, now)
                self.apply(effects, now)
