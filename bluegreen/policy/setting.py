"""What a run was asked to do, resolved: every step is built from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bluegreen.freebsd.paths import Paths
from bluegreen.model.design import Design
from bluegreen.model.hidden import Secret
from bluegreen.model.ipsec import IpsecWish
from bluegreen.model.pair import FloatingAddress
from bluegreen.model.run_record import RunRecord
from bluegreen.model.system import Lock


@dataclass(frozen=True, slots=True)
class RemoteRoute:
    """A route that the far end of a tunnel must have."""

    remote: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Pinned when a run starts; the same at every resume."""

    run: str
    blue: str  # MASTER at the start
    green: str
    lock: Lock  # what this run writes on the routers
    paths: Mapping[str, Paths] = field(default_factory=dict)
    target: str | None = None  # --to; None: the newest patch level
    upgrades: bool = True  # the playbook installs an OS
    ospf: bool | None = None  # False: not looked at; None: if a daemon answers
    min_neighbors: int = 0
    ipsec: IpsecWish | None = None  # None: not looked at, and refused where it runs
    remotes: tuple[RemoteRoute, ...] = ()
    ipfo: FloatingAddress | None = None
    ways: tuple[str, ...] = ()  # other ways to switch that are allowed, the preferred one first
    switched: bool = False  # the roles stay exchanged on purpose
    releasing: bool = False  # the run ends a hold; a hold is no reason to refuse
    record: RunRecord | None = None  # what is written down on both routers; None: nothing
    following: bool = False  # the run is there to move the floating address
    breaks: str | None = None  # the run whose lock the operator has us take
    design: Design | None = None  # what the pair is to be, where that is known
    passwords: Mapping[int, Secret] = field(default_factory=dict)  # by vhid
    provisions: bool = False  # the run makes the pair what the design says
    joins: str | None = None  # the router that becomes a spare; the other one stays as it is

    def paths_of(self, router: str) -> Paths:
        return self.paths.get(router, Paths())

    def held(self, router: str) -> tuple[str, str]:
        """Return where a router's lock lies, and what must stand in it for us to act."""
        return self.paths_of(router).lock, self.lock.name

    @property
    def routers(self) -> tuple[str, str]:
        return self.blue, self.green

    @property
    def takes_no_role(self) -> bool:
        """Whether roles stay where they are, or go home: nobody has to relieve anybody."""
        return self.releasing or self.following

    @property
    def provider_s(self) -> float:
        """Return what the provider of a floating address may take for one move."""
        return self.ipfo.budget_s + self.ipfo.settle_s if self.ipfo else 0.0

    @property
    def environment(self) -> str:
        """Return the name of the boot environment that keeps the old system."""
        return f"bluegreen-{self.run}"
