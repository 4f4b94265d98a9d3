"""What `bluegreen lab ipfo` does with its words: OVH's API, emulated on loopback."""

import json
import signal
import threading
from dataclasses import dataclass

from bluegreen.cli.files import load_inventory
from bluegreen.cli.options import Common
from bluegreen.cli.output import say, tell
from bluegreen.emulator.ovh import OvhApi
from bluegreen.emulator.ovh_account import Account, Pace, Vmac
from bluegreen.emulator.ovh_mishaps import TROUBLES
from bluegreen.errors import RefusedError, UsageError
from bluegreen.model.fields import is_mac
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.problems import hint
from bluegreen.providers.serve import serving

EXAMPLE = FloatingAddress("ovh", "ns1.example", "198.51.100.230", mode="move")
NAMES = ("router-001", "router-002")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed for it."""

    pair: str | None
    macs: tuple[str, ...]
    port: int
    pace_s: float
    mishaps: tuple[str, ...]


def serve(common: Common, typed: Wanted) -> int:
    """Serve until somebody stops it, and say how a client is pointed at it."""
    api = OvhApi(_account(common, typed))
    for name in typed.mishaps:
        if name not in TROUBLES:
            raise UsageError(f"`{name}` is none; {hint(name, TROUBLES)}", "--mishap")
        TROUBLES[name].happens(api)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with serving(api, typed.port) as endpoint:
            _tell(common, api, endpoint)
            stopped.wait()
    except OSError as error:
        raise RefusedError(f"port {typed.port}: {error.strerror}", "lab", "--port 0") from None
    tell(f"stopped; {len(api.requests)} requests were answered")
    return 0


def _tell(common: Common, api: OvhApi, endpoint: str) -> None:
    environment = {
        "OVH_ENDPOINT": endpoint,
        "OVH_APPLICATION_KEY": api.key.application,
        "OVH_APPLICATION_SECRET": api.key.secret,
        "OVH_CONSUMER_KEY": api.key.consumer,
    }
    if common.json:
        say(json.dumps(environment))
    else:
        say("\n".join(f"export {name}={value}" for name, value in environment.items()))
    tell("OVH's API is emulated there until Ctrl-C; these keys open nothing else")


def _account(common: Common, typed: Wanted) -> Account:
    wanted, names = _address(common, typed)
    if wanted.services:
        services = dict(wanted.services)
        servers = {service: dict[str, Vmac]() for service in services.values()}
        return Account(servers, {wanted.address: services[names[0]]}, _pace(typed))
    given = {**dict(wanted.macs), **_given(typed.macs, names)}
    macs = {name: given.get(name, f"02:00:00:00:00:{i:02x}") for i, name in enumerate(names, 1)}
    if wanted.mac:
        macs = {names[0]: wanted.mac}
    vmacs = {
        mac: Vmac("ovh", {f"203.0.113.{240 + i}": name})
        for i, (name, mac) in enumerate(macs.items())
    }
    if wanted.binding != "carp":
        vmacs[macs[names[0]]].addresses[wanted.address] = names[0]
    return Account({wanted.service: vmacs}, {wanted.address: wanted.service}, _pace(typed))


def _address(common: Common, typed: Wanted) -> tuple[FloatingAddress, tuple[str, str]]:
    if typed.pair is None:
        return EXAMPLE, NAMES
    pair = load_inventory(common.inventory).pair(typed.pair)
    if pair.ipfo is None:
        raise UsageError(f"{pair.name} has no `ipfo:` in the inventory", "--pair")
    first = pair.prefer or pair.names[0]
    return pair.ipfo, (first, pair.peer_of(first).name)


def _given(texts: tuple[str, ...], names: tuple[str, str]) -> dict[str, str]:
    given = {}
    for text in texts:
        name, _, mac = text.partition("=")
        if name not in names:
            raise UsageError(f"`{name}` is no router of it; {hint(name, names)}", "--mac")
        if not is_mac(mac):
            raise UsageError(f"`{mac}` is no MAC, as 02:00:00:12:34:56", "--mac")
        given[name] = mac.lower()
    return given


def _pace(typed: Wanted) -> Pace:
    """Spread what a task takes over its states."""
    return Pace(typed.pace_s * 0.05, typed.pace_s * 0.15, typed.pace_s * 0.8)
