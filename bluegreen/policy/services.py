"""Tunnels and daemons of a router, compared with the design."""

from bluegreen.freebsd.devd import RULE
from bluegreen.freebsd.site import FRR_CONF
from bluegreen.freebsd.sitecommands import restart_devd, restart_frr, stop_frr
from bluegreen.freebsd.siteedit import kept_dir
from bluegreen.model.command import Command
from bluegreen.model.design import Design, TunnelDesign
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.network import CarpState
from bluegreen.model.roles import idle
from bluegreen.model.routing import Ospf
from bluegreen.model.site import SiteFacts
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.policy.rows import interface_of
from bluegreen.policy.setting import Setting

READY = "ready"
RESTARTED = "frr-restarted"
NOT_RUNNING = ("is not running", "failed to connect to any daemons")  # vtysh/vtysh.c, FRR 8 to 10


def tunnel_differs(router: RouterFacts, tunnel: TunnelDesign) -> bool:
    """Whether a tunnel is not there, or has other ends than wanted."""
    found = interface_of(router, tunnel.name)
    if found is None or found.tunnel is None:
        return True
    inner = {(i.address, i.destination) for i in (*found.inet, *found.inet6)}
    return (found.tunnel.local, found.tunnel.remote) != (tunnel.local, tunnel.remote) or (
        tunnel.inner,
        tunnel.inner_remote,
    ) not in inner


def tunnels_there(router: RouterFacts, design: Design) -> Verdict:
    return all_of(
        holds(not tunnel_differs(router, t), f"{router.name}: {t.name} is not as wanted")
        for t in design.tunnels
    )


def handler_ready(router: RouterFacts, design: Design) -> Verdict:
    """Ask the handler itself: its dry run says what is missing."""
    if design.devd is None:
        return YES
    if not isinstance(router.site, SiteFacts):
        return no(f"{router.name}: whether the devd handler is ready is not known")
    told = router.site.handler
    if told is None:
        return no(f"{router.name}: the devd handler is not there")
    wrong = [line for line in told.splitlines() if line.startswith("wrong: ")]
    is_ready = told.splitlines()[-1:] == [READY]
    return all_of(
        [
            *(no(f"{router.name}: devd handler: {line.removeprefix('wrong: ')}") for line in wrong),
            holds(is_ready or bool(wrong), f"{router.name}: the devd handler says: {told[:80]}"),
        ]
    )


def tunnels_follow(router: RouterFacts, design: Design) -> Verdict:
    """Where devd sees to it, a tunnel is up on the MASTER of its address and nowhere else."""
    if design.devd is None:
        return YES
    return all_of(
        holds(
            up is serves,
            f"{router.name}: {t.name} is {'up' if up else 'down'}, and the router is "
            f"{'' if serves else 'not '}MASTER of its address",
        )
        for t in design.tunnels
        if (vhid := design.follows(t)) and (found := interface_of(router, t.name))
        for up in ["UP" in found.flags]
        for serves in [_serves(router, vhid.vhid)]
    )


def _serves(router: RouterFacts, number: int) -> bool:
    return any(v.carp.vhid == number and v.carp.state is CarpState.MASTER for v in router.vhids)


def frr_runs(pair: PairFacts, router: RouterFacts, setting: Setting) -> Verdict:
    """FRR runs, with the id of the design, and has read what was written in this run."""
    design = setting.design
    if design is None or design.frr is None:
        return YES
    wanted = dict(design.frr.router_ids).get(router.name)
    running = router.ospf if isinstance(router.ospf, Ospf) else None
    return all_of(
        [
            holds(running is not None, f"{router.name}: FRR does not run"),
            holds(
                running is None or running.router_id == wanted,
                f"{router.name}: OSPF router-id is {running.router_id if running else None}, "
                f"wanted {wanted}",
            ),
            holds(
                not rewritten(pair, router) or noted(router, setting),
                f"{router.name}: FRR has not read its new configuration",
            ),
        ]
    )


def rewritten(pair: PairFacts, router: RouterFacts) -> bool:
    """Whether frr.conf is another one than when the run began."""
    was = pair.before.seen(router.name) if pair.before else None
    if was is None:
        return False
    return _frr_digest(was) != _frr_digest(router)


def _frr_digest(router: RouterFacts) -> str | None:
    file = router.site.file(FRR_CONF) if isinstance(router.site, SiteFacts) else None
    return file.digest if file else None


def daemons_back(
    pair: PairFacts, before: PairFacts, name: str, changed: tuple[str, ...], setting: Setting
) -> tuple[Command, ...]:
    """Have daemons do without what this run has written, once the files are what they were."""
    facts, was = pair.seen(name), before.seen(name)
    if facts is None or was is None:
        return ()
    reads = (restart_devd(),) if RULE in changed else ()
    if not noted(facts, setting):
        return reads
    if _was_down(was):
        return (*reads, stop_frr())
    return (*reads, restart_frr()) if FRR_CONF in changed and idle(pair, name) else reads


def _was_down(was: RouterFacts) -> bool:
    """Whether FRR said itself that it did not run; one that did not answer may have."""
    said = was.ospf.unknown if isinstance(was.ospf, Unknown) else ""
    return any(words in said for words in NOT_RUNNING)


def noted(router: RouterFacts, setting: Setting) -> bool:
    where = f"{kept_dir(setting.paths_of(router.name), setting.run)}/{RESTARTED}"
    return where in router.kept
