"""What freebsd-update(8) says, and what each sentence means for the one who called it.

Source: usr.sbin/freebsd-update/freebsd-update.sh, freebsd-src 0092408cc550 and
bce02f983613, read 2026-11-22. Only the words are matched: quotes, the name under which
the script was called and the places where lines are wrapped differ between versions.
"""

import re
from dataclasses import dataclass

from bluegreen.model.system import UpdateOutcome


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence that decides how a call ended; ``failure``: it is shown as a problem."""

    outcome: UpdateOutcome
    pattern: re.Pattern[str]
    failure: bool = False


def _words(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which every blank stands for a line break too."""
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.MULTILINE)


def _means(outcome: UpdateOutcome, *patterns: str, failure: bool = False) -> tuple[Message, ...]:
    return tuple(Message(outcome, _words(pattern), failure) for pattern in patterns)


TARGET = _words(r"(?:as part of updating to|No updates needed to update system to) (\S+)")
END_OF_LIFE = _words(r"\bFreeBSD \S+ HAS PASSED ITS END-OF-LIFE DATE")
NOT_NEEDED = _words(r"No updates needed to update system to")
NOTHING_STAGED = _words(r"No updates are available to install")
INSTALLING = _words(r"\b(?:un)?installing updates\.\.\.")
FINISHED = re.compile(r"(?:\A|\n)\s*done\.\s*?(?:$|#)", re.MULTILINE)
QUESTION = _words(r"Does this look reasonable \(y/n\)\?[^\S\n]*(?P<answer>[^\n#]*)")

DECISIVE = (
    Message(UpdateOutcome.NOTHING_TO_DO, NOT_NEEDED),
    Message(UpdateOutcome.NOTHING_TO_DO, NOTHING_STAGED),
    *_means(
        UpdateOutcome.STAGED,
        r"files will be (?:updated|added|removed) as part of updating to",
        r"To install the downloaded upgrades, run",
        r"There are updates available to install",
    ),
    *_means(UpdateOutcome.REBOOT_THEN_INSTALL, r"Kernel updates have been installed"),
    *_means(
        UpdateOutcome.REBUILD_THEN_INSTALL,
        r"Completing this upgrade requires removing old shared object files",
    ),
    *_means(UpdateOutcome.PARTIAL_PENDING, r"You have a partially completed upgrade pending"),
    *_means(
        UpdateOutcome.NEEDS_TTY,
        r"should not be run non-interactively",
        r"/dev/tty: Device not configured",
    ),
    *_means(
        UpdateOutcome.MERGE_NEEDED,
        r"could not be merged automatically",
        r"Merge conflict markers remain in",
    ),
    *_means(UpdateOutcome.PKGBASE, r"incompatible with the use of packaged base"),
    *_means(
        UpdateOutcome.UNSUPPORTED,
        r"upgrading from this platform \(.*?\) or release \(.*?\) is unsupported",
        r"Cannot upgrade from a version that is not a release",
        failure=True,
    ),
    *_means(
        UpdateOutcome.FAILED,
        r"No mirrors remaining, giving up\.?",
        r"Fetching (?:\d+ (?:metadata )?(?:files|patches)|metadata index"
        r"|files from \S+ for merging)[\s.\d]*(?:failed|(?:update )?metadata (?:index|is) corrupt"
        r"|[0-9a-f]{64} has incorrect hash)\.?",
        r"The update metadata(?: index)? is correctly signed,"
        r" but failed an integrity check \(.*?\)",
        r"Files on mirror \(\S+\) (?:appear|are) older than (?:what we are currently running"
        r"|the most recently seen updates)[^\n]*",
        r"Cowardly refusing to proceed any further",
        r"File changed while FreeBSD Update running: [^\n]*",
        r"(?:Cannot read file|Unknown file type): [^\n]*",
        r"You must be root to run this",
        r"Updates cannot be installed when the system securelevel is greater than zero",
        r"Directory does not exist or is not writable:[^\n]*",
        r"Directory is not on a persistent filesystem:[^\n]*",
        r"Cannot upgrade from \S+ to itself",
        r"Release target must be specified via .?-r.? option",
        r".?-r.? option is meaningless with .?fetch.? command",
        r"Cannot identify running kernel",
        r"Update (?:manifest is corrupt|files missing) -- this should never happen",
        r"No rollback directory found",
        r"Creating snapshot of existing boot environment\.\.\.(?! done)"
        r"[^\n]*(?:\n[^\n]*)?\bfailed\b",
        r"Could not (?:find valid backup dir|create kernel backup directory)[^\n]*",
        r"File does not exist or is not readable:[^\n]*",
        r"Error processing configuration file, line \d+[^\n]*",
        r"SERVERNAME must be given via [^\n]*",
        r"Key must be given via [^\n]*",
        r"Invalid key fingerprint:[^\n]*",
        r"The specified jail either doesn.t exist or does not have freebsd-version",
        r"^usage: \S+ \[options\] command[^\n]*",
        failure=True,
    ),
)

RETRIED = _words(
    r"Fetching (?:public key|metadata signature for \S+) from \S+?\.\.\. "
    r"(?:failed|key has incorrect hash|invalid signature)\.?"
)
"""Another mirror is asked next: a failure only where nothing else follows."""

BROKEN = _words(
    r"^[^\n]*(?:No space left on device|file\s*system(?: is)? full|Read-only file system"
    r"|Input/output error|core dumped)[^\n]*"
)
"""The script goes on after these, and says ``done.`` all the same."""

FOREIGN_KERNEL = _words(
    r"This system is running a \S+ kernel, which is not a kernel configuration distributed"
    r" as part of FreeBSD \S+"
)
COMPONENTS = _words(r"components of FreeBSD seem to be installed:([^:]*?)The following")

WARNINGS = (
    END_OF_LIFE,
    FOREIGN_KERNEL,
    _words(r"could not be merged automatically: \S+"),
    _words(r"Merge conflict markers remain in: \S+"),
    _words(r"The following modules have been installed from packages"),
    _words(r"\S?Allow(?:Add|Delete) no\S? is a bad idea"),
)
LOCALLY_MODIFIED = _words(r"the files have been modified locally:((?:\n/[^\n]*)+)")

RECOGNISED = _words(
    r"src component not installed|Looking up \S+ mirrors|Fetching (?:public key|metadata|\d+ \w)"
    r"|Inspecting system\.\.\.|Preparing to download files|Applying (?:metadata )?patches"
    r"|components of FreeBSD|approaching its End-of-Life|Attempting to automatically merge"
    r"|Creating snapshot of existing boot environment|should have SHA256 hash|have been merged into"
)
"""Lines that show that a text is an output of freebsd-update, but not how it ended."""

COMPARED = _words(r", but should (?:be|have) ")
"""What ``IDS`` finds: it compares, and leaves everything as it is."""

_OPTION = r"--currently-running \S+|--\S+|-F|-[a-z] ?\S+"
_COMMAND = r"fetch|cron|upgrade|updatesready|install|rollback|IDS|showconfig"
CALL = _words(
    r"^(?:[^\n]*[#$%>❯]\s*)?(?:(?:sudo|doas|env|time|nohup|-\w+|[A-Z_]+=\S+) )*"
    r"(?:/usr/sbin/)?freebsd-update"
    rf"(?:[^\S\n]+(?:{_OPTION}|{_COMMAND}))+[^\S\n]*(?:$|[#|;&<>])"
)
STARTED = _words(r"^src component not installed|^Looking up \S+ mirrors")
