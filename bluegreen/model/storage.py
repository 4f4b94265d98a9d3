"""How much room a router has."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Space:
    """One file system of ``df -k``."""

    filesystem: str  # zroot/var/log, /dev/ada0p2
    available_kib: int  # KiB; negative where only root may still write (UFS)
    mountpoint: str
