"""What one router process is told when it starts."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bluegreen.emulator.spec import MachineSpec

Specs = tuple[MachineSpec, MachineSpec]
Masters = tuple[tuple[str, int], ...]
"""Interface and vhid of what a router is MASTER of from the start."""


@dataclass(frozen=True, slots=True)
class Station:
    """Where one router's process is asked, and the roles that it begins with.

    An address that starts with NUL is an abstract one (unix(7)): it belongs to
    a network namespace, so that a session reaches it from a root of its own.
    """

    programs: str  # the programs of its sessions ask here
    control: str  # whoever watches the lab asks here
    masters: Masters = ()


@dataclass(frozen=True, slots=True)
class RouterConfig:
    """One router of a pair, and where its process keeps its things.

    ``sockets`` is a directory of its own with a short name: the path of a UNIX
    socket has at most 107 octets (unix(7)), and a test's directory may be longer.
    """

    specs: Specs
    index: int  # which of the two it is
    directory: Path  # keys, configuration and log of its sshd, its programs
    sockets: Path
    masters: Masters = ()

    @property
    def spec(self) -> MachineSpec:
        return self.specs[self.index]

    @property
    def peer(self) -> MachineSpec:
        return self.specs[1 - self.index]

    @property
    def programs(self) -> Path:
        """Where the programs of its sessions ask."""
        return self.sockets / f"{self.spec.name}.run"

    @property
    def control(self) -> Path:
        """Where whoever watches the lab asks."""
        return self.sockets / f"{self.spec.name}.control"

    @property
    def station(self) -> Station:
        return Station(str(self.programs), str(self.control), self.masters)

    @property
    def wire(self) -> Path:
        """Where it hears advertisements."""
        return self.sockets / f"{self.spec.name}.carp"

    @property
    def peer_wire(self) -> Path:
        return self.sockets / f"{self.peer.name}.carp"


_CONFIG = TypeAdapter(RouterConfig)


def write_config(config: RouterConfig, file: Path) -> None:
    file.write_bytes(_CONFIG.dump_json(config, indent=1))


def read_config(file: Path) -> RouterConfig:
    return _CONFIG.validate_json(file.read_bytes())
