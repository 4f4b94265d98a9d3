"""CARP on a Linux network namespace: what a machine decides, on real interfaces and real wires."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from bluegreen.carp.packet import TTL, Packet, Secret, decode, is_signed
from bluegreen.carp.values import Advertisement
from bluegreen.emulator.machine import Machine
from bluegreen.errors import ParseError
from bluegreen.lab.carpsock import Heard, Hearing
from bluegreen.lab.diary import Diary
from bluegreen.lab.kernel import Kernel, run_ahead, set_sysctl
from bluegreen.lab.medium import Ears
from bluegreen.lab.rtnetlink import LINK_EVENTS, changed_links, links, watch
from bluegreen.lab.speaker import Key, Speaker
from bluegreen.lab.virtual import VirtualMac
from bluegreen.model.network import MULTICAST_PEERS, CarpState

ROUNDS_MAX = 8

SYSCTLS = (
    ("net/ipv4/ip_forward", 1),
    ("net/ipv4/conf/all/arp_ignore", 1),  # only the virtual MAC answers for a VIP
    ("net/ipv4/conf/all/arp_announce", 2),
    ("net/ipv4/conf/all/rp_filter", 0),  # a VIP's packets leave by the interface below it
    ("net/ipv4/conf/default/rp_filter", 0),
    ("net/ipv6/conf/all/forwarding", 1),
    ("net/ipv6/conf/all/accept_ra", 0),
    ("net/ipv6/conf/default/accept_ra", 0),
    ("net/ipv6/conf/all/accept_dad", 0),
    ("net/ipv6/conf/default/accept_dad", 0),
    ("net/ipv6/conf/all/keep_addr_on_down", 1),
    ("net/ipv6/conf/default/keep_addr_on_down", 1),
)


@dataclass(slots=True)
class _Powered:
    """What exists only between power on and power off."""

    hearing: dict[str, Hearing] = field(default_factory=dict)
    macs: dict[Key, VirtualMac] = field(default_factory=dict)
    news: list[Key] = field(default_factory=list)  # vhids to be announced
    seen: tuple[bool, int, int] | None = None  # Machine.service as it was followed last
    down: frozenset[str] = frozenset()


class Segment:
    """A Medium: raw sockets, macvlans and addresses of the namespace that this process is in."""

    def __init__(self, machine: Machine, diary: Diary) -> None:
        self._machine = machine
        self._diary = diary
        self._kernel = Kernel()
        self._cables = watch(LINK_EVENTS)
        self._ears: Ears | None = None
        self._on: _Powered | None = None
        self._speaker = Speaker(machine)
        self._unplugged: set[int] = set()
        self._refused: dict[Key, int] = {}  # advertisements signed wrongly
        for name, value in SYSCTLS:
            set_sysctl(name, value)
        known = {link.name: link.index for link in links()}
        self._links = {
            i.name: known[i.name]
            for i in machine.spec.interfaces
            if i.name in known and i.name != "lo0" and not i.tunnel
        }

    # -- power ---------------------------------------------------------------

    def attach(self, ears: Ears) -> None:
        run_ahead()
        self._ears = ears
        ears.hear(self._cables.fileno(), self._look_at_cables)

    def start(self) -> None:
        """Bring the interfaces up, and hear on those that have vhids."""
        self._on = _Powered()
        for name in self._links:
            self._set_admin(name, up=True)
        plugged = {link.index for link in links() if link.has_carrier}
        for number in self._links.values():
            self._cable(number, plugged=number in plugged)
        self.follow()

    def stop(self) -> None:
        """Vanish: VIPs and virtual MACs are gone, and every cable seems pulled."""
        on, self._on = self._on, None
        if on is None:
            return
        for hearing in on.hearing.values():
            for heard in (hearing.inet, hearing.inet6):
                self._loop.forget(heard.fileno())
            hearing.close()
        self._speaker.close()
        for number in self._links.values():
            self._kernel.set_link(number, up=False)
        for mac in on.macs.values():
            mac.close()

    def close(self) -> None:
        self.stop()
        self._loop.forget(self._cables.fileno())
        self._cables.close()
        self._kernel.close()

    # -- as the machine says -------------------------------------------------

    def listen(self) -> None:
        for interface, hearing in tuple(self._on.hearing.items()) if self._on else ():
            self._hear(interface, hearing)

    def follow(self) -> None:
        """Give each MASTER its VIPs, and take them from whoever is none."""
        on, service = self._on, self._machine.service
        if on is None or on.seen == service:
            return
        on.seen = service
        vhids = self._machine.carp.vhids()
        for key, config in (((c.interface, c.vhid), c) for c, _ in vhids):
            if key not in on.macs and config.interface in self._links:
                on.macs[key] = VirtualMac(self._kernel, *key)
                self._listen(on, config.interface)
        masters = {
            (c.interface, c.vhid): c.addresses
            for c, state in vhids
            if state is CarpState.MASTER and self._machine.reachable
        }
        for key, mac in on.macs.items():
            wanted = masters.get(key, ())
            if wanted != mac.addresses:
                mac.show(wanted)
                if wanted:
                    on.news.append(key)
        self._follow_admin(on)

    def send(self, advertisements: tuple[Advertisement, ...], now: float) -> None:
        """Advertise; then announce whoever has become MASTER, and then find time to write."""
        on = self._on
        if on is not None:
            if any(sent.destination for sent in advertisements):
                self._announce(on)  # a unicast one bears our own MAC: no switch learns from it
            for _ in range(ROUNDS_MAX):  # a failed send may cause another one, once
                self._speaker.say(advertisements, on.macs, now)
                advertisements = self._machine.take_outbox()
                if not advertisements:
                    break
            self._announce(on)
        self._diary.write()

    def _announce(self, on: _Powered) -> None:
        for key in on.news:
            on.macs[key].announce()
        on.news.clear()

    def due(self) -> float | None:
        return None

    def _follow_admin(self, on: _Powered) -> None:
        """Do what ``ifconfig IF up|down`` asked for."""
        down = self._machine.downed & self._links.keys()
        for name in down ^ on.down:
            self._set_admin(name, up=name not in down)
        on.down = down

    def _set_admin(self, name: str, *, up: bool) -> None:
        self._kernel.set_link(self._links[name], up=up)
        spec = next(i for i in self._machine.spec.interfaces if i.name == name)
        for address in spec.addresses if up else ():
            self._kernel.add_address(self._links[name], address)

    # -- what is heard -------------------------------------------------------

    @property
    def _loop(self) -> Ears:
        assert self._ears is not None, "attach comes first"
        return self._ears

    def _listen(self, on: _Powered, interface: str) -> None:
        if interface not in on.hearing:
            hearing = on.hearing[interface] = Hearing(interface)
            for heard in (hearing.inet, hearing.inet6):
                self._loop.hear(heard.fileno(), partial(self._hear, interface, hearing))

    def _hear(self, interface: str, hearing: Hearing) -> None:
        """Hand each packet to the machine, and act before the next one."""
        for heard in hearing.heard():
            for advertisement in self._judged(interface, heard):
                now = monotonic()
                answers = self._machine.receive(advertisement, now)
                self.follow()
                self.send(answers, now)

    def _judged(self, interface: str, heard: Heard) -> Iterator[Advertisement]:
        """Yield what a packet says, if a vhid here heeds it (carp_input_c, ip_carp.c)."""
        try:
            packet = decode(heard.carp)
        except ParseError:  # VRRP has the same protocol number, and says so every second
            self._machine.hear_vrrp()
            return
        key = (interface, packet.vhid)
        vhid = self._machine.carp.by_key.get(key)
        ours = heard.source in self._speaker.own
        if vhid is None or ours or (heard.destination is None and heard.hops != TTL):
            return
        config = vhid.config
        if not is_signed(packet, Secret(config.password_digest.encode(), config.addresses)):
            self._refuse(key)
            yield _advertisement(interface, heard, packet, digest="")  # counted, and not heeded
            return
        self._refused.pop(key, None)
        peer = config.peer if heard.family == "inet" else config.peer6
        if heard.destination is None:
            heeds = peer is None or peer in MULTICAST_PEERS
        else:
            heeds = peer == heard.source
        if heeds:
            yield _advertisement(interface, heard, packet, vhid.digest)

    def _refuse(self, key: Key) -> None:
        """Say it once, until the right one is heard again."""
        self._refused[key] = self._refused.get(key, 0) + 1
        if self._refused[key] == 1:
            self._diary.note(f"carp: incorrect hash for vhid {key[1]}@{key[0]}")

    def _look_at_cables(self) -> None:
        for link in changed_links(self._cables):
            if link.is_up:  # one that is down has no carrier to tell of
                self._cable(link.index, plugged=link.has_carrier)

    def _cable(self, number: int, *, plugged: bool) -> None:
        """Tell the machine of a cable that was pulled or plugged."""
        name = next((name for name, known in self._links.items() if known == number), None)
        if name is None or plugged is (number not in self._unplugged):
            return
        (self._unplugged.discard if plugged else self._unplugged.add)(number)
        now = monotonic()
        said = self._machine.set_link(name, up=plugged, now=now)
        self.follow()
        self.send(said, now)


def _advertisement(interface: str, heard: Heard, packet: Packet, digest: str) -> Advertisement:
    return Advertisement(
        interface=interface,
        vhid=packet.vhid,
        advbase=packet.advbase,
        advskew=packet.advskew,
        family=heard.family,
        source_router=heard.source,
        digest=digest,
        destination=heard.destination,
    )
