"""devd's handler, run by a real sh for each event of two CARP daemons that flap on a real wire."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
from carp_net import BLUE, GREEN, VIP, Net, Router, a_pair, a_vhid, wait_until

from bluegreen.freebsd.devd import Devd, Places, handler, rule
from bluegreen.lab.shims import make_shims

pytestmark = pytest.mark.xdist_group("packets")

VHID = "2@vmx1"
HANDLERS_S = 30.0  # the longest that handlers may take to come to rest
PROGRAMS = {
    # Of the interface with the vhid the router itself tells; gre0 is a file of ours.
    "ifconfig": """
case $1 in
gre0) ;;
*) exec "$HOME/shims/ifconfig" "$@" ;;
esac
if [ $# -eq 2 ]; then
    echo "$2" >"$HOME/gre0"
    exit 0
fi
[ "$(cat "$HOME/gre0")" = up ] && echo "gre0: flags=8051<UP,POINTOPOINT,RUNNING>" && exit 0
echo "gre0: flags=8010<POINTOPOINT,MULTICAST>"
""",
    "hook": """
me=$(basename "$HOME")
if [ "$1" = observe ]; then
    [ "$(cat "$HOME/../bound")" = "$me" ]
    exit
fi
echo "$me" >"$HOME/../bound"
echo "$me" >>"$HOME/../asked"
""",
    "sleep": "exec /bin/sleep 0.1",
    "logger": 'shift 4; echo "$*" >>"$HOME/log"',
    "pgrep": "exit 0",
    "lockf": 'shift; shift; shift; exec flock "$@"',
}


@dataclass
class Devd8:
    """devd(8) as far as it matters: starts the handler for each event, and waits for none."""

    router: Router
    home: Path
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    ends: Event = field(default_factory=Event)

    def install(self) -> None:
        binaries = self.home / "bin"
        binaries.mkdir(parents=True)
        make_shims(self.home / "shims", self.router.station.programs)
        for name, body in PROGRAMS.items():
            (binaries / name).write_text(f"#!/bin/sh\n{body}\n")
            (binaries / name).chmod(0o755)
        places = Places(
            handler=str(self.home / "carp-event"),
            rule=str(self.home / "rule"),
            lock=str(self.home / "lock"),
            pending=str(self.home / "pending"),
            devd_pid=str(self.home / "devd.pid"),
            programs=f"{binaries}:/usr/bin:/bin",
        )
        devd = Devd(
            (VHID,),
            ((VHID, "gre0"),),
            hook=str(binaries / "hook"),
            bound=(VHID,),
            drained=str(self.home / "drained"),
            places=places,
        )
        (self.home / "gre0").write_text("down\n")
        (self.home / "rule").write_text(rule(devd))
        (self.home / "carp-event").write_text(handler(devd))
        (self.home / "carp-event").chmod(0o755)

    def start(self, *words: str) -> None:
        self.started.append(
            subprocess.Popen(
                [str(self.home / "carp-event"), *words],
                env={"HOME": str(self.home), "PATH": os.environ["PATH"]},
                stdin=subprocess.DEVNULL,
            )
        )

    def watch(self) -> None:
        seen = 0
        while not self.ends.wait(0.01):
            events = self.router.events
            for line in events[seen:]:
                said = dict(word.split("=", 1) for word in line.split()[0:] if "=" in word)
                self.start(said["subsystem"], said["type"])
            seen = len(events)

    def at_rest(self) -> bool:
        return all(one.poll() is not None for one in self.started)

    @property
    def tunnel(self) -> str:
        return (self.home / "gre0").read_text().strip()


@contextmanager
def watched(net: Net, directory: Path) -> Iterator[tuple[Devd8, Devd8]]:
    """Give both routers a devd that has started the handler once, as after a boot."""
    (directory / "bound").write_text("nobody\n")
    with a_pair(net, a_vhid(2, VIP)) as pair:
        both = Devd8(pair[0], directory / BLUE), Devd8(pair[1], directory / GREEN)
        threads = []
        for devd in both:
            devd.install()
            devd.start("--sync")
            threads.append(Thread(target=devd.watch))
            threads[-1].start()
        try:
            yield both
        finally:
            for devd, thread in zip(both, threads, strict=True):
                devd.ends.set()
                thread.join()
                for one in devd.started:
                    one.kill()
                    one.wait()


def settled(both: tuple[Devd8, Devd8]) -> None:
    """Wait until roles and handlers rest."""
    time.sleep(0.5)
    wait_until(lambda: all(d.at_rest() for d in both), "handlers end", HANDLERS_S)


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    with Net(tmp_path) as made:
        yield made


def test_what_follows_the_vip_follows_each_switch(net: Net, tmp_path: Path) -> None:
    directory = tmp_path / "devd"
    directory.mkdir()
    with watched(net, directory) as (blue, green):
        settled((blue, green))
        assert (blue.tunnel, green.tunnel) == ("up", "down")
        assert (directory / "bound").read_text().strip() == BLUE

        blue.router.drain()
        green.router.wait_for(2)
        settled((blue, green))

        assert (blue.tunnel, green.tunnel) == ("down", "up")
        assert (directory / "bound").read_text().strip() == GREEN


def test_roles_that_flap_leave_everything_at_the_last_master(net: Net, tmp_path: Path) -> None:
    directory = tmp_path / "devd"
    directory.mkdir()
    with watched(net, directory) as (blue, green):
        settled((blue, green))
        for _ in range(6):
            blue.router.run("sysctl", "net.inet.carp.demotion=240")
            green.router.wait_for(2)
            blue.router.run("sysctl", "net.inet.carp.demotion=-240")
            blue.router.wait_for(2)
        blue.router.drain()
        green.router.wait_for(2)

        settled((blue, green))

        assert len(blue.router.events) >= 13
        assert (blue.tunnel, green.tunnel) == ("down", "up")
        assert (directory / "bound").read_text().strip() == GREEN
        assert len((directory / "asked").read_text().split()) < len(blue.router.events)


def test_a_drained_router_that_becomes_master_claims_nothing(net: Net, tmp_path: Path) -> None:
    directory = tmp_path / "devd"
    directory.mkdir()
    with watched(net, directory) as (blue, green):
        settled((blue, green))
        (green.home / "drained").write_text("R1\n")
        blue.router.drain()
        green.router.wait_for(2)
        settled((blue, green))

        assert green.tunnel == "down"
        assert (directory / "bound").read_text().strip() == BLUE

        (green.home / "drained").unlink()
        green.start("--sync")
        settled((blue, green))

        assert green.tunnel == "up"
        assert (directory / "bound").read_text().strip() == GREEN
