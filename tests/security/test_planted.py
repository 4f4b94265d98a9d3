"""Marked secrets in every place where an operator may have one: nowhere in what a run leaves."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluegreen.cli.execute import begin, dialect_of, prepare
from bluegreen.cli.files import load_playbook
from bluegreen.cli.output import json_line
from bluegreen.cli.rehearsal import perform
from bluegreen.cli.request import Request
from bluegreen.emulator.rcfiles import rc_files
from bluegreen.emulator.spec import EXAMPLE_KEY, MachineSpec
from bluegreen.engine.journal import MemoryJournal
from bluegreen.engine.observer import Observer
from bluegreen.errors import UsageError
from bluegreen.model.codec import unpack_facts, write_facts
from bluegreen.model.command import Output, Script
from bluegreen.model.events import Event
from bluegreen.model.inventory import parse_inventory
from bluegreen.model.pair import Pair
from bluegreen.model.probe_words import parse_probe
from bluegreen.model.secret import struck
from bluegreen.model.state import fold
from bluegreen.remote.keys import PublicKeysOnly
from bluegreen.report.lines import Lines
from bluegreen.report.show import render_show
from bluegreen.sim.build import specs_from_rehearsal
from bluegreen.sim.faults import parse_fault
from bluegreen.sim.world import SimWorld
from bluegreen.world import Transport

MARK = "Xq7SECRET"  # every planted secret holds it
HOSTS = "routers: {a: {address: a}, b: {address: b}}\npairs: {p: {routers: [a, b]}}"
PROBED = """
routers: {{a: {{address: a}}, b: {{address: b}}}}
pairs: {{p: {{routers: [a, b], probes: [{{{}}}]}}}}
"""
LOCAL = f"""\
wlan_psk="{MARK}1"
ifconfig_vmx8="inet vhid 8 pass {MARK}2 192.0.2.8/32"
ifconfig_vmx8_alias0='inet vhid 8 advskew 0 pass "{MARK}3 {MARK}3" alias 192.0.2.18/32'
ifconfig_vmx8_aliases="\\
    inet vhid 9 pass \\
    {MARK}4 192.0.2.19/32"
# ifconfig_vmx7="inet vhid 7 pass '{MARK}5 staple' 192.0.2.7/32"
export ovh_application_secret={MARK}6
racoon_psk_file={MARK}7
openvpn_passwd='{MARK}8
{MARK}8'
"""
ECHOES = (
    f"ifconfig: bad value: inet vhid 2 pass {MARK}e1 192.0.2.1/32",
    f'carp: key "{MARK}e2" is too long',
    f'sh: wlan_psk="{MARK}e3": not found',
    f"fetch: https://ops:{MARK}e4@update.example/: Unauthorized",
    f"password: {MARK}e5",
)
ECHOED = "\n".join(ECHOES) + "\n"


def a_pair() -> Pair:
    return parse_inventory(HOSTS, "hosts.yaml").pair("p")


def planted(spec: MachineSpec) -> MachineSpec:
    return replace(spec, files={**rc_files(spec), "/etc/rc.conf.local": (LOCAL, 0o600)})


class Echoing:
    """A router whose failures repeat lines that they should not, and that makes no environment."""

    def __init__(self, door: Transport) -> None:
        self.name = door.name
        self._door = door

    @property
    def address(self) -> str | None:
        return self._door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        if any(command.argv[:2] == ("bectl", "create") for command in script.commands):
            return (Output("", ECHOED, 1),)
        outputs = self._door.run(script)
        return tuple(o if o.ok else Output(o.stdout, o.stderr + ECHOED, o.code) for o in outputs)

    def close(self) -> None:
        self._door.close()


def told_by(world: SimWorld) -> tuple[list[Event], SimWorld]:
    events: list[Event] = []
    request = Request("upgrade", a_pair(), load_playbook(), "a", "R1")
    perform(world, request, [events.append])
    return events, world


@pytest.mark.parametrize("fault", [None, "install-fails", "connection-lost-after@persist"])
def test_nothing_that_a_run_writes_shows_or_sends_holds_one(
    fault: str | None, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    first, second = specs_from_rehearsal(a_pair())
    world = SimWorld(
        (planted(first), planted(second)), faults=[parse_fault(fault)] if fault else []
    )
    there = "".join(n.text or "" for m in world.machines for _, n in m.files.under("/etc"))
    assert all(f"{MARK}{number}" in there for number in range(1, 9))

    events, _ = told_by(world)

    lines: list[str] = []
    for event in events:
        Lines(lines.append)(event)
        json_line(event)
    sent = [
        text
        for _, _, script in world.traffic.wire
        for c in script.commands
        for text in (*c.argv, c.stdin, _unpacked(c.reads))
    ]
    kept = [event.model_dump_json() for event in events]
    shown = [render_show(tuple(events), fold(events)), *lines, *capsys.readouterr(), caplog.text]
    for text in (*kept, *shown, *sent):
        assert MARK not in text, _around(text)
        assert EXAMPLE_KEY not in text, text


def _unpacked(text: str) -> str:
    """Return what a packed file holds, or the text itself."""
    try:
        return unpack_facts(text, "a file")
    except Exception:  # noqa: BLE001 - whatever it is, it is no packed file
        return text


def _around(text: str) -> str:
    at = text.index(MARK)
    return text[max(0, at - 80) : at + 40]


def test_an_error_that_echoes_a_line_of_rc_conf_reaches_no_event_and_no_fact() -> None:
    first, second = specs_from_rehearsal(a_pair())
    world = SimWorld((planted(first), planted(second)))
    doors = world.doors()
    echoing = replace(doors, transports={n: Echoing(d) for n, d in doors.transports.items()})
    journal = MemoryJournal()
    request = Request("upgrade", a_pair(), load_playbook(), "a", "R1")
    run = prepare(request, echoing, journal)
    begin(run, request)

    run.runner.run()

    kept = "\n".join(event.model_dump_json() for event in journal.events("R1"))
    facts = write_facts(Observer(echoing, dialect_of(a_pair())).look())
    assert "inet vhid 2 pass ***" in kept, "the echo was seen, and struck out"
    assert MARK not in kept, _around(kept)
    assert MARK not in facts, _around(facts)


@settings(deadline=None)
@given(
    st.sampled_from(
        ["ifconfig: pass {}: no", 'key "{}"', "x_password={}", "psk: {}", "token = {}"]
    ),
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12),
)
def test_what_a_router_repeats_is_struck_out_whatever_the_secret_is(form: str, word: str) -> None:
    said = struck(form.format(f"{MARK}{word}"))

    assert MARK not in said
    assert struck(said) == said


@pytest.mark.parametrize(
    "text",
    [
        "the host key of [192.0.2.1]:22 is unknown: ssh-ed25519 SHA256:abc",
        "3 checks pass, 1 says no",
        "pfctl: pass in on vmx0 proto tcp",
        "ssh-add the key, then start again",
    ],
)
def test_words_that_only_look_like_it_are_left_readable(text: str) -> None:
    assert struck(text).split()[0] == text.split(maxsplit=1)[0]
    assert len(struck(text)) > len(text) / 2


@pytest.mark.parametrize(
    "url",
    [
        f"http://ops:{MARK}@192.0.2.1/",
        f"https://{MARK}@vip.example/health",
        f"http://vip.example/?token={MARK}",
        f"http://vip.example/x?a=b&API_KEY={MARK}",
    ],
)
def test_a_url_with_a_secret_in_it_is_refused_and_not_repeated(url: str) -> None:
    probes = PROBED.format(f"http: {json.dumps(url)}")

    with pytest.raises(UsageError) as of_file:
        parse_inventory(probes, "hosts.yaml")
    with pytest.raises(UsageError) as of_word:
        parse_probe(url)

    for refused in (of_file.value, of_word.value):
        assert MARK not in f"{refused} {refused!r} {refused.args}"
        assert "would be shown in every report" in refused.what
    assert "hosts.yaml:3:" in of_file.value.what


@pytest.mark.parametrize("key", ["icmp", "tcp", "via", "flow"])
def test_a_url_with_a_password_where_none_belongs_is_not_repeated_either(key: str) -> None:
    url = json.dumps(f"http://ops:{MARK}@192.0.2.1/")
    other = "icmp: x, via" if key == "via" else key
    probes = PROBED.format(f"{other}: {url}")

    with pytest.raises(UsageError) as refused:
        parse_inventory(probes, "hosts.yaml")

    assert MARK not in str(refused.value)


def test_no_traceback_and_no_repr_of_a_file_of_ours_holds_the_key_it_could_not_read(
    tmp_path: Path,
) -> None:
    """A private key is named by its path; what it holds is in no error."""
    file = tmp_path / "key"
    file.write_text(
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{MARK}\n-----END OPENSSH PRIVATE KEY-----\n"
    )

    with pytest.raises(UsageError) as refused:
        list(PublicKeysOnly("ops", (file,), agent_any=False, must_load=True).get_sources())

    assert MARK not in f"{refused.value!r} {refused.value.__cause__!r}"
