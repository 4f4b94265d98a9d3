"""What the process that carries a router's tunnels is told when it starts."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bluegreen.lab.gre_packet import overhead

LINK_MTU = 1500  # octets


@dataclass(frozen=True, slots=True)
class TunnelConfig:
    """One gre(4) of FreeBSD's: ``ifconfig NAME ADDRESS DESTINATION tunnel LOCAL REMOTE``."""

    name: str
    address: str  # inner, without prefix
    destination: str  # inner, of the far end
    local: str  # outer: a real address of this router, or a VIP
    remote: str
    addresses6: tuple[str, ...] = ()  # inner, with prefix
    mtu: int | None = None  # octets; None: what header, key and checksum leave of 1500
    key: int | None = None
    has_checksum: bool = False
    ttl: int = 64
    dont_fragment: bool = True
    bug166462: bool = False  # encapsulates with the VIP as source on a BACKUP, too
    mark: int = 0  # on what it sends, for a rule of ip-rule(8)
    is_up: bool = True  # False: by ``ifconfig NAME down``

    @property
    def inner_mtu(self) -> int:
        if self.mtu is not None:
            return self.mtu
        return LINK_MTU - overhead(key=self.key, has_checksum=self.has_checksum)


_CONFIG = TypeAdapter(tuple[TunnelConfig, ...])


def write_tunnels(tunnels: tuple[TunnelConfig, ...], file: Path) -> None:
    file.write_text(tunnels_text(tunnels))


def tunnels_text(tunnels: tuple[TunnelConfig, ...]) -> str:
    return _CONFIG.dump_json(tunnels, indent=1).decode()


def read_tunnels(file: Path) -> tuple[TunnelConfig, ...]:
    return _CONFIG.validate_json(file.read_bytes())
