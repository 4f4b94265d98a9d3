"""Builders of the commands that are sent to a router; they run nothing."""

from collections.abc import Mapping, Sequence

from bluegreen.freebsd.paths import MARKER, VOLATILE, Paths
from bluegreen.freebsd.rcconf import RcEdit
from bluegreen.freebsd.text import is_operand
from bluegreen.model.command import Command, Effect
from bluegreen.model.facts import LocatedVhid

DEMOTION = "net.inet.carp.demotion"
QUICK_S = 10.0
ADVSKEW_LIMIT = 254  # 255 is EINVAL (carp_ioctl_set, ip_carp.c)

# Runs a command in a job, its exit status last and at once: a reader never sees half of it.
JOB = 's=$1; shift; "$@"; echo $? | tee "$s.new" >/dev/null; mv "$s.new" "$s"'
# freebsd-update asks "Does this look reasonable (y/n)?" on stdin (freebsd-update.sh).
JOB_YES = 's=$1; shift; yes y | "$@"; echo $? | tee "$s.new" >/dev/null; mv "$s.new" "$s"'


def _set_vhid(vhid: LocatedVhid, *words: str) -> Command:
    """Always name unicast peers again: 14.x ifconfig otherwise falls back to multicast.

    Source: carp_ctor calls setcarp_mcast, sbin/ifconfig/carp.c, freebsd-src@101e1a4.
    """
    peers = tuple(word for pair in vhid.carp.unicast_peers for word in pair)
    argv = ("ifconfig", _operand(vhid.interface), "vhid", str(vhid.carp.vhid), *words, *peers)
    return Command(argv, QUICK_S, Effect.CARP)


def _operand(name: str) -> str:
    """Every border refuses such a name; one that gets here is a defect, and is not sent."""
    if not is_operand(name):
        raise ValueError(f"{name!r} is no name: a program would take it for more")
    return name


def set_advskew(vhid: LocatedVhid, advskew: int) -> Command:
    """Store a skew, 1/256 s; the peer learns it with the next advertisement."""
    if not 0 <= advskew <= ADVSKEW_LIMIT:
        raise ValueError(f"advskew {advskew} is not within 0..{ADVSKEW_LIMIT}")
    return _set_vhid(vhid, "advskew", str(advskew))


def set_advbase(vhid: LocatedVhid, advbase: int) -> Command:
    """Store a base interval, s."""
    if not 1 <= advbase <= 255:
        raise ValueError(f"advbase {advbase} is not within 1..255")
    return _set_vhid(vhid, "advbase", str(advbase))


def advertise_now() -> Command:
    """Have every vhid that is MASTER advertise at once; 0 is added, so nothing changes.

    Source: carp_demote_adj_sysctl, ip_carp.c: writing adds, then carp_send_ad_all.
    """
    return Command(("sysctl", f"{DEMOTION}=0"), QUICK_S, Effect.CARP)


def add_demotion(delta: int) -> Command:
    """Writing this OID adds; it never assigns (carp_demote_adj_sysctl, ip_carp.c)."""
    return Command(("sysctl", f"{DEMOTION}={delta}"), QUICK_S, Effect.CARP)


def set_sysctl(name: str, value: int) -> Command:
    """Store a value of net.inet.carp that a write replaces: preempt, or a demotion factor."""
    if name == DEMOTION:
        raise ValueError(f"{name} is added to, never set")
    return Command(("sysctl", f"{name}={value}"), QUICK_S, Effect.CARP)


def _config(*argv: str, stdin: str = "") -> Command:
    return Command(argv, QUICK_S, Effect.CONFIG, stdin)


def write_record(paths: Paths, record: str, baseline: str) -> tuple[Command, ...]:
    """Write down what a recovery needs, whole or not at all, and see it on the disk (fsync(1)).

    Args:
        paths: Where it goes.
        record: What was pinned when the run began.
        baseline: What both routers have now, packed.
    """
    half, packed = f"{paths.record}.new", f"{paths.baseline}.new"
    told = "what both routers have now, packed"
    return (
        Command(("tee", packed), QUICK_S, Effect.CONFIG, told, body=baseline),
        _config("tee", half, stdin=record),
        _config("fsync", packed, half),
        _config("mv", packed, paths.baseline),
        _config("mv", half, paths.record),
    )


def note_reached(paths: Paths, reached: str) -> tuple[Command, ...]:
    """Note how far the run has come; a reader sees the old note or the new one."""
    half = f"{paths.reached}.new"
    return (_config("tee", half, stdin=reached), _config("mv", half, paths.reached))


def read_record(paths: Paths) -> tuple[Command, ...]:
    """Ask for record, baseline and note."""
    files = (paths.record, paths.baseline, paths.reached)
    return tuple(Command(("cat", path), QUICK_S, Effect.READ) for path in files)


def release(paths: Paths, marked: bool) -> tuple[Command, ...]:
    """Leave nothing behind; the lock goes last, so that a half-done release is still ours."""
    unmark = (_config("umount", VOLATILE), _config("rmdir", VOLATILE)) if marked else ()
    return (
        *unmark,
        _config("rm", "-rf", f"{paths.state}/jobs", paths.originals),
        _config("rm", "-f", paths.heartbeat, paths.boot, paths.drained, *paths.written),
        _config("rm", "-f", paths.lock),
    )


def edit_config(
    paths: Paths, edits: Sequence[RcEdit], kept: Sequence[str] = ()
) -> tuple[Command, ...]:
    """Keep each original, edit a copy that no script sources, check it, rename it into place.

    Args:
        paths: Where originals go.
        edits: One for each file.
        kept: Files of ours that are there: an original that was kept is not kept again.
    """
    first = (
        _config("mkdir", "-p", paths.originals),
        _config("chmod", "0700", paths.originals),
    )
    return first + tuple(command for edit in edits for command in _edit(paths, edit, kept))


def _edit(paths: Paths, edit: RcEdit, kept: Sequence[str]) -> tuple[Command, ...]:
    scratch, original = paths.scratch(edit.path), paths.original(edit.path)
    half = f"{original}.half"  # renamed when it is whole
    keep = (
        _config("cp", "-p", edit.path, half),
        _config("chmod", "0600", half),
        _config("mv", half, original),
    )
    expressions = tuple(word for e in edit.expressions for word in ("-e", e))
    return (
        *(() if original in kept else keep),
        _config("cp", "-p", edit.path, scratch),
        _config("sed", "-i", "", *expressions, scratch),
        _config("sh", "-n", scratch),
        _config("mv", scratch, edit.path),
    )


def restore_config(paths: Paths, files: Sequence[str]) -> tuple[Command, ...]:
    """Put originals back, owner and mode as the file has them now."""
    return tuple(
        command
        for path in files
        for command in (
            _config("cp", "-p", path, paths.scratch(path)),
            _config("cp", paths.original(path), paths.scratch(path)),
            _config("mv", paths.scratch(path), path),
            _config("rm", "-f", paths.original(path)),
        )
    )


def forget_originals(paths: Paths, files: Sequence[str]) -> tuple[Command, ...]:
    """Drop originals that are not wanted any more: they hold passwords."""
    return tuple(_config("rm", "-f", paths.original(path)) for path in files)


def hold_skews(
    paths: Paths,
    run: str,
    skews: Mapping[tuple[str, int], int],
    served: Sequence[tuple[str, int]] = (),
) -> Command:
    """Write down what to come back to: `interface vhid advskew` a line, MASTER behind some.

    Args:
        paths: Where it goes.
        run: Who holds it.
        skews: By interface and vhid.
        served: What it was MASTER of and no skew alone brings back.
    """
    lines = "".join(
        f"{i} {v} {skew}{' MASTER' if (i, v) in served else ''}\n"
        for (i, v), skew in sorted(skews.items())
    )
    return _config("tee", f"{paths.state}/hold", stdin=f"run={run}\n{lines}")


def drop_hold(paths: Paths) -> Command:
    return _config("rm", "-f", f"{paths.state}/hold")


def note_lent(paths: Paths, run: str, values: Mapping[str, int]) -> Command:
    """Write down what sysctls were that a run has set for a while: `NAME=VALUE` a line."""
    lines = "".join(f"{name}={value}\n" for name, value in sorted(values.items()))
    return _config("tee", paths.lent, stdin=f"run={run}\n{lines}")


def forget_lent(paths: Paths) -> Command:
    return _config("rm", "-f", paths.lent)


def start_job(
    paths: Paths, name: str, run: str, argv: Sequence[str], effect: Effect, answer_yes: bool = False
) -> tuple[Command, ...]:
    """Start a job that outlives the connection; link(2) fails where it was started before.

    Wherever a start is cut short, a file tells that its place was made and that it never began.
    """
    where = paths.job(name)
    wrapper = JOB_YES if answer_yes else JOB
    daemon = (
        *("daemon", "-f", "-p", f"{where}/pid", "-o", f"{where}/log"),
        *("sh", "-c", wrapper, "job", f"{where}/status", *argv),
    )
    return (
        _config("mkdir", "-p", where),
        _config("tee", f"{where}/claim", stdin=f"{run}\n"),
        _config("ln", f"{where}/claim", f"{where}/run"),
        Command(daemon, QUICK_S, effect),
    )


def forget_job(paths: Paths, name: str) -> Command:
    return _config("rm", "-rf", paths.job(name))


def fetch_update() -> tuple[str, ...]:
    return ("env", "PAGER=cat", "freebsd-update", "--not-running-from-cron", "fetch")


def fetch_upgrade(release: str, running: str | None = None) -> tuple[str, ...]:
    """Stage another release; `running`: what userland is, where uname cannot tell."""
    current = ("--currently-running", running) if running else ()
    words = ("freebsd-update", "--not-running-from-cron", *current, "upgrade", "-r", release)
    return ("env", "PAGER=cat", "EDITOR=/usr/bin/false", *words)


def install_update() -> tuple[str, ...]:
    return ("env", "PAGER=cat", "freebsd-update", "--not-running-from-cron", "install")


def rollback_update() -> tuple[str, ...]:
    return ("env", "PAGER=cat", "freebsd-update", "--not-running-from-cron", "rollback")


def create_environment(name: str) -> Command:
    return Command(("bectl", "create", _operand(name)), 60.0, Effect.CONFIG)


def activate_environment(name: str) -> Command:
    return Command(("bectl", "activate", _operand(name)), 60.0, Effect.CONFIG)


def rename_environment(old: str, new: str) -> Command:
    return Command(("bectl", "rename", _operand(old), _operand(new)), 60.0, Effect.CONFIG)


def destroy_environment(name: str) -> Command:
    return Command(("bectl", "destroy", _operand(name)), 60.0, Effect.CONFIG)


def mark_boot(paths: Paths, run: str, note: str, marked: bool) -> tuple[Command, ...]:
    """Leave a mark that no boot survives, on a tmpfs(5) of its own, then a note that does.

    A boot is ours and done where the note is there and the mark is gone.
    """
    mark = (
        _config("mkdir", "-p", VOLATILE),
        _config("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", VOLATILE),
        _config("tee", MARKER, stdin=f"{run}\n"),
    )
    return (*(() if marked else mark), _config("tee", paths.boot, stdin=f"{note}\n"))


def reboot() -> Command:
    """Boot again; rc.shutdown(8) and the boot itself are waited for by observing."""
    return Command(("shutdown", "-r", "now"), QUICK_S, Effect.DISRUPTIVE)
