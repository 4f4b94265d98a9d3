"""Read where a floating address is, and what could keep it from being moved."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from bluegreen.ipfo import calls
from bluegreen.ipfo.calls import Call
from bluegreen.ipfo.errors import ApiRefusedError, CredentialError, MissingError
from bluegreen.ipfo.replies import (
    OPEN,
    Credential,
    Task,
    read_credential,
    read_numbers,
    read_routing,
    read_task,
    read_texts,
)
from bluegreen.ipfo.rights import missing
from bluegreen.model.pair import FloatingAddress
from bluegreen.world import Binding

TASKS_MAX = 20  # of one status; more than a few open ones are never of this address
MAC_TASKS = ("virtualMac", "VirtualMac", "moveFloatingIp", "genericMoveFloatingIp")


class Api(Protocol):
    """OVH's API, signed or simulated."""

    @property
    def has_rules(self) -> bool:
        """Whether a consumer key signs: its rules can be read. A service account has none."""
        ...

    def call(self, call: Call) -> object:
        """Return the decoded reply, or raise what `errors.refusal` and `errors.silence` say."""
        ...


class Reader:
    """Asks what is needed and no more: some 60 requests a minute are tolerated (python-ovh#81)."""

    def __init__(self, api: Api, wanted: FloatingAddress) -> None:
        self._api = api
        self._wanted = wanted

    # -- where it is -------------------------------------------------------------------------

    def binding(self, macs: Mapping[str, str]) -> Binding:
        """Return where it is, in two requests at most; nothing is said of tasks."""
        wanted = self._wanted
        if wanted.services:
            return self._by_server()
        if wanted.binding == "carp":
            return Binding(wanted.address, None, settled=True, service=self.routed_to())
        candidates = {wanted.mac: None} if wanted.mac else dict.fromkeys(macs.values())
        held = next((mac for mac in candidates if wanted.address in self.held_by(mac)), None)
        at = [router for router, mac in macs.items() if mac == held] if held else []
        if len(at) == 1:
            return Binding(wanted.address, at[0], settled=True, mac=held)
        return Binding(wanted.address, None, settled=True, detail=_nowhere(held, at), mac=held)

    def _by_server(self) -> Binding:
        wanted = self._wanted
        service = self.routed_to()
        at = [router for router, server in wanted.services if server == service]
        detail = "" if at else f"it is routed to {service}" if service else "it is parked"
        return Binding(wanted.address, at[0] if at else None, True, detail, service)

    def routed_to(self) -> str | None:
        return read_routing(self._api.call(calls.routing(self._wanted.address)))

    def held_by(self, mac: str | None) -> tuple[str, ...]:
        """Return the addresses of a virtual MAC; none where OVH has no such MAC."""
        if mac is None:
            return ()
        try:
            return read_texts(self._api.call(calls.addresses(self._wanted.service, mac)))
        except MissingError:
            return ()

    def macs(self) -> tuple[str, ...]:
        """Return every virtual MAC of the server."""
        return read_texts(self._api.call(calls.macs(self._wanted.service)))

    def holder(self, address: str) -> str | None:
        """Return whichever virtual MAC of the server has an address: a request for each."""
        return next((mac for mac in self.macs() if address in self.held_by(mac)), None)

    # -- what OVH is at ------------------------------------------------------------------------

    def open_tasks(self) -> tuple[Task, ...]:
        """Return what is under way that touches virtual MACs of the server, or the address."""
        wanted = self._wanted
        found = [
            self.ip_task(number)
            for status in OPEN
            for number in self._numbers(calls.ip_tasks(wanted.address, status))
        ]
        for service in () if wanted.services else (wanted.service,):
            found += [
                self.server_task(number)
                for status in OPEN
                for number in self._numbers(calls.server_tasks(service, status))
            ]
        ours = {t.number: t for t in found if any(word in t.function for word in MAC_TASKS)}
        return tuple(task for task in ours.values() if task.is_open)

    def _numbers(self, call: Call) -> Iterable[int]:
        return read_numbers(self._api.call(call))[:TASKS_MAX]

    def ip_task(self, number: int) -> Task:
        return read_task(self._api.call(calls.ip_task(self._wanted.address, number)))

    def server_task(self, number: int) -> Task:
        return read_task(self._api.call(calls.server_task(self._wanted.service, number)))

    # -- what could keep it from being moved ---------------------------------------------------

    def problems(self, macs: Mapping[str, str]) -> tuple[str, ...]:
        """Return every reason why a move would fail, each as a sentence."""
        wanted = self._wanted
        key = self.credential()
        found = list(missing(wanted, key, macs)) if key else []
        if not wanted.services:
            found += self._of_server()
        if wanted.binding == "carp":
            return (*found, *self._of_carp())
        if not wanted.moves:
            return tuple(found)
        checks = self._of_services() if wanted.services else self._of_macs(macs)
        return (*found, *checks)

    def credential(self) -> Credential | None:
        """Return the key in use; None: a service account, whose rights nobody can be asked for."""
        if not self._api.has_rules:
            return None
        return read_credential(self._api.call(calls.credential()))

    def _of_server(self) -> Iterable[str]:
        service = self.routed_to()
        if service != self._wanted.service:
            yield (
                f"{self._wanted.address} is routed to {service or 'nowhere'}, not to "
                f"{self._wanted.service}"
            )

    def _of_carp(self) -> Iterable[str]:
        mac = self.holder(self._wanted.address)
        if mac:
            yield (
                f"{self._wanted.address} is bound to the virtual MAC {mac}: OVH sends it there, "
                "whatever CARP says"
            )

    def _of_macs(self, macs: Mapping[str, str]) -> Iterable[str]:
        for router, mac in macs.items():
            held = self.held_by(mac)
            if not held:
                yield f"{mac} of {router} is no virtual MAC of {self._wanted.service}"
            elif held == (self._wanted.address,):
                yield (
                    f"{self._wanted.address} is the only address of {mac} ({router}): OVH deletes "
                    "a virtual MAC with its last address, for good; bind another one to it first"
                )

    def _of_services(self) -> Iterable[str]:
        """A server that has the address takes it anyhow; the other one is asked."""
        here = self.routed_to()
        for router, service in self._wanted.services:
            if service == here:
                continue
            try:
                self._api.call(calls.movable(self._wanted.address, service))
            except CredentialError:
                raise
            except ApiRefusedError as error:
                address = self._wanted.address
                yield f"{address} cannot be moved to {service} ({router}): {error.what}"


def _nowhere(held: str | None, at: list[str]) -> str:
    if held and at:
        return f"{' and '.join(at)} both have the MAC {held}"
    if held:
        return f"it is bound to {held}, which neither router has"
    return "it is bound to no virtual MAC of the two routers"
