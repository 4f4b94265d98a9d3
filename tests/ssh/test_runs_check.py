"""`check` as its user runs it: a process, real SSH, two routers that are not alike."""

import json
import re
import shlex
import signal
import subprocess
from dataclasses import replace
from time import monotonic

from pair import StartPair
from routers import SECOND, pair_specs, until
from running import Hire

from bluegreen.emulator.spec import InterfaceSpec, MachineSpec, VhidSpec
from bluegreen.model.network import Pfsync

pytest_plugins = ("pair", "product")
SYNC = Pfsync("vmx0", "224.0.0.240", syncok=True, version=1400, maxupd=128, defer=False)
OTHER = {"password": "battery-staple"}


def with_pfsync(spec: MachineSpec, version: int = 1400, states: int = 5000) -> MachineSpec:
    sync = InterfaceSpec("pfsync0", groups=("pfsync",), pfsync=replace(SYNC, version=version))
    *own, lo0 = spec.interfaces
    return replace(spec, states=states, interfaces=(*own, sync, lo0))


def signed_otherwise(vhid: VhidSpec) -> VhidSpec:
    return replace(vhid, **OTHER) if vhid.vhid == 3 else vhid


def test_a_pair_that_is_ill_is_told_so_in_one_document(start_pair: StartPair, hire: Hire) -> None:
    first, second = pair_specs()
    other = replace(second, vhids=tuple(map(signed_otherwise, second.vhids)))
    pair = start_pair((with_pfsync(first, 1400), with_pfsync(other, 1500)))
    product = hire(pair.inventory)

    told = product.run("check", "--pair", "edge", "--json")
    people = product.run("check", "--pair", "edge")

    document = json.loads(told.out)
    found = {finding["name"]: finding for finding in document["findings"]}
    assert (told.code, people.code, document["ok"]) == (3, 3, False)
    assert {"both-master", "password-differs", "pfsync-version"} <= set(found)
    assert "each refuses" in str(found["both-master"]) or "in the files" in str(found)
    counted = re.findall(r"([1-9]\d*) of them badly signed", str(found["both-master"]))
    assert len(counted) == 2
    assert "CRITICAL  both-master" in people.out
    assert "\x1b" not in people.out  # a pipe has no colours
    for word in ("correct-horse", "battery-staple"):
        assert word not in told.out + told.err + people.out + people.err


def test_ctrl_c_ends_a_check_before_its_watch_is_over(start_pair: StartPair, hire: Hire) -> None:
    slow = (replace(s, vhids=tuple(replace(v, advbase=4) for v in s.vhids)) for s in pair_specs())
    first, second = slow
    running = hire(start_pair((first, second)).inventory).start("check", "--pair", "edge")
    assert running.says("not probed")
    until(lambda: False, limit_s=2)  # the watch is under way by then; it takes 14 s
    began = monotonic()

    running.signal(signal.SIGINT)

    ended = running.end()
    assert ended.code == 130
    assert monotonic() - began < 8
    assert "Traceback" not in ended.err


def test_one_router_without_sshd_is_a_finding_and_the_other_is_examined(
    start_pair: StartPair, hire: Hire
) -> None:
    pair = start_pair(pair_specs())
    port = f"port: {pair.router(SECOND).port}"
    said = pair.inventory.read_text()
    assert said.count(port) == 1
    pair.inventory.write_text(said.replace(port, "port: 1"))  # where nobody listens
    product = hire(pair.inventory)

    told = product.run("check", "--pair", "edge", "--json")
    people = product.run("check", "--pair", "edge")

    document = json.loads(told.out)
    found = {finding["name"]: finding for finding in document["findings"]}
    assert (told.code, people.code) == (3, 3)
    assert (found["reachable"]["severity"], found["peer-unseen"]["severity"]) == (
        "critical",
        "unknown",
    )
    assert "connection refused" in str(found["reachable"]["evidence"])
    command = next(step["type"] for step in found["reachable"]["fix"])
    by_hand = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    assert "refused" in by_hand.stderr
    looks = {look["name"]: look["ok"] for look in document["looks"]}
    assert (looks["mirrors"], looks["maintenance"], looks["takeover"]) == (True, True, False)
    assert "CRITICAL  reachable" in people.out
    assert "Traceback" not in told.err + people.err


def test_a_plan_says_where_one_router_lacks_states_of_the_other(
    start_pair: StartPair, hire: Hire
) -> None:
    first, second = pair_specs()
    pair = start_pair((with_pfsync(first), with_pfsync(second, states=1000)))

    told = hire(pair.inventory).run("upgrade", "--pair", "edge", "--plan")

    assert told.code == 0
    assert "note: router-002 has 1000 of 5000 states: what it lacks dies at a switch" in told.out
