"""How often a MASTER speaks and how long a BACKUP waits.

Source: DEMOTE_ADVSKEW, carp_setrun and carp_input_c, FreeBSD 14
sys/netinet/ip_carp.c.
"""

SKEW_MAX = 240  # 1/256 s; CARP_MAXSKEW: no advertisement carries more
TICKS_PER_S = 256  # one unit of advskew is 1/256 s


def effective_advskew(advskew: int, demotion: int) -> int:
    """Return the skew a router really advertises, 0 to 240, in 1/256 s.

    Args:
        advskew: Configured skew in 1/256 s, 0 to 254.
        demotion: ``net.inet.carp.demotion``, same unit, any sign.
    """
    return max(0, min(SKEW_MAX, advskew + demotion))


def interval_ticks(advbase: int, effective: int) -> int:
    """Return the interval an advertisement claims, in 1/256 s: whole numbers compare exactly."""
    return TICKS_PER_S * advbase + effective


def advertisement_interval_s(advbase: int, advskew: int, demotion: int) -> float:
    """Return the seconds between two advertisements of a MASTER."""
    return interval_ticks(advbase, effective_advskew(advskew, demotion)) / TICKS_PER_S


def patience_s(advbase: int, advskew: int) -> float:
    """Return how many seconds without an advertisement make a BACKUP MASTER.

    The configured skew counts; demotion does not.
    """
    return interval_ticks(3 * advbase, advskew) / TICKS_PER_S


def hopeless_ticks(advbase: int, effective: int) -> int:
    """Return the interval above which a BACKUP gives a MASTER up at once, in 1/256 s.

    Here, unlike in its patience, the BACKUP's own skew counts as demoted.
    """
    return interval_ticks(3 * advbase, effective)
