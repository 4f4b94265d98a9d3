"""IPsec that must follow: with whom the MASTER had SAs, the new MASTER must have them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import Evidence
from bluegreen.model.ipsec import DYING, MATURE, IkeSa, Ipsec, IpsecPolicy, Sa
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no, shown_by
from bluegreen.policy.setting import Setting

OWN = "its own address"
_BEST = (MATURE, DYING, "larval", "dead")
_ENABLES = re.compile(r"^\s*(ipsec|strongswan|racoon)_enable=[\"']?([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Ends:
    """Between whom an SA is; own addresses differ on the two routers, VIPs do not."""

    local: str
    remote: str
    protocol: str

    def __str__(self) -> str:
        return f"{self.remote} ({self.protocol}, from {self.local})"


@dataclass(slots=True)
class Directions:
    """The best state of each direction; None: there is no SA."""

    inward: str | None = None
    outward: str | None = None

    @property
    def mature(self) -> bool:
        return self.states == (MATURE, MATURE)

    @property
    def states(self) -> tuple[str | None, str | None]:
        return self.inward, self.outward


def ipsec_as(now: RouterFacts, was: RouterFacts, setting: Setting) -> Verdict:
    """Each pair of SAs, each policy and each IKE_SA that the MASTER had is there and up."""
    if not watched(setting):
        return YES
    here, there = read(now), read(was)
    if isinstance(there, Unknown):
        return no(f"IPsec was unknown at the start: {there.unknown}")
    if isinstance(here, Unknown):
        return no(f"{now.name}: IPsec cannot be read: {here.unknown}")
    if there.ike is not None and here.ike is None:  # whatever else is missing comes of that
        return no(f"{now.name}: {_silence(here)}")
    negotiated = all_of(
        [
            *_associations(now, here, _carried(was, there)),
            *_wished(now, here, setting),
            *_spoken(now, here, there),
        ]
    )
    return negotiated and all_of(_policies(now, here, was, there))


def ipsec_ready(now: RouterFacts, was: RouterFacts, setting: Setting) -> Verdict:
    """A router that does not serve can be read, and its strongSwan runs if it did before."""
    if not watched(setting):
        return YES
    here, there = read(now), read(was)
    if isinstance(here, Unknown):
        return no(f"{now.name}: IPsec cannot be read: {here.unknown}")
    if isinstance(there, Unknown) or there.ike is None:
        return YES
    return holds(here.ike is not None, f"{now.name}: {_silence(here)}")


def ipsec_observable(pair: PairFacts, setting: Setting) -> Verdict:
    """What is configured must be seen before anything is changed, and be up on the MASTER."""
    routers = pair.observed()
    if setting.ipsec is None:
        return all_of(_unwatched(router) for router in routers)
    if not watched(setting):
        return YES
    return all_of(verdict for router in routers for verdict in _observable(router, setting))


def concerns(pair: PairFacts, setting: Setting) -> bool:
    """Whether IPsec is any concern of this pair's."""
    return setting.ipsec is not None or any(map(enabled, pair.observed()))


def watched(setting: Setting) -> bool:
    return setting.ipsec is not None and setting.ipsec.watched


def read(router: RouterFacts) -> Ipsec | Unknown:
    """Return what was read; what was not even asked is unknown, too."""
    return Unknown("it was not asked") if router.ipsec is None else router.ipsec


def enabled(router: RouterFacts) -> tuple[str, ...]:
    """Return what rc.conf(5) has a boot start of IPsec; the last line of a name counts."""
    if isinstance(router.rc, Unknown):
        return ()
    found: dict[str, bool] = {}
    for file in router.rc:
        for line in file.lines:
            if match := _ENABLES.match(line):
                found[match[1]] = match[2].lower() in ("yes", "true", "on", "1")
    return tuple(name for name, wanted in found.items() if wanted)


def associations(router: RouterFacts, ipsec: Ipsec) -> Mapping[Ends, Directions]:
    """Return what the kernel has, by the two ends, with the best state of each direction."""
    own = {inet.address for i in router.interfaces for inet in (*i.inet, *i.inet6)}
    vips = router.vips
    found: dict[Ends, Directions] = {}
    for sa in ipsec.sas:
        outward = sa.src in own | vips
        local, remote = (sa.src, sa.dst) if outward else (sa.dst, sa.src)
        ends = Ends(local if local in vips else OWN, remote, sa.protocol.removesuffix("-udp"))
        directions = found.setdefault(ends, Directions())
        if outward:
            directions.outward = _better(directions.outward, sa)
        else:
            directions.inward = _better(directions.inward, sa)
    return found


def _better(known: str | None, sa: Sa) -> str:
    states = [state for state in (known, sa.state) if state is not None]
    return min(states, key=lambda state: _BEST.index(state) if state in _BEST else len(_BEST))


def _carried(router: RouterFacts, ipsec: Ipsec) -> tuple[Ends, ...]:
    """Return the ends with SAs both ways; one that is dying still carries until it is renewed."""
    carrying = (MATURE, DYING)
    return tuple(
        ends
        for ends, directions in associations(router, ipsec).items()
        if all(state in carrying for state in directions.states)
    )


def _associations(router: RouterFacts, ipsec: Ipsec, wanted: Iterable[Ends]) -> list[Verdict]:
    here = associations(router, ipsec)
    return [_paired(router.name, ends, here.get(ends, Directions())) for ends in wanted]


def _paired(name: str, ends: Ends, directions: Directions) -> Verdict:
    """Say by name what is missing: both directions, one of them, or only the negotiation's end."""
    match directions.states:
        case ("mature", "mature"):
            return YES
        case (None, None):
            return no(f"{name}: no SA with {ends}: it was not negotiated")
        case ("mature", None):
            return no(f"{name}: one-way IPsec: an SA comes in from {ends}, none goes out")
        case (None, "mature"):
            return no(f"{name}: one-way IPsec: an SA goes out to {ends}, none comes in")
        case ("larval", None) | (None, "larval") | ("larval", "larval"):
            return no(f"{name}: the SA with {ends} is larval: its negotiation has not ended")
    return no(f"{name}: SAs with {ends} are not mature: {described(directions)}")


def described(directions: Directions) -> str:
    """Return the state of both directions in words."""
    inward, outward = (state or "not there" for state in directions.states)
    return MATURE if directions.mature else f"in {inward}, out {outward}"


def _wished(router: RouterFacts, ipsec: Ipsec, setting: Setting) -> Iterable[Verdict]:
    peers = setting.ipsec.peers if setting.ipsec else ()
    here = associations(router, ipsec)
    for peer in peers:
        among = [directions for ends, directions in here.items() if ends.remote == peer]
        both = any(directions.mature for directions in among)
        yield holds(both, f"{router.name}: no pair of mature SAs with {peer}, which `ipsec` wants")


def _policies(now: RouterFacts, here: Ipsec, was: RouterFacts, there: Ipsec) -> Iterable[Verdict]:
    """A tunnel without its policy sends in the clear, or nothing."""
    have = {_neutral(policy, now) for policy in here.policies}
    for policy in there.policies:
        told = f"{policy.direction} {policy.src} {policy.dst} {policy.upper}"
        yield holds(_neutral(policy, was) in have, f"{now.name}: no IPsec policy `{told}`")


def _neutral(policy: IpsecPolicy, router: RouterFacts) -> tuple[str, ...]:
    """Return a policy as it is on either router: own addresses differ, numbers of requests too."""
    vips = router.vips
    own = {inet.address for i in router.interfaces for inet in (*i.inet, *i.inet6)} - vips
    transforms = (re.sub(r"[:#]\d+$", "", transform) for transform in policy.transforms)
    words = (policy.direction, policy.action, policy.src, policy.dst, policy.upper, *transforms)
    return tuple(_ADDRESS.sub(lambda match: OWN if match[0] in own else match[0], w) for w in words)


_ADDRESS = re.compile(r"[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+")


def _spoken(now: RouterFacts, here: Ipsec, there: Ipsec) -> Iterable[Verdict]:
    """Where strongSwan spoke for the MASTER, it speaks here with the same far ends."""
    carried = {sa.remote for sa in here.ike or () if sa.carries}
    for sa in there.ike or ():
        if sa.carries and sa.remote not in carried:
            yield no(f"{now.name}: {_state(here.ike or (), sa)}")


def _silence(ipsec: Ipsec) -> str:
    why = ipsec.silent or "swanctl(8) is not there"
    return f"strongSwan does not answer: {why}"


def _state(ike: tuple[IkeSa, ...], wanted: IkeSa) -> str:
    near = [sa for sa in ike if sa.remote == wanted.remote]
    near = near or [sa for sa in ike if sa.name == wanted.name]
    if not near:
        return f"no IKE_SA with {wanted.remote} ({wanted.name})"
    children = ", ".join(child.state for child in near[0].children) or "no CHILD_SA"
    return f"IKE_SA with {wanted.remote} ({wanted.name}) is {near[0].state}, {children}"


def _unwatched(router: RouterFacts) -> Verdict:
    found = ", ".join(f"{name}_enable" for name in enabled(router))
    verdict = holds(
        not found,
        f"{router.name}: {found} is set, and nothing here watches IPsec: `ipsec: {{}}` in the "
        "inventory has it watched, `ipsec: {daemon: none}` says that it need not follow",
    )
    files = () if isinstance(router.rc, Unknown) else router.rc
    lines = (f"{f.path}: {line.strip()}" for f in files for line in f.lines if _ENABLES.match(line))
    return shown_by(verdict, *(Evidence(router.name, line) for line in lines))


def _observable(router: RouterFacts, setting: Setting) -> Iterable[Verdict]:
    ipsec, wish = read(router), setting.ipsec
    assert wish is not None
    serves = router.name == setting.blue
    if isinstance(ipsec, Unknown):
        unread = no(f"{router.name}: IPsec cannot be read: {ipsec.unknown}")
        yield shown_by(unread, Evidence(router.name, f"setkey -D: {ipsec.unknown}"))
        return
    wanted = "strongswan" in enabled(router) or (serves and wish.daemon == "strongswan")
    if ipsec.ike is None and (wanted or (ipsec.silent and serves)):
        said = ipsec.silent or "it is not there"
        silent = no(f"{router.name}: {_silence(ipsec)}")
        yield shown_by(silent, Evidence(router.name, f"swanctl --list-sas: {said}"))
    if serves:
        carries = holds(
            bool(_carried(router, ipsec)),
            f"{router.name} serves and has no pair of SAs with anybody, but `ipsec:` is configured",
        )
        states = (f"{ends}: {described(d)}" for ends, d in associations(router, ipsec).items())
        seen = Evidence(router.name, f"setkey -D: {'; '.join(states) or 'no SA'}")
        yield shown_by(all_of([carries, *_wished(router, ipsec, setting)]), seen)
