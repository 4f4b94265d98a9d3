"""Runs that are probed, over real SSH: what is counted, and what is said of it."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from routers import FIRST
from running import Moment, Product

from bluegreen.lab.loopback import LoopbackPair
from bluegreen.model.events import Observed, RunStarted

pytest_plugins = ("pair", "product")


@pytest.fixture
def listener() -> Iterator[str]:
    """Return host:port of somebody who accepts connections."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen(128)
        thread = threading.Thread(target=_accept_all, args=(opened,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{opened.getsockname()[1]}"
        opened.shutdown(socket.SHUT_RDWR)
        thread.join()


def _accept_all(opened: socket.socket) -> None:
    with suppress(OSError):  # it was shut down
        while True:
            opened.accept()[0].close()


def test_a_switch_is_probed_and_its_figures_are_told(product: Product, listener: str) -> None:
    words = ("--pair", "edge", "--yes", "--probe", f"tcp:{listener}@20ms")

    ended = product.run("failover", *words)

    assert ended.code == 0
    assert re.search(rf"converge +{listener}: \d+ sent, none lost, longest gap \d+ ms", ended.err)
    assert re.search(rf"outage +{listener}: \d+ sent, none lost, longest gap", ended.out)
    assert re.search(r"^\d\d:\d\d:\d\d +pair +preflight +not probed: ", ended.err)


def test_a_killed_run_is_probed_on_when_it_is_resumed_and_its_parts_add_up(
    product: Product, listener: str
) -> None:
    running = product.upgrade("--probe", f"tcp:{listener}@20ms")
    running.reach(Moment("step_done", f"reboot@{FIRST}"))
    killed = running.kill()

    ended = product.run("resume", "--pair", "edge", "--json")

    (started,) = (event for event in killed.events if isinstance(event, RunStarted))
    assert started.options == (f"probe=tcp:{listener}@20ms",)
    laps = [
        outage.sent
        for event in (*killed.events, *ended.events)
        if isinstance(event, Observed)
        for outage in event.outages or ()
    ]
    assert ended.code == 0
    assert [o.vip for o in ended.finished.outages] == [listener]
    assert ended.finished.outages[0].sent == sum(laps)
    switches = {
        event.step for event in ended.events if isinstance(event, Observed) and event.outages
    }
    assert f"converge@{FIRST}" in switches


def test_a_probe_that_is_not_understood_contacts_nobody(product: Product) -> None:
    ended = product.run("failover", "--pair", "edge", "--yes", "--probe", "icpm:192.0.2.1")

    assert (ended.code, ended.out) == (2, "")
    assert "`icpm` is no kind of probe; did you mean `icmp`?" in ended.err


def test_a_check_asks_whether_what_is_probed_answers(
    calm_product: Product, calm_pair: LoopbackPair, listener: str, tmp_path: Path
) -> None:
    text = calm_pair.inventory.read_text()
    probed = f"edge: {{probes: [{{tcp: '{listener}', every: 20ms}}], "
    assert "edge: {" in text
    file = tmp_path / "probed.yaml"
    file.write_text(text.replace("edge: {", probed))
    calm_product.inventory = file

    ended = calm_product.run("check", "--pair", "edge")

    assert ended.code == 0
    assert re.search(r"^ok +probe|^probe +ok", ended.out, flags=re.MULTILINE), ended.out
