"""One vhid as the kernel keeps it: configuration, state, timers, send errors."""

from math import ceil

from bluegreen.carp.table import Seen
from bluegreen.carp.timing import (
    TICKS_PER_S,
    effective_advskew,
    hopeless_ticks,
    interval_ticks,
    patience_s,
)
from bluegreen.carp.values import Advertisement, Family, VhidConfig, digest_of, family_of
from bluegreen.model.network import MULTICAST_PEERS, CarpState

ERRORS_MAX = 3  # CARP_SENDAD_MAX_ERRORS and CARP_SENDAD_MIN_SUCCESS


class Vhid:
    """The mutable part of the model; ``Carp`` alone decides what it becomes.

    An advertisement schedule is an anchor and a count, not a sum: n steps and
    one leap over n intervals then give the same instant to the last bit.
    """

    __slots__ = (
        "_ads",
        "_anchor",
        "_config",
        "_count",
        "_every",
        "_inet",
        "_inet6",
        "deadlines",
        "digest",
        "due",
        "errors",
        "state",
        "successes",
        "suppressed",
    )

    def __init__(self, config: VhidConfig) -> None:
        self.state = CarpState.INIT
        self.suppressed = False  # its link or allow is gone, and it has demoted the router
        self.errors = 0  # failed sends in a row
        self.successes = 0  # good sends since the last failed one
        self.due: float | None = None  # when its next timer fires
        self.deadlines: dict[Family, float] = {}  # of a BACKUP, one for each family
        self._anchor = self._every = 0.0
        self._count = 0
        self._ads: dict[int, tuple[Advertisement, ...]] = {}  # by effective skew
        self.config = config

    @property
    def config(self) -> VhidConfig:
        return self._config

    @config.setter
    def config(self, config: VhidConfig) -> None:
        self._config = config
        families = {family_of(address) for address in config.addresses}
        self._inet, self._inet6 = "inet" in families, "inet6" in families
        self.digest = digest_of(config.password_digest, config.addresses)
        self._ads = {}

    @property
    def name(self) -> str:
        """As the kernel and devd write it: 2@vmx1."""
        return f"{self._config.vhid}@{self._config.interface}"

    def ticks(self, demotion: int) -> int:
        """Return its own interval in 1/256 s."""
        effective = effective_advskew(self._config.advskew, demotion)
        return interval_ticks(self._config.advbase, effective)

    def advertisements(self, router: str, demotion: int) -> tuple[Advertisement, ...]:
        """Return what one round sends: IPv4 first, then IPv6, where it has addresses."""
        effective = effective_advskew(self._config.advskew, demotion)
        if effective not in self._ads:
            peers: tuple[tuple[Family, bool, str | None], ...] = (
                ("inet", self._inet, self._config.peer),
                ("inet6", self._inet6, self._config.peer6),
            )
            self._ads[effective] = tuple(
                Advertisement(
                    interface=self._config.interface,
                    vhid=self._config.vhid,
                    advbase=self._config.advbase,
                    advskew=effective,
                    family=family,
                    source_router=router,
                    digest=self.digest,
                    destination=None if peer in MULTICAST_PEERS else peer,
                )
                for family, present, peer in peers
                if present
            )
        return self._ads[effective]

    def compare(self, advertisement: Advertisement, demotion: int) -> Seen:
        """Place the other's interval against ours (carp_input_c)."""
        if advertisement.ticks <= self.ticks(demotion):
            return Seen.PEER_FASTER
        effective = effective_advskew(self._config.advskew, demotion)
        hopeless = advertisement.ticks > hopeless_ticks(self._config.advbase, effective)
        return Seen.PEER_HOPELESS if hopeless else Seen.PEER_SLOWER

    def outlasts(self, advertisement: Advertisement, arriving: float) -> bool:
        """Whether a BACKUP's patience lasts until this arrives, and then between any two."""
        every_s = advertisement.ticks / TICKS_PER_S
        return arriving < self.deadlines[advertisement.family] and every_s < patience_s(
            self._config.advbase, self._config.advskew
        )

    def count_send(self, *, failed: bool) -> int:
        """Return 1 when the router is to be demoted for it, -1 when that is taken back, else 0.

        Both families count in one place, and less than three good sends in a row forget
        nothing (carp_send_ad_error, FreeBSD 14; older kernels forgot after one).
        """
        if failed:
            self.errors, self.successes = self.errors + 1, 0
            return 1 if self.errors == ERRORS_MAX else 0
        if self.errors == 0:
            return 0
        self.successes += 1
        if self.successes < ERRORS_MAX:
            return 0
        demoted, self.errors = self.errors >= ERRORS_MAX, 0
        return -1 if demoted else 0

    def stop(self) -> None:
        """Stop every timer."""
        self.deadlines = {}
        self.due = None

    def wait_again(self, now: float, family: Family | None = None) -> None:
        """Start a BACKUP's patience anew, for one family or for all that have addresses."""
        deadline = now + patience_s(self._config.advbase, self._config.advskew)
        if family is not None:
            self.deadlines[family] = deadline
        else:
            present: tuple[tuple[Family, bool], ...] = (
                ("inet", self._inet),
                ("inet6", self._inet6),
            )
            self.deadlines = {name: deadline for name, has in present if has}
        self.due = min(self.deadlines.values())

    def schedule(self, now: float, demotion: int) -> None:
        """Plan a MASTER's next advertisement, one having been sent now."""
        every = self.ticks(demotion) / TICKS_PER_S
        if now == self.due and every == self._every:
            self._count += 1
        else:
            self._anchor, self._every, self._count = now, every, 1
        self.due = self._anchor + self._count * self._every

    def skip(self, before: float, demotion: int) -> float | None:
        """Count all advertisements due before an instant as sent; return when the last one was."""
        if self.due is None or self.due >= before:
            return None
        last = self.due
        self.schedule(last, demotion)
        count = max(self._count, ceil((before - self._anchor) / self._every))
        while count > self._count and self._anchor + (count - 1) * self._every >= before:
            count -= 1
        while self._anchor + count * self._every < before:
            count += 1
        if count > self._count:
            last = self._anchor + (count - 1) * self._every
        self._count = count
        self.due = self._anchor + count * self._every
        return last
