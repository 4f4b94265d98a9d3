"""One router's CARP without a network: facts and instants in, effects out.

Source: FreeBSD 14 sys/netinet/ip_carp.c; the functions are named where it helps.
Every instant is in seconds on one monotonic clock that the caller keeps, and
never goes back. Nothing is sent here: the caller carries each ``Sent`` to
whoever hears it, and may tell of failed sends with ``send_result``.
"""

from dataclasses import replace

from bluegreen.carp.table import Move, Seen, step
from bluegreen.carp.values import (
    Advertisement,
    Announced,
    Effect,
    Effects,
    Logged,
    Notified,
    Request,
    Sent,
    Sysctls,
    Transition,
    VhidConfig,
    family_of,
    stored,
)
from bluegreen.carp.vhid import Vhid
from bluegreen.model.network import CarpState

DEFAULTS = Sysctls()


class Carp:
    """All vhids of one router, with what they share: demotion, preempt, allow, links."""

    def __init__(self, router: str, sysctls: Sysctls = DEFAULTS, demotion: int = 0) -> None:
        self.router = router
        self.sysctls = sysctls
        self.demotion = demotion  # net.inet.carp.demotion; write it with write_demotion
        self.by_key: dict[tuple[str, int], Vhid] = {}  # only this package changes what it holds
        self._down: set[str] = set()

    # -- what is configured --------------------------------------------------

    def add(self, config: VhidConfig, now: float) -> Effects:
        """Configure a vhid or give it another set of addresses: it starts from INIT.

        Without addresses it stays INIT; losing its last one removes it.
        """
        key = (config.interface, config.vhid)
        known = self.by_key.get(key)
        if known is not None and known.config.addresses and not config.addresses:
            return self.remove(*key, now)
        vhid = known or self.by_key.setdefault(key, Vhid(config))
        vhid.config = config
        return self._restart([vhid], now) if config.addresses else ()

    def remove(self, interface: str, vhid: int, now: float) -> Effects:
        """Destroy a vhid (carp_destroy); what its lost link had demoted is taken back."""
        gone = self.by_key.pop((interface, vhid))
        effects = self._apply(gone, Seen.LINK_UP, now)
        if not gone.suppressed:
            return effects
        factor = self.sysctls.ifdown_demotion_factor
        return (*effects, self._demote(-factor, "vhid removed"), *self._send_all(now))

    def request(self, interface: str, vhid: int, wanted: Request, now: float) -> Effects:
        """Do what SIOCSVH does: store; send nothing, unless a state was asked for.

        A vhid unknown on that interface is created, INIT and without
        addresses, and that counts as success. The advbase is stored before
        the advskew is checked.

        Raises:
            ValueError: EINVAL; what came before the refused value is stored.
        """
        key = (interface, vhid)
        if not 1 <= vhid <= 255:
            raise ValueError(f"vhid {vhid}: not within 1 to 255")
        known = self.by_key.get(key) or self.by_key.setdefault(key, Vhid(VhidConfig(*key)))
        known.config, refused = stored(known.config, wanted)
        if refused:
            raise ValueError(refused)
        asked = {CarpState.MASTER: Seen.ASKED_MASTER, CarpState.BACKUP: Seen.ASKED_BACKUP}
        if wanted.state not in asked:
            return ()
        return self._apply(known, asked[wanted.state], now)

    def set_state(self, interface: str, vhid: int, state: CarpState, now: float) -> Effects:
        """``ifconfig IF vhid N state S``; nothing happens to a vhid that is INIT."""
        return self.request(interface, vhid, Request(state=state), now)

    # -- what is shared ------------------------------------------------------

    def write_demotion(self, delta: int, now: float, why: str = "sysctl") -> Effects:
        """Add to the counter and advertise at once for every vhid that is MASTER; 0 flushes.

        Args:
            delta: What is added, 1/256 s, any sign.
            now: The instant.
            why: The kernel's word; pfsync(4) writes ``pfsync bulk start`` and ``done``.
        """
        return (self._demote(delta, why), *self._send_all(now))

    def set_preempt(self, preempt: bool) -> None:
        """Act on it with the next advertisement heard, not before."""
        self.sysctls = replace(self.sysctls, preempt=preempt)

    def set_allow(self, allow: bool, now: float) -> Effects:
        """Take every vhid out of CARP or let it start anew; the same value changes nothing."""
        if allow == self.sysctls.allow:
            return ()
        self.sysctls = replace(self.sysctls, allow=allow)
        return self._restart(list(self.by_key.values()), now)

    def set_factors(self, ifdown: int, senderr: int) -> None:
        """Set the two demotion factors; what was demoted before stays as it is."""
        self.sysctls = replace(
            self.sysctls, ifdown_demotion_factor=ifdown, senderr_demotion_factor=senderr
        )

    def link_down(self, interface: str, now: float) -> Effects:
        """Lose an interface: its vhids go INIT, and each demotes the whole router."""
        if interface in self._down:
            return ()
        self._down.add(interface)
        return self._restart(self._on(interface), now)

    def link_up(self, interface: str, now: float) -> Effects:
        """Get it back: the demotion is taken back, the vhids wait their whole patience."""
        if interface not in self._down:
            return ()
        self._down.remove(interface)
        return self._restart(self._on(interface), now)

    # -- what happens --------------------------------------------------------

    def next_due(self) -> float | None:
        """Return when ``tick`` must be called next; None while no timer runs."""
        return min((v.due for v in self.by_key.values() if v.due is not None), default=None)

    def tick(self, now: float) -> Effects:
        """Fire what is due; like the kernel's, a timer that is late fires once, and late."""
        effects: list[Effect] = []
        for vhid in self.by_key.values():
            if vhid.due is None or vhid.due > now:
                continue
            if vhid.state is CarpState.MASTER:
                effects += self._send(vhid, now)
            else:
                effects += self._apply(vhid, Seen.PEER_SILENT, now)
        return tuple(effects)

    def receive(self, advertisement: Advertisement, now: float) -> Effects:
        """Hear an advertisement; a foreign vhid, password or address list is ignored."""
        vhid = self.hearing(advertisement)
        if vhid is None:
            return ()
        seen = vhid.compare(advertisement, self.demotion)
        effects = self._apply(vhid, seen, now)
        if not effects and vhid.state is CarpState.BACKUP:
            vhid.wait_again(now, advertisement.family)
        return effects

    def send_result(self, interface: str, vhid: int, error: int, now: float) -> Effects:
        """Tell whether an advertisement could be sent: 0, or an errno such as 64 (EHOSTDOWN).

        Three failures in a row demote the router, three good sends take it
        back (carp_send_ad_error). A BACKUP sends nothing, so it never recovers.
        """
        change = self.by_key[interface, vhid].count_send(failed=bool(error))
        if not change:
            return ()
        why = f"send error {error} on {interface}" if error else f"send ok on {interface}"
        delta = change * self.sysctls.senderr_demotion_factor
        return (self._demote(delta, why), *self._send_all(now))

    # -- what is so ----------------------------------------------------------

    def vhids(self) -> tuple[tuple[VhidConfig, CarpState], ...]:
        """Return every vhid and its state, in the order they were configured."""
        return tuple((v.config, v.state) for v in self.by_key.values())

    def state(self, interface: str, vhid: int) -> CarpState:
        """Return the state of one vhid that exists."""
        return self.by_key[interface, vhid].state

    def hearing(self, advertisement: Advertisement) -> Vhid | None:
        """Return the vhid that heeds an advertisement; None if it is our own or not for us."""
        vhid = self.by_key.get((advertisement.interface, advertisement.vhid))
        if vhid is None or vhid.digest != advertisement.digest:
            return None
        return None if advertisement.source_router == self.router else vhid

    # -- inside --------------------------------------------------------------

    def _on(self, interface: str) -> list[Vhid]:
        return [vhid for (name, _), vhid in self.by_key.items() if name == interface]

    def _restart(self, vhids: list[Vhid], now: float) -> Effects:
        """Start vhids anew, as far as links and allow let them (carp_sc_state)."""
        effects: list[Effect] = []
        factor = self.sysctls.ifdown_demotion_factor
        demoted = False
        for vhid in vhids:
            able = self.sysctls.allow and vhid.config.interface not in self._down
            effects += self._apply(vhid, Seen.LINK_UP if able else Seen.LINK_DOWN, now)
            if able and vhid.config.addresses:
                effects += self._apply(vhid, Seen.READY, now)
            if able == vhid.suppressed:
                vhid.suppressed = not able
                demoted = True
                line = (-factor, "interface up") if able else (factor, "interface down")
                effects.append(self._demote(*line))
        return (*effects, *self._send_all(now)) if demoted else tuple(effects)

    def _apply(self, vhid: Vhid, seen: Seen, now: float) -> Effects:
        move = step(vhid.state, seen, preempt=self.sysctls.preempt)
        return () if move.state is vhid.state else self._enter(vhid, move, now)

    def _enter(self, vhid: Vhid, move: Move, now: float) -> Effects:
        """Change the state, and do what the kernel does on the way in."""
        old, vhid.state = vhid.state, move.state
        vhid.stop()
        interface, number = vhid.config.interface, vhid.config.vhid
        changed: Effects = (
            Transition(interface, number, old, move.state, move.reason),
            Logged(f"carp: {vhid.name}: {old} -> {move.state} ({move.reason})"),
            Notified(vhid.name, move.state.value),
        )
        if move.state is CarpState.BACKUP:
            vhid.wait_again(now)
        if move.state is not CarpState.MASTER:
            return changed
        inet_first = sorted(vhid.config.addresses, key=family_of)
        announced = (Announced(interface, number, address) for address in inet_first)
        return (*changed, *self._send(vhid, now), *announced)

    def _demote(self, delta: int, why: str) -> Logged:
        self.demotion += delta
        return Logged(f"carp: demoted by {delta} to {self.demotion} ({why})")

    def _send_all(self, now: float) -> Effects:
        """Advertise for every vhid that is MASTER, as each change of the demotion does."""
        masters = (v for v in self.by_key.values() if v.state is CarpState.MASTER)
        return tuple(effect for vhid in masters for effect in self._send(vhid, now))

    def _send(self, vhid: Vhid, now: float) -> Effects:
        vhid.schedule(now, self.demotion)
        return tuple(Sent(ad) for ad in vhid.advertisements(self.router, self.demotion))
