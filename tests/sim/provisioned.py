"""Pairs that are provisioned: the site's, from nothing, and the same with something wrong in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from runs import Story

from bluegreen.cli.execute import dialect_of
from bluegreen.cli.files import load_playbook
from bluegreen.cli.provision import STEPS
from bluegreen.cli.provision_request import designed
from bluegreen.cli.request import Request
from bluegreen.cli.worlds import bare_world
from bluegreen.emulator.machine import Machine
from bluegreen.engine.observer import Observer
from bluegreen.freebsd.site import SITE_ROOTS
from bluegreen.model.command import Command
from bluegreen.model.facts import PairFacts
from bluegreen.model.hidden import Secret
from bluegreen.model.inventory import Inventory, parse_inventory
from bluegreen.model.pair import Pair
from bluegreen.model.verdict import Verdict, all_of
from bluegreen.sim.bare import cables_of, specs_from_design
from bluegreen.sim.clock import START
from bluegreen.sim.start import Start
from bluegreen.sim.world import SimWorld

PREFERRED, OTHER, SPARE = "router-003", "router-002", "router-004"
PASSWORDS = {1: Secret("inside-7f3a"), 2: Secret("outside-91c2")}
OWN = "/etc/rc.conf.d/netif/bluegreen"

UNICAST = """
        - vhid: 2
          interface: vmx1
          vips: [198.51.100.230/32]
          unicast: true
          password: {env: CARP_2}
          addresses: {router-002: 203.0.113.110, router-003: 203.0.113.111}"""
DUAL_STACK = """
        - vhid: 1
          interface: vmx0
          vips: [192.0.2.1/27, "2001:db8:27::1/64"]
          password: {env: CARP_1}"""
UNICAST_6 = DUAL_STACK.replace("password", "unicast: true\n          password")
GRE = """
      tunnels:
        - name: gre0
          local: 198.51.100.230
          remote: 203.0.113.132
          inner: 172.27.27.252
          inner_remote: 172.27.27.33
          description: to_ysul"""
MORE = f"""{GRE}
      forwarding: true
      frr:
        router_id: {{router-002: 172.27.27.11, router-003: 172.27.27.12}}
        networks: [192.0.2.0/27]
      devd: {{hook: /usr/local/libexec/ipfo, bound: [2]}}"""

KINDS: Mapping[str, str] = {
    "site": f"vhids:{UNICAST}{DUAL_STACK}{MORE}",
    "one": f"vhids:{DUAL_STACK}",
    "unicast": f"vhids:{UNICAST}",
    "unicast-6": f"vhids:{UNICAST_6}",
    "two": f"vhids:{UNICAST}{DUAL_STACK}",
}


def a_pair(kind: str = "site", prefer: str = PREFERRED) -> Pair:
    return an_inventory(kind, prefer).pair("edge")


def an_inventory(kind: str, prefer: str = PREFERRED) -> Inventory:
    text = f"""
routers:
  router-002: {{address: 203.0.113.110}}
  router-003: {{address: 203.0.113.111}}
  router-004: {{address: 203.0.113.112}}
pairs:
  edge:
    routers: [router-002, router-003]
    prefer: {prefer}
    provision:
      {KINDS[kind]}
"""
    return parse_inventory(text, "hosts.yaml")


def a_request(pair: Pair, blue: str = OTHER, run: str = "P1") -> Request:
    mine, _ = designed(pair)
    request = Request("provision", mine, load_playbook("provision"), blue, run)
    return replace(request, passwords=PASSWORDS)


def from_nothing(kind: str = "site") -> Story:
    """Return a run on two routers that have addresses and nothing else."""
    pair = a_pair(kind)
    assert pair.design is not None
    return Story(a_request(pair), bare_world(pair, pair.design))


def provisioned(kind: str = "site") -> Story:
    """Return the run that has made the pair."""
    story = from_nothing(kind)
    finished = story.go()
    assert finished.outcome == "done", finished.reason
    return story


def again(story: Story, run: str = "P2", blue: str = PREFERRED, **more: object) -> Story:
    """Return another run on the same routers; blue is who serves there now."""
    return Story(replace(story.request, run=run, blue=blue, **more), story.world)


def sent(story: Story) -> list[tuple[float, str, Command]]:
    """Return the commands that were sent for this run alone."""
    began = next(e.at for e in story.events if e.event == "run_started")
    since = (began - START).total_seconds()
    return [one for one in story.commands() if one[0] >= since]


def look(story: Story) -> PairFacts:
    return Observer(story.doors, dialect_of(story.request.pair)).look()


def as_wanted(story: Story) -> Verdict:
    """Ask every step whether it has anything left to do."""
    facts = look(story)
    steps = [p.step for p in story.request.plan.steps if p.step.name in STEPS]
    return all_of(step.done(facts) for step in steps)


@dataclass(frozen=True, slots=True)
class Disk:
    """Every file that provisioning may touch, to the byte, with its mode."""

    files: tuple[tuple[str, str, int], ...]


def disk(machine: Machine) -> Disk:
    roots = ("/etc", *SITE_ROOTS)
    return Disk(
        tuple(
            (path, node.text, node.mode)
            for root in roots
            for path, node in machine.files.under(root)
            if node.text is not None
        )
    )


def disks(world: SimWorld) -> tuple[Disk, Disk]:
    return disk(world.machines[0]), disk(world.machines[1])


def edit(story: Story, router: str, path: str, change: Callable[[str], str]) -> None:
    """Change a file of a router by hand."""
    files = story.machine(router).files
    text = files.read(path)
    assert change(text) != text, text
    files.write(path, change(text))


def by_hand(story: Story, router: str, *argv: str) -> None:
    """Type a command on a router, and let the network follow it."""
    index = [m.name for m in story.world.machines].index(router)
    network = story.world.network
    output = story.world.machines[index].run(argv, "", network.now)
    assert output.ok, output
    network.touched(index)
    network.advance(network.now + 10.0)


def by_hand_made(lines: Mapping[str, str], kind: str = "two") -> Story:
    """Return a run on a pair that somebody made with files of their own: path, text."""
    pair = a_pair(kind)
    assert pair.design is not None
    specs = specs_from_design(pair, pair.design)
    vhids = {
        OTHER: (100, "203.0.113.111"),
        PREFERRED: (0, "203.0.113.110"),
    }
    made = []
    for spec in specs:
        skew, peer = vhids[spec.name]
        files = {
            path: (text.replace("SKEW", str(skew)).replace("PEER", peer), 0o600)
            for path, text in lines.items()
        }
        made.append(replace(spec, carp_loaded=True, preempt=True, files={**spec.files, **files}))
    start = Start(frozenset(), cables=cables_of(pair, pair.design))
    world = SimWorld((made[0], made[1]), start=start)
    world.network.advance(30.0)
    return Story(a_request(pair, blue=PREFERRED), world)
