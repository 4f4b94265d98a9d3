"""What must hold of the operating system before one is installed in its place."""

from bluegreen.errors import ParseError
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.finding import Evidence
from bluegreen.model.release import Release, parse_release
from bluegreen.model.system import Environment, JobState
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no, shown_by
from bluegreen.policy.checks import Checks, persistence
from bluegreen.policy.setting import Setting

VOLATILE = ("tmpfs", "/dev/md", "devfs", "procfs", "swap")  # as df(1) names them
NEEDED_KIB = 1024 * 1024  # a minor release fetches and unpacks several hundred MiB


def upgradable(pair: PairFacts, setting: Setting) -> Checks:
    """Return a verdict a check, for a playbook that installs an OS."""
    return systems(pair.both() or (), setting)


def systems(routers: tuple[RouterFacts, ...], setting: Setting) -> Checks:
    """Return the same verdicts of some routers; of none, no verdict."""
    if not routers:
        return ()
    return (
        ("persistence", all_of(persistence(r) for r in routers)),
        ("version", all_of(_version(r, setting.target) for r in routers)),
        ("environments", all_of(_environments(r) for r in routers)),
        ("state", all_of(_outlives(r) for r in routers)),
        ("space", all_of(_space(r) for r in routers)),
        ("jobs", all_of(_jobs(r, setting) for r in routers)),
    )


def _version(router: RouterFacts, wanted: str | None) -> Verdict:
    versions = router.versions
    named = (versions.kernel, versions.running, versions.userland)
    seen = f"freebsd-version -kru: {', '.join(name or 'nothing' for name in named)}"
    return shown_by(_fit(router, wanted), Evidence(router.name, seen))


def _fit(router: RouterFacts, wanted: str | None) -> Verdict:
    versions = router.versions
    if not versions.kernel or not versions.running or not versions.userland:
        return no(f"{router.name}: freebsd-version did not name all three versions")
    try:
        current = parse_release(versions.userland)
        target = parse_release(wanted) if wanted else current
    except ParseError as error:
        return no(f"{router.name}: {error.what}")
    return all_of(
        [
            shown_by(
                holds(
                    not router.pkgbase,
                    f"{router.name} runs a packaged base: freebsd-update refuses it",
                ),
                Evidence(router.name, "pkg which /usr/bin/uname: it belongs to a package"),
            ),
            shown_by(
                holds(
                    router.securelevel <= 0,
                    f"{router.name}: securelevel is {router.securelevel}: nothing can be installed",
                ),
                Evidence(router.name, f"sysctl kern.securelevel: {router.securelevel}"),
            ),
            holds(
                current.branch == "RELEASE",
                f"{router.name} runs {current}: freebsd-update upgrades releases only",
            ),
            holds(
                versions.kernel == versions.running,
                f"{router.name}: kernel {versions.kernel} is installed and {versions.running} "
                "runs: an earlier upgrade was not finished, reboot it while idle first",
            ),
            _way(router, current, target),
        ]
    )


def _way(router: RouterFacts, current: Release, target: Release) -> Verdict:
    older = (target.major, target.minor) < (current.major, current.minor) or (
        target.base == current.base and target.patch and target < current
    )
    return all_of(
        [
            holds(not older, f"{router.name} runs {current}: {target} is older"),
            holds(
                target.major == current.major,
                f"{router.name}: {current} to {target} is a major upgrade: its packages would have "
                "to be rebuilt between two installs, which is not supported yet",
            ),
        ]
    )


def _environments(router: RouterFacts) -> Verdict:
    if isinstance(router.environments, Unknown):
        why = router.environments.unknown
        unread = no(f"{router.name}: boot environments: {why}")
        return shown_by(unread, Evidence(router.name, f"bectl list -H: {why}"))
    if not router.environments:
        return YES
    pending = [e.name for e in router.environments if (e.next or e.once) and not e.now]
    verdict = all_of(
        [
            holds(not pending, f"{router.name}: the next boot would be {', '.join(pending)}"),
            holds(
                any(e.now and e.next for e in router.environments),
                f"{router.name}: no boot environment is both active now and at the next boot",
            ),
        ]
    )
    listed = ", ".join(map(_flagged, router.environments))
    return shown_by(verdict, Evidence(router.name, f"bectl list -H: {listed}"))


def _flagged(environment: Environment) -> str:
    """Return an environment with its flags as bectl(8) has them: now, at the next boot, once."""
    flags = zip("NRT", (environment.now, environment.next, environment.once), strict=True)
    return f"{environment.name} {''.join(flag for flag, is_set in flags if is_set) or '-'}"


def _outlives(router: RouterFacts) -> Verdict:
    """What lies on the router must outlive a boot, and a change of boot environment."""
    if isinstance(router.spaces, Unknown) or len(router.spaces) < 2:
        return shown_by(
            no(f"{router.name}: where our files would lie cannot be read"), _free(router)
        )
    root, state = router.spaces[0], router.spaces[1]
    ours = f"{router.name}: our files would lie on {state.filesystem}"
    volatile = state.filesystem.startswith(VOLATILE)
    # A dataset below the boot environment's own is mounted with that one alone.
    below = f"{state.filesystem}/".startswith(f"{root.filesystem}/")
    reverted = bool(router.environments) and below
    verdict = all_of(
        [
            holds(not volatile, f"{ours}, which no boot outlives: name another `state_dir`"),
            holds(
                volatile or not reverted,
                f"{ours}, which a boot environment reverts: name a `state_dir` on a dataset of "
                "its own",
            ),
        ]
    )
    return shown_by(verdict, _free(router))


def _free(router: RouterFacts) -> Evidence:
    """Return what df(1) says, of the root and of where our files lie."""
    if isinstance(router.spaces, Unknown):
        return Evidence(router.name, f"df -k: {router.spaces.unknown}")
    rows = (f"{s.filesystem} on {s.mountpoint}, {s.available_kib} KiB" for s in router.spaces)
    return Evidence(router.name, f"df -k: {'; '.join(rows) or 'nothing'}")


def _space(router: RouterFacts) -> Verdict:
    if isinstance(router.spaces, Unknown):
        unread = no(f"{router.name}: free space cannot be read: {router.spaces.unknown}")
        return shown_by(unread, _free(router))
    verdict = all_of(
        holds(
            space.available_kib >= (NEEDED_KIB if space.mountpoint == "/" else 1024),
            f"{router.name}: {space.available_kib // 1024} MiB are free on {space.mountpoint}",
        )
        for space in router.spaces
    )
    return shown_by(verdict, _free(router))


def _jobs(router: RouterFacts, setting: Setting) -> Verdict:
    return all_of(
        shown_by(
            no(f"{router.name}: job {job.name} of run {job.run} is still running"),
            Evidence(router.name, f"{setting.paths_of(router.name).job(job.name)}: its pid lives"),
        )
        for job in router.jobs
        if job.state is JobState.RUNNING and job.run != setting.run
    )
