"""The medium between two routers, and the loop that lets virtual time pass on it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from math import inf

from bluegreen.carp.quiet import Delivery, leap
from bluegreen.carp.values import Advertisement
from bluegreen.emulator.faults import MachineFaults
from bluegreen.emulator.machine import Machine
from bluegreen.model.network import MULTICAST_PEERS
from bluegreen.sim.record import Record
from bluegreen.sim.start import Wiring
from bluegreen.sim.strangers import ECHO, QUIET, Segment

LATENCY_S = 0.0002  # from one router to the other
ARP_S = 20.0  # how long the kernel goes on sending to a unicast peer that is gone
EHOSTDOWN = 64  # sys/errno.h
SENDS_TO_RECOVER = 3  # CARP_SENDAD_MIN_SUCCESS, ip_carp.c
SPARE = 2  # whom an advertisement in flight reaches: neither router of the pair
AT_ONCE_MAX = 10_000  # events of one instant; more is a defect of a machine
LEAP_MIN_S = 3.0  # shorter stretches are cheaper to live through


class Network:
    """Carries advertisements between two machines, and wakes both when they are due."""

    def __init__(
        self, machines: tuple[Machine, Machine], wiring: Wiring, record: Record, now: float
    ) -> None:
        self.machines = machines
        self.now = now  # s of virtual time
        self.events = 0  # what was lived through one by one
        self.cut = False  # nothing that one router advertises reaches the other
        self.record = record
        self._wiring = wiring
        self._segment = QUIET
        self._stranger_due: list[float] = []  # a stranger each
        self._flight: deque[tuple[float, int, Advertisement]] = deque()
        self.soonest = now  # nothing happens before
        self._due: list[float] = [now, now]
        self._gone_since: list[float | None] = [None, None]
        self._failing: dict[tuple[int, str, int], int] = {}  # sends that worked since
        for router in (0, 1):
            self.touched(router)

    # -- time ----------------------------------------------------------------

    def advance(self, until: float) -> None:
        """Let everything happen that is due until an instant, in its order."""
        at_once = 0
        while (due := self.soonest) <= until:
            if until - self.now > LEAP_MIN_S and self._leap(until):
                continue
            at_once = at_once + 1 if due <= self.now else 0
            assert at_once < AT_ONCE_MAX, f"time stands still at {self.now} s"
            self.now = max(self.now, due)
            self.events += 1
            self._happen()
        self.now = max(self.now, until)

    def live_through(self, until: float) -> None:
        """Let time pass without leaping over what only repeats itself: somebody counts it."""
        while self.now < until:
            self.advance(min(until, self.now + LEAP_MIN_S / 2))  # no rounding makes that a leap

    def join(self, segment: Segment) -> None:
        """Put the pair onto a wire with others on it."""
        self._segment = segment
        self._stranger_due = [self.now] * len(segment.strangers)
        self.soonest = self.now

    def spend(self, seconds: float) -> None:
        """Let time pass, as a rule without anything happening in it."""
        until = self.now + seconds
        if until < self.soonest:
            self.now = until
        else:
            self.advance(until)

    def touched(self, router: int) -> None:
        """Take up what a program or an event has changed on a router."""
        machine = self.machines[router]
        while outbox := machine.take_outbox():  # a failed send may cause another one, once
            self._send(router, outbox)
        due = machine.next_due()
        self._due[router] = inf if due is None else due
        if machine.reachable:
            self._gone_since[router] = None
        elif self._gone_since[router] is None:
            self._gone_since[router] = self.now
        self.record.sample(self.now)
        self._reckon()

    def _reckon(self) -> None:
        """Find out when something happens next."""
        spare = self._segment.spare_due
        soonest = min((*self._due, *self._stranger_due, inf if spare is None else spare))
        self.soonest = min(soonest, self._flight[0][0]) if self._flight else soonest

    def power_off(self, router: int) -> None:
        self.machines[router].faults.dead = True
        self.wake(router)

    def panic(self, router: int) -> None:
        self.machines[router].panic(self.now)
        self.wake(router)

    def unplug(self, router: int, interface: str) -> None:
        self._send(router, self.machines[router].set_link(interface, up=False, now=self.now))
        self.touched(router)

    def repair(self, router: int) -> None:
        """Take every fault off a router, plug it in, and switch it on again if it hangs."""
        machine = self.machines[router]
        machine.mend(self.now)
        for interface in machine.unplugged:
            self._send(router, machine.set_link(interface, up=True, now=self.now))
        self.wake(router)

    def wake(self, router: int) -> None:
        """Let a router act on what was changed about it from outside."""
        self._send(router, self.machines[router].tick(self.now))
        self.touched(router)

    def _happen(self) -> None:
        if self._flight and self._flight[0][0] <= self.now:
            _, router, advertisement = self._flight.popleft()
            if router == SPARE:
                self._wake_spare(advertisement)
                return
            self._send(router, self.machines[router].receive(advertisement, self.now))
            self.touched(router)
            return
        for index, due in enumerate(self._stranger_due):
            if due <= self.now:
                self._stranger_due[index] += self._segment.strangers[index].period_s
                self._hear(index)
                return
        spare = self._segment.spare_due
        if spare is not None and spare <= self.now:
            self._wake_spare(None)
            return
        router = 0 if self._due[0] <= self._due[1] else 1
        self.wake(router)

    # -- leaping -------------------------------------------------------------

    def _leap(self, until: float) -> bool:
        """Go at once to where something other than a repetition can happen, if that is far."""
        if not self._segment.is_quiet:
            return False
        if self._flight or any(_holds_carp(machine.faults) for machine in self.machines):
            return False
        others = (machine.next_due_but_carp() for machine in self.machines)
        soonest = min((due for due in others if due is not None), default=inf)
        to = min(until, soonest, self._medium_stays_until())
        if to - self.now <= LEAP_MIN_S:
            return False
        carps = tuple(machine.carp for machine in self.machines if machine.reachable)
        if not leap(carps, self._deliveries, to):
            return False
        self.now = to - LATENCY_S
        for router in (0, 1):
            self.touched(router)
        return True

    def _medium_stays_until(self) -> float:
        """Return when the next unicast peer that is gone is noticed to be gone."""
        noticed = (since + ARP_S for since in self._gone_since if since is not None)
        return min((at for at in noticed if at > self.now), default=inf)

    def _deliveries(self, advertisement: Advertisement) -> Iterator[Delivery]:
        sender = 0 if advertisement.source_router == self.machines[0].name else 1
        arriving = self._arriving(sender, advertisement)
        if arriving is not None:
            yield Delivery(self.machines[1 - sender].carp, arriving, LATENCY_S)

    # -- the medium ----------------------------------------------------------

    def _send(self, sender: int, advertisements: tuple[Advertisement, ...]) -> None:
        for advertisement in advertisements:
            if advertisement.destination is not None:
                self._report(sender, advertisement)
            if self._segment.echoes:
                back = replace(advertisement, source_router=ECHO)
                self._flight.append((self.now + LATENCY_S, sender, back))
            if self._segment.spare and advertisement.destination is None:
                heard = replace(advertisement, interface=self._of_first(sender, advertisement))
                self._flight.append((self.now + LATENCY_S, SPARE, heard))
            arriving = self._arriving(sender, advertisement)
            if arriving is not None:
                self._flight.append((self.now + LATENCY_S, 1 - sender, arriving))

    def _of_first(self, sender: int, sent: Advertisement) -> str:
        """Return what the first router calls the wire that something was sent on."""
        if sender == 0:
            return sent.interface
        return self._wiring.interfaces.get((1, sent.interface), sent.interface)

    def _wake_spare(self, heard: Advertisement | None) -> None:
        """Let a third router hear something, or do what is due; both hear what it says."""
        spare = self._segment.spare
        assert spare is not None
        said = spare.hear(heard, self.now) if heard else spare.tick(self.now)
        for one in said:
            theirs = self._wiring.interfaces.get((0, one.interface), one.interface)
            self._flight.append((self.now + LATENCY_S, 0, one))
            self._flight.append((self.now + LATENCY_S, 1, replace(one, interface=theirs)))
        self._reckon()

    def _hear(self, index: int) -> None:
        """Have both routers hear one of the others on their wire."""
        stranger = self._segment.strangers[index]
        theirs = self._wiring.interfaces.get((0, stranger.interface), stranger.interface)
        for router, interface in enumerate((stranger.interface, theirs)):
            if stranger.vrrp:
                self.machines[router].hear_vrrp()
            for advertisement in stranger.advertisements(interface):
                self._send(router, self.machines[router].receive(advertisement, self.now))
            self.touched(router)

    def _arriving(self, sender: int, sent: Advertisement) -> Advertisement | None:
        """Return an advertisement as the other router hears it; None if it does not."""
        receiver = 1 - sender
        if self.cut or not self.machines[receiver].reachable:
            return None
        interface = self._wiring.interfaces.get((sender, sent.interface), sent.interface)
        vhid = self.machines[receiver].carp.by_key.get((interface, sent.vhid))
        if vhid is None:
            return None
        peer = vhid.config.peer if sent.family == "inet" else vhid.config.peer6
        if not self._hears(sender, sent.destination, None if peer in MULTICAST_PEERS else peer):
            return None
        return sent if interface == sent.interface else replace(sent, interface=interface)

    def _hears(self, sender: int, destination: str | None, peer: str | None) -> bool:
        """Multicast hears multicast; unicast hears who names it and whom it names."""
        if destination is None or peer is None:
            return destination is peer
        own = self._wiring.addresses
        return destination in own[1 - sender] and peer in own[sender]

    def _report(self, sender: int, sent: Advertisement) -> None:
        """Tell the kernel whether the peer's address still resolves (carp_send_ad_error)."""
        key = (sender, sent.interface, sent.vhid)
        since = self._gone_since[1 - sender]
        if since is not None and self.now >= since + ARP_S:
            self._failing[key] = 0
            self._result(sender, sent, EHOSTDOWN)
        elif key in self._failing:
            self._failing[key] += 1
            if self._failing[key] == SENDS_TO_RECOVER:
                del self._failing[key]
            self._result(sender, sent, 0)

    def _result(self, sender: int, sent: Advertisement, error: int) -> None:
        self.machines[sender].send_result(sent.interface, sent.vhid, error, self.now)


def _holds_carp(faults: MachineFaults) -> bool:
    """Whether a router's roles are not what CARP alone makes of them."""
    return faults.deaf or faults.forced_master or faults.carp_stuck_backup
