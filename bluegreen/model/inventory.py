"""hosts.yaml: the routers, and the pairs that `--pair` can name."""

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bluegreen.errors import UsageError
from bluegreen.model.checking import validated
from bluegreen.model.document import parse_document
from bluegreen.model.fields import parse_endpoint
from bluegreen.model.inventory_blocks import (
    InventoryBlock,
    IpfoBlock,
    IpsecBlock,
    OspfBlock,
    PairBlock,
    ProbeBlock,
    RemoteBlock,
    RouterBlock,
    RouterOptions,
)
from bluegreen.model.inventory_checks import (
    PROBE_KINDS,
    check_jumps,
    check_names,
    check_pairs,
    check_probes,
    check_rehearsals,
    check_remotes,
)
from bluegreen.model.ipfo_checks import check_ipfo
from bluegreen.model.ipsec import IpsecWish
from bluegreen.model.pair import (
    FloatingAddress,
    Jump,
    KeySource,
    OspfWish,
    Pair,
    ProbeTarget,
    Remote,
    Router,
)
from bluegreen.model.probe_words import parse_probe
from bluegreen.model.problems import hint, listed
from bluegreen.model.provision_blocks import check_designs, resolved_design
from bluegreen.model.rehearsal import RehearsalBlock, resolved_rehearsal

Locate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything hosts.yaml says, defaults filled in."""

    file: str
    routers: tuple[Router, ...]
    pairs: tuple[Pair, ...]

    def pair(self, words: str) -> Pair:
        """Return the pair that ``edge`` or ``router-001,router-002`` means."""
        names = tuple(name.strip() for name in words.split(","))
        if len(names) == 1:
            return self._named(names[0])
        if len(names) != 2 or not all(names):
            raise self._misnamed(f"`{words}` does not name two routers")
        known = {router.name: router for router in self.routers}
        unknown = [name for name in names if name not in known]
        if unknown:
            asked = (
                f"`{name}` is no router of {self.file}; {hint(name, known)}" for name in unknown
            )
            raise self._misnamed("\n".join(asked))
        if names[0] == names[1]:
            raise self._misnamed(f"`{names[0]}` twice; a pair takes two different routers")
        of_both = (pair for pair in self.pairs if set(pair.names) == set(names))
        return next(of_both, _bare_pair((known[names[0]], known[names[1]])))

    def _named(self, name: str) -> Pair:
        for pair in self.pairs:
            if pair.name == name:
                return pair
        if not name:
            raise self._misnamed("no pair was named")
        if any(router.name == name for router in self.routers):
            raise self._misnamed(f"`{name}` is one router; a pair takes two")
        names = [*(pair.name for pair in self.pairs), *(router.name for router in self.routers)]
        raise self._misnamed(f"`{name}` is no pair of {self.file}; {hint(name, names)}")

    def _misnamed(self, what: str) -> UsageError:
        pairs = listed(pair.name for pair in self.pairs)
        named = f", or a pair: {pairs}" if pairs else ""
        routers = listed(router.name for router in self.routers)
        return UsageError(
            what, "--pair", f"Name two routers of {self.file} as A,B: {routers}{named}."
        )


def parse_inventory(text: str, file: str, locate: Locate = str) -> Inventory:
    """Return the inventory, or refuse with every mistake in it.

    Args:
        text: What the file holds.
        file: Its name, for errors.
        locate: Turns a path as written into one that opens from anywhere.
    """
    checks = (
        *(check_names, check_jumps, check_pairs, check_probes, check_remotes, check_ipfo),
        check_designs,
        check_rehearsals,
    )
    block = validated(parse_document(text, file, "inventory"), InventoryBlock, checks)
    reached = _Reached(block, locate)
    routers = {name: reached.router(name, given) for name, given in block.routers.items()}
    pairs = (_pair(name, given, routers, reached) for name, given in block.pairs.items())
    return Inventory(file, tuple(routers.values()), tuple(pairs))


@dataclass(frozen=True, slots=True)
class _Reached:
    """How routers are reached: their own words before the defaults."""

    block: InventoryBlock
    locate: Locate

    def router(self, name: str, given: RouterBlock) -> Router:
        options = self._options(given)
        return Router(
            name=name,
            address=given.address,
            port=options.port,
            user=options.user,
            escalate=options.escalate,
            identity=self._path(options.identity),
            known_hosts=self._path(options.known_hosts),
            jump=None if options.jump in (None, name) else self._jump(options.jump),
            state_dir=options.state_dir,
            connect_timeout_s=options.connect_timeout,
        )

    def _options(self, given: RouterOptions) -> RouterOptions:
        own = given.model_fields_set & RouterOptions.model_fields.keys()
        return self.block.defaults.model_copy(update={key: getattr(given, key) for key in own})

    def _path(self, written: str | None) -> str | None:
        return None if written is None else self.locate(written)

    def _jump(self, words: str) -> Jump:
        """Return a router of this file by its name, else what user@host:port says."""
        if words not in self.block.routers:
            endpoint = parse_endpoint(words)
            return Jump(endpoint.host, endpoint.port, endpoint.user)
        given = self.block.routers[words]
        options = self._options(given)
        return Jump(
            given.address,
            options.port,
            options.user,
            self._path(options.identity),
            self._path(options.known_hosts),
        )


def _pair(name: str, given: PairBlock, routers: dict[str, Router], reached: _Reached) -> Pair:
    first, second = given.routers
    ospf = _ospf(given.ospf)
    remotes = tuple(_remote(remote, reached) for remote in given.remotes)
    hosts = _hosts(routers, remotes)
    return Pair(
        name=name,
        routers=(routers[first], routers[second]),
        rehearsal=resolved_rehearsal(given.rehearsal, (first, second), given.prefer, ospf),
        prefer=given.prefer,
        allow=given.allow,
        outage_budget_s=given.outage_budget,
        probes=tuple(_probe(probe, hosts) for probe in given.probes),
        ospf=ospf,
        ipsec=_ipsec(given.ipsec),
        remotes=remotes,
        ipfo=_floating(given.ipfo, reached.locate) if given.ipfo else None,
        design=resolved_design(given.provision, (first, second), given.prefer, reached.locate),
    )


def _bare_pair(routers: tuple[Router, Router]) -> Pair:
    """Return two routers of which `pairs` says nothing."""
    names = (routers[0].name, routers[1].name)
    rehearsal = resolved_rehearsal(RehearsalBlock(), names, prefer=None, ospf=None)
    return Pair(",".join(names), routers, rehearsal)


def _ospf(given: OspfBlock | None) -> OspfWish | None:
    return None if given is None else OspfWish(given.daemon, given.min_neighbors)


def _ipsec(given: IpsecBlock | None) -> IpsecWish | None:
    return None if given is None else IpsecWish(given.daemon, given.peers)


def _floating(given: IpfoBlock, locate: Locate) -> FloatingAddress:
    keys = given.credentials
    return FloatingAddress(
        provider=given.provider,
        service=given.service or "",
        address=given.address,
        settle_s=given.settle,
        mode=given.mode,
        services=tuple(given.services.items()),
        binding=given.binding,
        macs=tuple(given.macs.items()),
        mac=given.mac,
        budget_s=given.budget,
        keys=KeySource(
            file=locate(keys.file) if keys and keys.file else None,
            command=tuple(shlex.split(keys.command)) if keys and keys.command else (),
        ),
    )


def probing(pair: Pair, inventory: Inventory, words: Iterable[str]) -> Pair:
    """Return the pair with what ``--probe`` adds to its probes; none is there twice.

    Raises:
        UsageError: a probe is not understood.
    """
    hosts = {router.name: router for router in inventory.routers}
    asked = (parse_probe(word) for word in words)
    added = (replace(t, vantage=_vantage(t.via, _hosts(hosts, pair.remotes))) for t in asked)
    return replace(pair, probes=tuple(dict.fromkeys((*pair.probes, *added))))


def _hosts(routers: dict[str, Router], remotes: Iterable[Remote]) -> dict[str, Router]:
    """Return what `via` can name: the routers, and the far ends of the pair's tunnels."""
    return {**routers, **{remote.router.name: remote.router for remote in remotes}}


def _vantage(words: str | None, hosts: dict[str, Router]) -> Router | None:
    """Return a host of this file by its name, else what user@host:port says."""
    if words is None or words in hosts:
        return hosts[words] if words else None
    endpoint = parse_endpoint(words)
    return Router(words, endpoint.host, endpoint.port, endpoint.user)


def _probe(given: ProbeBlock, hosts: dict[str, Router]) -> ProbeTarget:
    written = (given.icmp, given.tcp, given.flow, given.http)
    targets = zip(PROBE_KINDS, written, strict=True)
    kind, target = next((kind, target) for kind, target in targets if target)
    return ProbeTarget(kind, target, given.every, given.via, _vantage(given.via, hosts))


def _remote(given: RemoteBlock, reached: _Reached) -> Remote:
    return Remote(reached.router(given.name, given), given.expect_route)
