"""What `provision` asks a router beyond a run's questions, and how the answers are read."""

from bluegreen.errors import ParseError
from bluegreen.freebsd.devd import HANDLER, RULE
from bluegreen.freebsd.paths import RC_ROOTS
from bluegreen.freebsd.redact import REDACTING_AWK, parse_redacted
from bluegreen.freebsd.sysctl import parse_sysctl
from bluegreen.model.site import LineDigest, SiteFacts
from bluegreen.model.system import RcFile

LOADER_CONF, LOADER_DIR = "/boot/loader.conf", "/boot/loader.conf.d"
SYSCTL_CONF = "/etc/sysctl.conf"
FRR_CONF = "/usr/local/etc/frr/frr.conf"
SITE_ROOTS = (LOADER_CONF, LOADER_DIR, SYSCTL_CONF, RULE, HANDLER, FRR_CONF)
FORWARDING, FORWARDING6 = "net.inet.ip.forwarding", "net.inet6.ip6.forwarding"

# A line with a password is compared by its digest: the line itself never leaves the router.
LINES_SH = r"""for f do
n=0
while IFS= read -r line || [ -n "$line" ]; do
    n=$((n + 1))
    case $line in
    *vhid*)
        d=$(printf '%s\n' "$line" | sha256) || exit 1
        printf '%s %s %s\n' "$n" "${d##* }" "$f"
        ;;
    esac
done <"$f"
done"""


def site_questions() -> dict[str, tuple[str, ...]]:
    """Return what is asked, by the name of the fact; in the same exec as everything else."""
    site, rc = ("find", *SITE_ROOTS, "-type", "f"), ("find", *RC_ROOTS, "-type", "f")
    return {
        "site": (*site, "-exec", "awk", REDACTING_AWK, "{}", "+"),
        "site digests": (*site, "-exec", "sha256", "{}", "+"),
        "vhid lines": (*rc, "-exec", "sh", "-c", LINES_SH, "lines", "{}", "+"),
        "forwarding": ("sysctl", "-i", FORWARDING, FORWARDING6),
        "handler": ("sh", HANDLER, "--dry-run"),
    }


def read_site(
    struck: str, digests: str, lines: str, sysctls: str, handler: str | None
) -> SiteFacts:
    """Return the facts.

    Raises:
        ParseError: an answer cannot be read.
    """
    found = {f.path: f.lines for f in parse_redacted(struck)}
    hashes = dict(_digest(line) for line in digests.splitlines() if line)
    values = parse_sysctl(sysctls) if sysctls.strip() else {}
    return SiteFacts(
        files=tuple(RcFile(path, found.get(path, ()), digest) for path, digest in hashes.items()),
        vhid_lines=tuple(_line(line) for line in lines.splitlines() if line),
        forwarding=_flag(values.get(FORWARDING)),
        forwarding6=_flag(values.get(FORWARDING6)),
        handler=handler,
    )


def _flag(value: str | None) -> bool | None:
    return None if value is None else value.strip() == "1"


def _digest(line: str) -> tuple[str, str]:
    """Read `SHA256 (/etc/rc.conf) = 9f86...` (sha256(1))."""
    path, _, digest = line.removeprefix("SHA256 (").rpartition(") = ")
    if not path:
        raise ParseError(f"not a digest: {line!r}")
    return path, digest.strip()


def _line(text: str) -> LineDigest:
    number, digest, path = (*text.split(" ", 2), "", "")[:3]
    if not number.isdigit() or len(digest) != 64 or not path.startswith("/"):
        raise ParseError(f"not a line's digest: {text!r}")
    return LineDigest(path, int(number), digest)
