"""What a boot would make of CARP: rc.conf(5), rc.conf.local, rc.conf.d/netif.

Four files do it; this is the one to import from.
"""

from bluegreen.errors import ParseError
from bluegreen.freebsd.rcedit import RcEdit, apply_edit, persist_edits, rc_name
from bluegreen.freebsd.rcvhids import RcVhid, occurrences
from bluegreen.freebsd.redact import REDACTING_AWK, parse_redacted, redact
from bluegreen.model.system import RcFile

__all__ = [
    "REDACTING_AWK",
    "RcEdit",
    "RcVhid",
    "apply_edit",
    "parse_rc",
    "parse_rcconf_text",
    "parse_redacted",
    "persist_edits",
    "rc_name",
    "redact",
]


def parse_rc(files: tuple[RcFile, ...]) -> tuple[RcVhid, ...]:
    """Return every vhid these files set up, in the order rc.subr reads them.

    Raises:
        ParseError: a number is no number, or the value depends on a condition or a variable.
    """
    return tuple(found.row for found in occurrences(files))


def parse_rcconf_text(text: str) -> tuple[RcVhid, ...]:
    """Return the vhids of one pasted file; lines that assign nothing are passed over.

    Raises:
        ParseError: as for `parse_rc`, or nothing here is an assignment.
    """
    pasted = RcFile("-", tuple(line.rstrip("\r") for line in text.split("\n")))
    rows = parse_rc((pasted,))
    if not rows and not any("=" in line for line in pasted.lines):
        raise ParseError('no `variable="value"` line: this is no rc.conf')
    return rows
