"""What a router's kernel says of CARP: its sysctls and its log."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CarpSysctls:
    """``net.inet.carp``; log and dscp are not printed by every release."""

    allow: bool
    preempt: bool
    demotion: int  # 1/256 s, the total; writing adds to it (carp_demote_adj, ip_carp.c)
    ifdown_demotion_factor: int
    senderr_demotion_factor: int
    log: int | None = None
    dscp: int | None = None


@dataclass(frozen=True, slots=True)
class CarpLogEvent:
    """One ``carp:`` message of the kernel."""

    kind: str  # transition or demotion
    at: str | None = None  # as printed; dmesg prints none, or seconds since the boot
    host: str | None = None
    vhid: int | None = None
    interface: str | None = None
    old: str | None = None
    new: str | None = None
    delta: int | None = None  # 1/256 s, what was added
    total: int | None = None  # 1/256 s, after it
    reason: str | None = None  # without its brackets
