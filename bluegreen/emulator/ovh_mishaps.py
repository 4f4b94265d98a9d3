"""What can go wrong at OVH, by name: for the emulated API, over HTTP and in simulation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bluegreen.emulator.ovh import OvhApi
from bluegreen.emulator.ovh_account import Vmac
from bluegreen.emulator.ovh_http import Mishap

SILENCE_S = 40.0  # what a 429 asks for
LATE_S = 60.0  # how long an effect may be seen later than its task is done
OTHER_MAC = "02:00:00:ff:ff:01"  # of a machine that is no router of ours

Happens = Callable[[OvhApi], None]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that can go wrong, and how."""

    doc: str  # one sentence
    happens: Happens
    early: bool = False  # it is there before a run begins


def _key(status: str) -> Happens:
    def happens(api: OvhApi) -> None:
        api.key.status = status

    return happens


def _read_only(api: OvhApi) -> None:
    api.key.rules = (("GET", "/*"),)


def _ends(ending: str) -> Happens:
    return lambda api: api.account.endings.append(ending)


def _stays(state: str) -> Happens:
    return lambda api: api.account.stays.append(state)


def _meets(mishap: Mishap) -> Happens:
    return lambda api: api.mishaps.append(mishap)


def _late(api: OvhApi) -> None:
    api.account.pace = replace(api.account.pace, late_s=LATE_S)


def _foreign_task(api: OvhApi) -> None:
    service = next(iter(api.account.servers))
    api.account.stays.append("doing")
    api.account.create_mac(service, "203.0.113.99", "ovh", "somebody", 0.0)


def _last_address(api: OvhApi) -> None:
    for vmacs in api.account.servers.values():
        for vmac in vmacs.values():
            kept = {a: name for a, name in vmac.addresses.items() if a in api.account.routed}
            vmac.addresses = kept or vmac.addresses


def _elsewhere(api: OvhApi) -> None:
    for service, vmacs in list(api.account.servers.items()):
        for address in api.account.routed:
            vmacs[OTHER_MAC] = Vmac("ovh", {"203.0.113.99": "somebody"})
            api.account.follow(service, OTHER_MAC, address, 0.0)


def _parked(api: OvhApi) -> None:
    for address in api.account.routed:
        api.account.routed[address] = None


TROUBLES: Mapping[str, Trouble] = {
    "ipfo-key-expired": Trouble("The consumer key expires.", _key("expired")),
    "ipfo-key-not-validated": Trouble(
        "Nobody has validated the consumer key.", _key("pendingValidation"), early=True
    ),
    "ipfo-key-reads-only": Trouble("The key may read and change nothing.", _read_only, early=True),
    "ipfo-answer-lost": Trouble(
        "A request is done, and its answer never comes.",
        _meets(Mishap("CHANGE", "*", effective=True)),
    ),
    "ipfo-request-lost": Trouble("A request never arrives.", _meets(Mishap("CHANGE", "*"))),
    "ipfo-error-before": Trouble(
        "A request ends with 503, and is not done.", _meets(Mishap("CHANGE", "*", 503))
    ),
    "ipfo-error-after": Trouble(
        "A request ends with 500, and is done.", _meets(Mishap("CHANGE", "*", 500, effective=True))
    ),
    "ipfo-too-many": Trouble(
        "OVH answers 429 and asks for silence.", _meets(Mishap("*", "*", 429, after_s=SILENCE_S))
    ),
    "ipfo-too-many-changes": Trouble(
        "OVH answers 429 to a request that changes something.",
        _meets(Mishap("CHANGE", "*", 429, after_s=SILENCE_S)),
    ),
    "ipfo-unavailable": Trouble(
        "OVH answers 503 to every question for a while.", _meets(Mishap("GET", "*", 503, left=25))
    ),
    "ipfo-conflict": Trouble(
        "A request is refused with 409, once.", _meets(Mishap("CHANGE", "*", 409, message="busy"))
    ),
    "ipfo-forbidden": Trouble(
        "Every request that changes something is refused with 403.",
        _meets(Mishap("CHANGE", "*", 403, code="FORBIDDEN", left=1000)),
    ),
    "ipfo-missing": Trouble(
        "Every request that changes something is refused with 404.",
        _meets(Mishap("CHANGE", "*", 404, message="This service does not exist", left=1000)),
    ),
    "ipfo-task-customer-error": Trouble("A task ends customerError.", _ends("customerError")),
    "ipfo-task-ovh-error": Trouble("A task ends ovhError.", _ends("ovhError")),
    "ipfo-task-cancelled": Trouble("A task is cancelled.", _ends("cancelled")),
    "ipfo-task-stays-init": Trouble("A task is never taken up.", _stays("init")),
    "ipfo-task-stays-todo": Trouble("A task stays todo.", _stays("todo")),
    "ipfo-task-stays-doing": Trouble("A task stays doing.", _stays("doing")),
    "ipfo-late": Trouble("What is done can be read a minute after its task is done.", _late),
    "ipfo-foreign-task": Trouble(
        "Somebody else's task on the server does not end.", _foreign_task, early=True
    ),
    "ipfo-last-address": Trouble(
        "A virtual MAC has no other address than the floating one.", _last_address, early=True
    ),
    "ipfo-elsewhere": Trouble(
        "The address is bound to a machine that is neither router.", _elsewhere, early=True
    ),
    "ipfo-parked": Trouble("The address is routed nowhere.", _parked, early=True),
}
