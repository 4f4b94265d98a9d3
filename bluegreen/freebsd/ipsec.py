"""What a router has of IPsec: the kernel's SAD and SPD, and strongSwan where it is installed."""

from bluegreen.errors import BluegreenError
from bluegreen.freebsd.setkey import parse_sad, parse_spd
from bluegreen.freebsd.swanctl import parse_sas
from bluegreen.model.command import Output
from bluegreen.model.facts import Unknown
from bluegreen.model.ipsec import Ipsec
from bluegreen.model.secret import struck

NOT_FOUND = 127  # sh(1)


def read_ipsec(sad: Output, spd: Output, daemon: Output | None) -> Ipsec | Unknown:
    """Return what the three say; what cannot be read is unknown.

    Args:
        sad: Of ``setkey -D``, without keys.
        spd: Of ``setkey -DP``.
        daemon: Of ``swanctl --list-sas``; None: it was not asked.
    """
    for output in (sad, spd):
        if not output.ok or not output.stdout.strip():  # setkey(8) complains, and exits with 0
            complaint = struck(output.stderr).strip() or "it printed nothing"
            return Unknown(f"setkey: {complaint.splitlines()[0]}")
    try:
        sas, policies = parse_sad(sad.stdout), parse_spd(spd.stdout)
        if daemon is None or daemon.code == NOT_FOUND:
            return Ipsec(sas, policies)
        if not daemon.ok:
            return Ipsec(sas, policies, silent=_error(daemon))
        return Ipsec(sas, policies, parse_sas(daemon.stdout))
    except BluegreenError as error:
        return Unknown(error.what)


def _error(output: Output) -> str:
    """Return the line that tells; swanctl(8) prints how it is used behind it."""
    lines = [line.strip() for line in struck(output.stderr or output.stdout).splitlines()]
    told = next((line for line in lines if line.startswith("Error: ")), None)
    first = next((line for line in lines if line), f"exit {output.code}")
    return (told or first).removeprefix("Error: ")
