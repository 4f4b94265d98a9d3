"""With whom the MASTER had SAs, the new MASTER must have them; each way it can fail has a name."""

from dataclasses import replace

import pytest
from facts import BLUE, GREEN, VIP, a_pair, a_router, a_setting, seen, switched

from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.ipsec import ChildSa, IkeSa, Ipsec, IpsecPolicy, IpsecWish, Sa
from bluegreen.model.system import RcFile
from bluegreen.policy.checks import preflight
from bluegreen.policy.ipsec import ipsec_as, ipsec_observable, ipsec_ready
from bluegreen.policy.layers import converged
from bluegreen.policy.setting import Setting

FAR = "203.0.113.30"
IN = Sa(FAR, VIP, "esp", "transport", 0xC0000003, "mature", 1)
OUT = Sa(VIP, FAR, "esp", "transport", 0xC0000002, "mature", 1)
POLICIES = (
    IpsecPolicy(f"{FAR}[any]", f"{VIP}[any]", "gre", "in", "ipsec", ("esp/transport//unique:1",)),
    IpsecPolicy(f"{VIP}[any]", f"{FAR}[any]", "gre", "out", "ipsec", ("esp/transport//unique:1",)),
)
UP = IkeSa("gre", "ESTABLISHED", 2, VIP, FAR, 9, (ChildSa("gre", "INSTALLED", "TRANSPORT"),))
ALL = Ipsec((IN, OUT), POLICIES, (UP,))
BY_HAND = replace(ALL, ike=None)
NOTHING = Ipsec((), (), ())
WITH = f"{FAR} (esp, from {VIP})"
WATCHED = replace(a_setting(), ipsec=IpsecWish())


def having(facts: RouterFacts, ipsec: Ipsec | Unknown | None) -> RouterFacts:
    return replace(facts, ipsec=ipsec)


def judged(
    now: Ipsec | Unknown | None, was: Ipsec | Unknown = ALL, setting: Setting = WATCHED
) -> tuple[str, ...]:
    green, blue = having(a_router(GREEN), now), having(a_router(BLUE), was)
    return ipsec_as(green, blue, setting).reasons


def test_what_the_master_had_is_there() -> None:
    assert judged(ALL) == ()
    assert judged(BY_HAND, BY_HAND) == ()


def test_it_is_a_layer_between_the_floating_address_and_the_tunnels() -> None:
    before = a_pair(having(a_router(BLUE), ALL), having(a_router(GREEN), NOTHING))
    after = replace(switched(before), second=having(seen(switched(before), GREEN), ALL))

    layers = converged(after, GREEN, WATCHED)

    assert [name for name, _ in layers] == ["carp", "ipsec"]
    assert all(verdict for _, verdict in layers)


def test_who_has_no_ipsec_sees_nothing_of_it() -> None:
    names = [name for name, _ in converged(switched(), GREEN, a_setting())]

    assert "ipsec" not in names
    assert "ipsec" not in dict(preflight(a_pair(), a_setting()))


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (
            replace(ALL, sas=()),
            f"router-002: no SA with {WITH}: it was not negotiated",
        ),
        (
            replace(ALL, sas=(IN,)),
            f"router-002: one-way IPsec: an SA comes in from {WITH}, none goes out",
        ),
        (
            replace(ALL, sas=(OUT,)),
            f"router-002: one-way IPsec: an SA goes out to {WITH}, none comes in",
        ),
        (
            replace(ALL, sas=(replace(IN, state="larval"),)),
            f"router-002: the SA with {WITH} is larval: its negotiation has not ended",
        ),
        (
            replace(ALL, sas=(IN, replace(OUT, state="dying"))),
            f"router-002: SAs with {WITH} are not mature: in mature, out dying",
        ),
        (
            replace(ALL, ike=None, silent="Connection refused"),
            "router-002: strongSwan does not answer: Connection refused",
        ),
        (
            replace(ALL, ike=(replace(UP, state="CONNECTING", children=()),)),
            f"router-002: IKE_SA with {FAR} (gre) is CONNECTING, no CHILD_SA",
        ),
        (replace(ALL, ike=()), f"router-002: no IKE_SA with {FAR} (gre)"),
        (
            replace(ALL, policies=POLICIES[:1]),
            f"router-002: no IPsec policy `out {VIP}[any] {FAR}[any] gre`",
        ),
        (Unknown("setkey: no"), "router-002: IPsec cannot be read: setkey: no"),
        (None, "router-002: IPsec cannot be read: it was not asked"),
    ],
)
def test_what_is_missing_has_a_name(now: Ipsec | Unknown | None, reason: str) -> None:
    assert judged(now) == (reason,)


def test_what_was_unknown_at_the_start_is_no_specification() -> None:
    assert judged(ALL, Unknown("no answer")) == ("IPsec was unknown at the start: no answer",)


def test_a_dead_daemon_alone_is_told_whatever_else_is_missing_for_it() -> None:
    assert judged(Ipsec(silent="Connection refused")) == (
        "router-002: strongSwan does not answer: Connection refused",
    )


def test_an_association_that_is_renewed_counts_by_its_best_half() -> None:
    renewed = replace(ALL, sas=(IN, OUT, replace(OUT, spi=9, state="dying")))

    assert judged(renewed) == ()


def test_what_only_began_at_the_start_is_not_asked_for() -> None:
    began = Ipsec((replace(IN, state="larval"),), (), ())

    assert judged(NOTHING, began) == ()


def test_associations_from_own_addresses_are_the_same_on_either_router() -> None:
    def from_own(address: str) -> Ipsec:
        ends = (f"{address}[any]", f"{FAR}[any]")
        policy = IpsecPolicy(
            *ends, "any", "out", "ipsec", (f"esp/tunnel/{address}-{FAR}/unique:1",)
        )
        sas = (replace(IN, dst=address), replace(OUT, src=address))
        return Ipsec(sas, (policy,))

    own = {r: a_router(r).interfaces[0].inet[0].address for r in (BLUE, GREEN)}

    assert own[BLUE] != own[GREEN]
    assert judged(from_own(own[GREEN]), from_own(own[BLUE])) == ()
    assert judged(NOTHING, from_own(own[BLUE])) == (
        f"router-002: no SA with {FAR} (esp, from its own address): it was not negotiated",
    )


def test_more_peers_may_be_wished_for_than_there_were() -> None:
    setting = replace(a_setting(), ipsec=IpsecWish(peers=("192.0.2.99",)))

    assert judged(ALL, setting=setting) == (
        "router-002: no pair of mature SAs with 192.0.2.99, which `ipsec` wants",
    )


def test_ipsec_that_is_not_looked_at_is_not_waited_for() -> None:
    setting = replace(a_setting(), ipsec=IpsecWish(daemon="none"))

    assert judged(None, setting=setting) == ()


def test_an_upgraded_router_is_trusted_only_if_its_strongswan_runs_again() -> None:
    was, dead = having(a_router(GREEN), NOTHING), Ipsec(silent="Connection refused")

    assert ipsec_ready(was, was, WATCHED)
    assert ipsec_ready(having(was, dead), was, WATCHED).reasons == (
        "router-002: strongSwan does not answer: Connection refused",
    )
    assert not ipsec_ready(having(was, Unknown("x")), was, WATCHED)
    assert ipsec_ready(having(was, dead), having(was, BY_HAND), WATCHED)


def at_start(blue: Ipsec | Unknown | None, green: Ipsec | Unknown | None) -> PairFacts:
    return a_pair(having(a_router(BLUE), blue), having(a_router(GREEN), green))


def starting(pair: PairFacts, name: str, *lines: str) -> PairFacts:
    """Return the pair with these lines in rc.conf(5) of one router."""
    router = replace(seen(pair, name), rc=(RcFile("/etc/rc.conf", lines, "0"),))
    return pair.with_router(router)


def test_what_is_configured_and_up_is_fit() -> None:
    assert ipsec_observable(at_start(ALL, NOTHING), WATCHED)


@pytest.mark.parametrize(
    ("blue", "green", "reason"),
    [
        (Unknown("setkey: x"), NOTHING, "router-001: IPsec cannot be read: setkey: x"),
        (ALL, Unknown("setkey: x"), "router-002: IPsec cannot be read: setkey: x"),
        (
            replace(ALL, ike=None, silent="refused"),
            NOTHING,
            "router-001: strongSwan does not answer: refused",
        ),
        (
            Ipsec((IN,), POLICIES, (UP,)),
            NOTHING,
            "router-001 serves and has no pair of SAs with anybody, but `ipsec:` is configured",
        ),
    ],
)
def test_what_cannot_be_seen_or_is_not_up_is_refused(
    blue: Ipsec | Unknown, green: Ipsec | Unknown, reason: str
) -> None:
    assert ipsec_observable(at_start(blue, green), WATCHED).reasons == (reason,)


def test_a_daemon_of_the_backup_must_run_where_a_boot_starts_it() -> None:
    silent = at_start(ALL, Ipsec(silent="refused"))

    assert ipsec_observable(silent, WATCHED)
    assert ipsec_observable(
        starting(silent, GREEN, 'strongswan_enable="YES"'), WATCHED
    ).reasons == ("router-002: strongSwan does not answer: refused",)


def test_ipsec_that_runs_and_is_not_watched_is_refused_with_what_to_write() -> None:
    pair = starting(a_pair(), BLUE, "ipsec_enable='YES'", "racoon_enable=NO")

    refused = dict(preflight(pair, a_setting()))["ipsec"]

    assert refused.reasons[0].startswith("router-001: ipsec_enable is set, and nothing")
    assert "`ipsec: {}`" in refused.reasons[0]
    assert dict(preflight(pair, replace(a_setting(), ipsec=IpsecWish("none"))))["ipsec"]
