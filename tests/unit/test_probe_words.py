"""What may be written behind --probe."""

import pytest

from bluegreen.errors import UsageError
from bluegreen.model.inventory import parse_inventory, probing
from bluegreen.model.pair import ProbeTarget
from bluegreen.model.probe_words import FORMS, parse_probe

INVENTORY = """
defaults: {user: deploy, escalate: doas}
routers:
  router-001: {address: 192.0.2.11, port: 2222}
  router-002: {address: 192.0.2.12}
pairs:
  edge:
    routers: [router-001, router-002]
    probes: [{icmp: 198.51.100.230}, {flow: "198.51.100.230:7", via: router-001}]
    remotes: [{name: far, address: 203.0.113.30}]
"""


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("icmp:198.51.100.230", ProbeTarget("icmp", "198.51.100.230")),
        ("icmp:198.51.100.230@1ms", ProbeTarget("icmp", "198.51.100.230", 0.001)),
        ("icmp:2001:db8::1@5ms", ProbeTarget("icmp", "2001:db8::1", 0.005)),
        ("icmp:[2001:db8::1]@5ms", ProbeTarget("icmp", "2001:db8::1", 0.005)),
        ("tcp:[2001:db8::1]:443", ProbeTarget("tcp", "[2001:db8::1]:443")),
        ("flow:vip.example.net:7@10ms", ProbeTarget("flow", "vip.example.net:7", 0.01)),
        ("http://192.0.2.1/a@b", ProbeTarget("http", "http://192.0.2.1/a@b")),
        ("http://192.0.2.1/a,b@1s", ProbeTarget("http", "http://192.0.2.1/a,b", 1.0)),
        ("https://[2001:db8::1]/", ProbeTarget("http", "https://[2001:db8::1]/")),
        (
            "icmp:192.0.2.1@1ms,via=admin@192.0.2.9:2222",
            ProbeTarget("icmp", "192.0.2.1", 0.001, "admin@192.0.2.9:2222"),
        ),
        (
            "icmp:192.0.2.1,via=[2001:db8::9]:22",
            ProbeTarget("icmp", "192.0.2.1", via="[2001:db8::9]:22"),
        ),
    ],
)
def test_a_probe_is_read_as_it_is_meant(words: str, meant: ProbeTarget) -> None:
    assert parse_probe(words) == meant


@pytest.mark.parametrize("words", FORMS.values())
def test_every_form_that_an_error_names_is_a_form(words: str) -> None:
    assert words.startswith(parse_probe(words).kind)


@pytest.mark.parametrize(
    ("words", "sentence", "form"),
    [
        ("imcp:192.0.2.1", "`imcp` is no kind of probe; did you mean `icmp`?", FORMS["icmp"]),
        ("192.0.2.1", "it begins with icmp:, tcp:, flow:", FORMS["icmp"]),
        ("icmp:192.0.2.1@fast", "@fast: not a duration", FORMS["icmp"]),
        ("icmp:192.0.2.1@0s", "a duration of 0 is no time at all", FORMS["icmp"]),
        ("tcp:192.0.2.1", "192.0.2.1: not host:port", FORMS["tcp"]),
        ("flow:2001:db8::1:7", "not host:port", FORMS["flow"]),
        ("http:/192.0.2.1", "not a URL", FORMS["http"]),
        ("icmp:not_a host", "not an IP address or host name", FORMS["icmp"]),
        (
            "icmp:192.0.2.1,via=x y",
            "via=x y: not an IP address or host name",
            f"{FORMS['icmp']},via=admin@192.0.2.9:22",
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_a_form_that_is(
    words: str, sentence: str, form: str
) -> None:
    with pytest.raises(UsageError) as refused:
        parse_probe(words)

    assert (refused.value.exit_code, refused.value.router) == (2, "--probe")
    assert f"`{words}`: " in refused.value.what
    assert sentence in refused.value.what
    assert refused.value.next_move == f"Write it as `{form}`."


def test_probes_of_the_command_line_add_to_those_of_the_inventory_and_none_is_there_twice() -> None:
    inventory = parse_inventory(INVENTORY, "hosts.yaml")
    pair = inventory.pair("edge")

    probed = probing(pair, inventory, ["icmp:198.51.100.230", "icmp:192.0.2.1@1ms"])

    assert [(p.kind, p.target) for p in probed.probes] == [
        ("icmp", "198.51.100.230"),
        ("flow", "198.51.100.230:7"),
        ("icmp", "192.0.2.1"),
    ]


@pytest.mark.parametrize(
    ("via", "address", "port", "user", "escalate"),
    [
        ("router-001", "192.0.2.11", 2222, "deploy", "doas"),
        ("far", "203.0.113.30", None, "deploy", "doas"),
        ("admin@192.0.2.9:2200", "192.0.2.9", 2200, "admin", "none"),
        ("bastion.example", "bastion.example", None, None, "none"),
    ],
)
def test_a_host_to_probe_from_is_one_of_the_file_or_what_was_typed(
    via: str, address: str, port: int | None, user: str | None, escalate: str
) -> None:
    inventory = parse_inventory(INVENTORY, "hosts.yaml")

    probed = probing(inventory.pair("edge"), inventory, [f"icmp:192.0.2.1,via={via}"])

    vantage = probed.probes[-1].vantage
    assert vantage is not None
    assert (vantage.address, vantage.port, vantage.user) == (address, port, user)
    assert vantage.escalate == escalate
