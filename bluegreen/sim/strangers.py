"""What else is on the wire of a simulated pair: others that speak or listen, and echoes."""

from dataclasses import dataclass

from bluegreen.carp.values import Advertisement, Family, digest_of, family_of
from bluegreen.sim.spare import Spare


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who speaks CARP, or VRRP, on the wire of an interface, once a period."""

    interface: str  # as the first router calls it
    vhid: int
    addresses: tuple[str, ...] = ()  # without prefix
    password: str = ""
    advskew: int = 0
    period_s: float = 1.0
    vrrp: bool = False

    def advertisements(self, interface: str) -> tuple[Advertisement, ...]:
        """Return what arrives at an interface at each of its turns."""
        families: dict[Family, None] = dict.fromkeys(map(family_of, self.addresses))
        digest = digest_of(self.password, self.addresses)
        return tuple(
            Advertisement(interface, self.vhid, 1, self.advskew, family, "stranger", digest)
            for family in families
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """The wire as it is, for as long as the pair lives."""

    strangers: tuple[Stranger, ...] = ()
    echoes: bool = False  # each router hears what it has sent, as from a switch with a loop
    spare: Spare | None = None  # a third router of the same vhids, multicast

    @property
    def is_quiet(self) -> bool:
        return not self.strangers and not self.echoes and self.spare is None

    @property
    def spare_due(self) -> float | None:
        return self.spare.due if self.spare else None


QUIET = Segment()
ECHO = "echo"  # the source of what comes back: the kernel cannot tell it from another's
