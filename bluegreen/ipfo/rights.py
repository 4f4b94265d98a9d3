"""What a consumer key must be allowed to do: the least that is needed, and what it lacks."""

from collections.abc import Iterable, Mapping

from bluegreen.ipfo import calls
from bluegreen.ipfo.calls import call_of
from bluegreen.ipfo.replies import Credential, Rule
from bluegreen.model.pair import FloatingAddress

VALIDATED = "validated"


def least(wanted: FloatingAddress) -> tuple[Rule, ...]:
    """Return the rules to ask for: to read, and to change this address, as far as rules can say.

    An address stands in a path as 198.51.100.230%2F32; whether OVH compares a rule with that or
    with what it stands for is written nowhere, so a star stands there.
    """
    rules = [Rule("GET", "/auth/currentCredential"), Rule("GET", "/ip/*")]
    if wanted.services:
        asked = (f"/dedicated/server/{service}/ipCanBeMovedTo" for _, service in wanted.services)
        rules += [Rule("GET", path) for path in asked]
        return (*rules, *([Rule("POST", "/ip/*/move")] if wanted.moves else []))
    server = f"/dedicated/server/{wanted.service}"
    rules += [Rule("GET", f"{server}/virtualMac*"), Rule("GET", f"{server}/task*")]
    if wanted.moves:
        rules += [
            Rule("POST", f"{server}/virtualMac/*/virtualAddress"),
            Rule("DELETE", f"{server}/virtualMac/*/virtualAddress/{wanted.address}"),
        ]
    return tuple(rules)


def for_new_macs(wanted: FloatingAddress) -> tuple[Rule, ...]:
    """Return what making a virtual MAC needs beyond that."""
    return (Rule("POST", f"/dedicated/server/{wanted.service}/virtualMac"),)


def missing(
    wanted: FloatingAddress, credential: Credential, macs: Mapping[str, str]
) -> Iterable[str]:
    """Yield why a credential does not suffice."""
    if credential.status == "expired":
        yield f"the consumer key expired{_at(credential)}: `bluegreen ipfo grant` requests another"
    elif credential.status == "pendingValidation":
        yield "the consumer key was not validated yet: open its validation URL"
    elif credential.status != VALIDATED:
        yield f"the consumer key is {credential.status}: `bluegreen ipfo grant` requests another"
    for method, path in _needed(wanted, macs):
        if not credential.allows(method, path):
            yield f"no rule of the consumer key allows {method} {path}"


def _at(credential: Credential) -> str:
    return f" at {credential.expires}" if credential.expires else ""


def _needed(wanted: FloatingAddress, macs: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Yield the requests that change something; those that read have just been made."""
    if not wanted.moves:
        return
    commands = [calls.move(wanted.address, service) for _, service in wanted.services[:1]]
    for mac in () if wanted.services else macs.values():
        commands.append(calls.unbind(wanted.service, mac, wanted.address))
        commands.append(calls.bind(wanted.service, mac, wanted.address, ""))
    for call in map(call_of, commands):
        yield call.method, call.path
