"""A pair of routers as it was observed, with defaults, so that a test names what it is about."""

from collections.abc import Iterable
from dataclasses import replace

from bluegreen.model.carp import CarpSysctls
from bluegreen.model.facts import Boot, Outside, PairFacts, RouterFacts, SshPath, Unseen
from bluegreen.model.network import CarpState, CarpVhid, Inet, Interface, Route, Tunnel
from bluegreen.model.storage import Space
from bluegreen.model.system import (
    Environment,
    Job,
    JobState,
    Lock,
    Package,
    RcFile,
    Versions,
)
from bluegreen.policy.setting import Setting
from bluegreen.world import Order

MASTER, BACKUP, INIT = CarpState.MASTER, CarpState.BACKUP, CarpState.INIT
BLUE, GREEN = "router-001", "router-002"
VIP, VIP6 = "198.51.100.230", "2001:db8::230"
RUN = "20260101-000000-abcd"
KEPT = f"bluegreen-{RUN}"  # the boot environment that keeps the old system
OLD, NEW = "14.2-RELEASE-p1", "14.2-RELEASE-p2"
LOCK = Lock(RUN, "ops", "bastion", "2026-01-01T00:00:00+00:00")
UP = ("UP", "BROADCAST", "RUNNING")
BEGAN_S = 1000.0
BOOTED_S = 1_800_000_000.0
GIB = 1 << 20  # KiB
STATE = "/var/log/bluegreen"
WRITTEN = " ".join(
    f"{STATE}/{name}{half}" for half in ("", ".new") for name in ("record", "baseline", "reached")
)
"""What a run writes down for a recovery."""
UNWATCHED = Outside()


def a_vhid(
    vhid: int = 2,
    state: CarpState = MASTER,
    advskew: int = 0,
    *,
    advbase: int = 1,
    peer: str | None = None,
    peer6: str | None = None,
    addresses: tuple[str, ...] = (VIP,),
) -> CarpVhid:
    return CarpVhid(vhid, state, advbase, advskew, peer, peer6, addresses)


def a_tunnel(name: str = "gre0", remote: str = "203.0.113.30", up: bool = True) -> Interface:
    flags = ("UP", "POINTOPOINT", "RUNNING") if up else ("POINTOPOINT",)
    return Interface(name, flags, tunnel=Tunnel("inet", VIP, remote))


def a_route(destination: str, gateway: str = "192.0.2.1", interface: str = "vmx0") -> Route:
    return Route(destination, gateway, "UG1", interface, "inet")


def a_job(name: str, state: JobState = JobState.ENDED, log: str = "", code: int | None = 0) -> Job:
    return Job(name, RUN, state, code if state is JobState.ENDED else None, log)


def a_router(
    name: str = BLUE,
    *vhids: CarpVhid,
    preempt: bool = True,
    allow: bool = True,
    demotion: int = 0,
    version: str = OLD,
    jobs: tuple[Job, ...] = (),
    lock: Lock | None = LOCK,
    more: tuple[Interface, ...] = (),
) -> RouterFacts:
    """Return router-001 as MASTER, any other as BACKUP, unless its vhids say otherwise."""
    blue = name == BLUE
    own = f"192.0.2.{11 if blue else 12}"
    carp = vhids or (a_vhid() if blue else a_vhid(state=BACKUP, advskew=100),)
    wan = f"203.0.113.{11 if blue else 12}"
    return RouterFacts(
        name=name,
        began_s=BEGAN_S,
        clock_s=BOOTED_S + 86_400,
        controller_s=BOOTED_S + 86_400,
        interfaces=(
            Interface("vmx0", UP, inet=(Inet(own, 24),), status="active"),
            Interface("vmx1", UP, inet=(Inet(wan, 24),), carp=carp, status="active"),
            *more,
        ),
        carp=CarpSysctls(allow, preempt, demotion, 240, 240),
        versions=Versions(version, version, version),
        boot=Boot(BOOTED_S, None),
        environments=(an_environment("default"),),
        jobs=jobs,
        lock=lock,
        hold=None,
        kept=(),
        rc=(rc_conf(carp),),
        ospf=None,
        routes=(),
        packages=(Package("pkg", "1.21.3"),),
        spaces=(
            Space("zroot/ROOT/default", 8 * GIB, "/"),
            Space("zroot/var/log", 8 * GIB, "/var/log"),
        ),
        ssh=SshPath("192.0.2.1", own),
        management=own,
    )


def rc_conf(vhids: Iterable[CarpVhid], digest: str = "d1") -> RcFile:
    """Return the /etc/rc.conf of vhids on vmx1, its passwords struck out."""
    lines = tuple(
        f'ifconfig_vmx1_alias{index}="inet vhid {v.vhid} advskew {v.advskew} pass *** '
        f'alias {"".join(v.addresses[:1])}/32"'
        for index, v in enumerate(vhids)
    )
    return RcFile("/etc/rc.conf", lines, digest)


def an_environment(
    name: str, now: bool = True, after: bool = True, once: bool = False
) -> Environment:
    """Return a boot environment that is booted now, and after the next boot."""
    return Environment(name, now, after, once, "/" if now else None, "2G", "2026-01-01 00:00")


def a_pair(
    blue: RouterFacts | Unseen | None = None,
    green: RouterFacts | Unseen | None = None,
    outside: Outside = UNWATCHED,
    before: PairFacts | None = None,
) -> PairFacts:
    return PairFacts(blue or a_router(BLUE), green or a_router(GREEN), outside, before)


def switched(before: PairFacts | None = None) -> PairFacts:
    """Return the pair after blue was drained: green serves."""
    blue = a_router(BLUE, a_vhid(state=BACKUP, advskew=200))
    green = a_router(GREEN, a_vhid(state=MASTER, advskew=100))
    return a_pair(blue, green, before=before or a_pair())


def unseen(name: str = GREEN) -> Unseen:
    return Unseen(name, "no answer from sshd", BEGAN_S)


def a_setting() -> Setting:
    return Setting(run=RUN, blue=BLUE, green=GREEN, lock=LOCK)


def with_blue(pair: PairFacts, blue: RouterFacts) -> PairFacts:
    return replace(pair, first=blue)


def seen(pair: PairFacts, name: str) -> RouterFacts:
    facts = pair.seen(name)
    assert facts is not None, f"{name} was not observed"
    return facts


def texts(orders: tuple[Order, ...]) -> list[str]:
    """Return each command that is sent, in order."""
    return [str(command) for order in orders for command in order.commands]


# What freebsd-update prints, in our own words (freebsd-update.sh, FreeBSD 14).
STAGED_LOG = f"""\
Preparing to download files... done.
The following files will be updated as part of updating to
{NEW}:
/boot/kernel/kernel
"""
UP_TO_DATE_LOG = f"No updates needed to update system to {OLD}.\n"
INSTALLED_LOG = "Installing updates... done.\n"
KERNEL_LOG = """\
Installing updates...
Kernel updates have been installed.  Please reboot and run
'freebsd-update [options] install' again to finish installing updates.
"""
NOTHING_LEFT_LOG = "No updates are available to install.\n"
