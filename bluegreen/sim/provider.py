"""OVH as a simulated pair sees it: the emulated API on virtual time, and who is bound when."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf

from bluegreen.emulator.machine import Machine
from bluegreen.emulator.ovh import OvhApi
from bluegreen.emulator.ovh_account import Account, Pace, Vmac
from bluegreen.emulator.ovh_http import Request
from bluegreen.emulator.ovh_key import Key
from bluegreen.ipfo.calls import Call
from bluegreen.ipfo.door import OvhDoor
from bluegreen.ipfo.errors import refusal, silence
from bluegreen.model.pair import FloatingAddress
from bluegreen.sim.clock import START
from bluegreen.sim.history import History
from bluegreen.sim.life import Life
from bluegreen.sim.network import Network

CALL_S = 0.15  # what a request costs
LOST_S = 10.0  # and one that nobody answers
HOOK_S = 35.0  # until a script on the routers has the address moved, where it does that

PACE = Pace()

Names = tuple[str, ...]


class SimOvh:
    """The account that holds a floating address; it outlives the controller.

    Args:
        wanted: What the inventory says of the address.
        machines: The routers; the address can be bound to the interface that has it.
        served: Who was MASTER of the address, and when.
    """

    def __init__(
        self,
        wanted: FloatingAddress,
        machines: tuple[Machine, Machine],
        served: History[Names] | None,
    ) -> None:
        self.wanted = wanted
        self.macs = _macs(wanted, machines)
        self._served = served
        self._followed = 1  # how many changes of the MASTER a script on the routers has seen
        master = (served.value if served else ())[:1]
        self.api = OvhApi(_account(wanted, machines, self.macs, master), signed=False)

    def bound(self, now: float) -> Sequence[tuple[float, str | None]]:
        """Return to which router the address was sent, from when on."""
        self.live(now)
        routers = {mac: name for name, mac in self.macs.items()}
        services = {service: name for name, service in self.wanted.services}
        return [
            (at, services.get(service or "") if services else routers.get(mac or ""))
            for at, service, mac in self.api.account.changes[self.wanted.address]
        ]

    def live(self, now: float) -> None:
        """Let tasks end, and a script on the routers do its work."""
        if not self.wanted.moves and self.wanted.binding == "router" and self._served:
            changes = self._served.changes
            while self._followed < len(changes) and changes[self._followed][0] + HOOK_S <= now:
                at, masters = changes[self._followed]
                self._followed += 1
                if len(masters) == 1:
                    self._hook(masters[0], at + HOOK_S)
        self.api.account.advance(now)

    def repair(self, now: float) -> None:
        """Do what OVH's support and the owner of the account would: end what hangs, renew keys."""
        self.live(now)
        self.api.mishaps.clear()
        self.api.key = Key()
        account = self.api.account
        account.endings.clear()
        account.stays.clear()
        for job in account.jobs:
            job.cancelled |= job.stays is not None

    def _hook(self, router: str, at: float) -> None:
        wanted, account = self.wanted, self.api.account
        if wanted.services:
            account.advance(at)
            account.routed[wanted.address] = wanted.service_of(router)
            account.changes[wanted.address].append((at, wanted.service_of(router), None))
        elif router in self.macs:
            account.follow(wanted.service, self.macs[router], wanted.address, at)


class SimApi:
    """What one incarnation of the controller asks of it."""

    has_rules = True

    def __init__(self, ovh: SimOvh, network: Network, life: Life) -> None:
        self._ovh = ovh
        self._network = network
        self._life = life

    def call(self, call: Call) -> object:
        self._life.check()
        if not call.reads:
            self._life.touch()
        self._network.spend(CALL_S / 2)
        now = self._network.now
        self._ovh.live(now)
        body = "" if call.data is None else json.dumps(call.data)
        epoch_s = START.timestamp() + now
        reply = self._ovh.api.answer(Request(call.method, call.path, body=body), now, epoch_s)
        self._network.spend(LOST_S if reply.lost else CALL_S / 2)
        if not call.reads:
            self._life.touch()
        if reply.lost:
            raise silence(call, f"{call}: no answer from OVH: ReadTimeout")
        if reply.status != 200:
            raise refusal(call, reply.status, reply.body, dict(reply.headers))
        return reply.body


def sim_door(ovh: SimOvh, network: Network, life: Life) -> OvhDoor:
    """Return the same door as a live run has, to the simulated account."""
    return OvhDoor(SimApi(ovh, network, life), ovh.wanted, lambda: network.now)


def reached(served: History[Names], bound: Sequence[tuple[float, str | None]]) -> History[Names]:
    """Return who was MASTER of an address and was also sent what is for it: nobody else answers."""
    begin = served.changes[0][0]
    edges = {at for at, _ in served.changes} | {at for at, _ in bound if at > begin}
    spans = list(pairwise((*bound, (inf, None))))

    def answers(edge: float) -> Names:
        to = next((router for (at, router), (until, _) in spans if at <= edge < until), None)
        return tuple(name for name in served.at(edge) if name == to)

    whole = History(answers(begin), begin)
    for edge in sorted(edges):
        whole.note(answers(edge), edge)
    return whole


def _macs(wanted: FloatingAddress, machines: tuple[Machine, Machine]) -> Mapping[str, str]:
    """Return the MAC of each router's interface that has the address."""
    if wanted.macs:
        return dict(wanted.macs)
    found = {}
    for machine in machines:
        at = {v.interface for v in machine.spec.vhids if _has(v.addresses, wanted.address)}
        for interface in machine.spec.interfaces:
            if interface.name in at and interface.ether:
                found[machine.name] = interface.ether
    return found


def _has(addresses: Sequence[str], address: str) -> bool:
    return any(given.partition("/")[0] == address for given in addresses)


def _account(
    wanted: FloatingAddress,
    machines: tuple[Machine, Machine],
    macs: Mapping[str, str],
    masters: Names,
) -> Account:
    """Return what lies at OVH at the start: the address at its MASTER, a permanent one beside."""
    at = masters[0] if masters else machines[0].name
    services = {service: dict[str, Vmac]() for _, service in wanted.services}
    routed = {wanted.address: dict(wanted.services).get(at, wanted.service)}
    if services:
        return Account(services, {**routed}, PACE)
    vmacs = {
        mac: Vmac("vmware", {f"203.0.113.{240 + index}": name})
        for index, (name, mac) in enumerate(macs.items())
    }
    if wanted.binding == "router" and at in macs:
        vmacs[macs[at]].addresses[wanted.address] = at
    return Account({wanted.service: vmacs}, {**routed}, PACE)
