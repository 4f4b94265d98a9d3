"""The handler of CARP events: run by a real sh, among programs that only pretend."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluegreen.freebsd.devd import HANDLER, SUBSYSTEM, Devd, Places, actions, handler, rule

VIP = "2@vlan_7.20"

# Each call of a program that only looks is an instant; at some of them the role changes, and a
# second handler, which waits for the lock, leaves its note.
INSTANT = """\
cd "$BOARD" || exit 9
n=$(($(cat instant) + 1))
echo "$n" >instant
if [ -e "at/$n" ]; then
    cp "at/$n" role
    : >pending
fi
"""
PROGRAMS: Mapping[str, str] = {
    "ifconfig": f"""
if [ $# -eq 2 ]; then
    cd "$BOARD" || exit 9
    echo "$1 $2 while $(cat role)" >>written
    echo "$2" >"$1"
    exit 0
fi
{INSTANT}
case $1 in
vlan_7.20)
    echo "vlan_7.20: flags=1008943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST,LOWER_UP>"
    echo "	carp: $(cat role) vhid 2 advbase 1 advskew 0"
    echo "	      peer 192.0.2.12 peer6 ff02::12"
    echo "	carp: MASTER vhid 22 advbase 1 advskew 0"
    ;;
gre0)
    [ "$(cat gre0)" = up ] && echo "gre0: flags=8051<UP,POINTOPOINT,RUNNING>" && exit 0
    echo "gre0: flags=8010<POINTOPOINT,MULTICAST,LOWER_UP>"
    ;;
*) exit 1 ;;
esac
""",
    "sleep": INSTANT,
    "logger": 'shift 4; echo "$*" >>"$BOARD/log"',
    "pgrep": "exit 0",
    "lockf": 'shift; shift; shift; exec flock "$@"',
    "hook": f"""
if [ "$1" = bind ]; then
    cd "$BOARD" || exit 9
    echo "bind while $(cat role)" >>written
    cat arrives >left
    exit "$(cat bind_says)"
fi
{INSTANT}
[ "$(cat unknown)" -eq 0 ] || {{ echo "$(($(cat unknown) - 1))" >unknown; exit 2; }}
[ -e left ] || exit 1
left=$(($(cat left) - 1))
echo "$left" >left
[ "$left" -ge "$(cat taken_at)" ] || {{ rm left; echo -1000 >taken_at; exit 1; }}
[ "$left" -lt 0 ]
""",
}


@dataclass(frozen=True)
class Board:
    """The router: what its programs show, and what was done to it."""

    root: Path

    def put(self, **files: object) -> None:
        for name, value in files.items():
            (self.root / name).write_text(f"{value}\n")

    def get(self, name: str) -> str:
        return (self.root / name).read_text().strip()

    @property
    def written(self) -> list[str]:
        file = self.root / "written"
        return file.read_text().splitlines() if file.exists() else []

    def turns(self, changes: Mapping[int, str]) -> None:
        """Have the role change at some instants."""
        for at, state in changes.items():
            (self.root / "at" / str(at)).write_text(f"{state}\n")

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.root / "carp-event"), *words],
            env={"BOARD": str(self.root)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def event(self, state: str) -> "subprocess.CompletedProcess[str]":
        self.put(role=state)
        return self.run(VIP, state)

    def devd(self, **more: object) -> Devd:
        places = Places(
            handler=str(self.root / "carp-event"),
            rule=str(self.root / "rule"),
            lock=str(self.root / "lock"),
            pending=str(self.root / "pending"),
            devd_pid=str(self.root / "devd.pid"),
            programs=f"{self.root}/bin:/usr/bin:/bin",
        )
        words: dict[str, object] = {
            "vips": (VIP,),
            "tunnels": ((VIP, "gre0"),),
            "hook": str(self.root / "bin" / "hook"),
            "bound": (VIP,),
            "drained": str(self.root / "drained"),
            "tries": 12,
            "retry_s": 2,
            "places": places,
        }
        return Devd(**{**words, **more})

    def install(self, devd: Devd) -> None:
        script = self.root / "carp-event"
        script.write_text(handler(devd))
        script.chmod(0o755)
        (self.root / "rule").write_text(rule(devd))
        (self.root / "devd.pid").write_text("713")


@contextmanager
def a_board() -> Iterator[Board]:
    """Give a router that is BACKUP, its tunnel down and the address elsewhere."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "at").mkdir()
        (root / "bin").mkdir()
        for name, body in PROGRAMS.items():
            program = root / "bin" / name
            program.write_text(f"#!/bin/sh\n{body}\n")
            program.chmod(0o755)
        board = Board(root)
        board.put(instant=0, role="BACKUP", gre0="down", unknown=0, arrives=0, bind_says=0)
        board.put(taken_at=-1000)
        board.install(board.devd())
        yield board


@pytest.fixture
def board() -> Iterator[Board]:
    with a_board() as made:
        yield made


def test_a_router_that_becomes_master_gets_its_tunnel_and_its_address(board: Board) -> None:
    ended = board.event("MASTER")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert board.written == ["gre0 up while MASTER", "bind while MASTER"]


def test_a_router_that_becomes_backup_takes_its_tunnel_down_and_asks_for_nothing(
    board: Board,
) -> None:
    board.put(gre0="up")

    assert board.event("BACKUP").returncode == 0

    assert board.written == ["gre0 down while BACKUP"]


def test_what_is_so_already_is_not_written_again(board: Board) -> None:
    board.event("MASTER")

    assert board.event("MASTER").returncode == 0

    assert board.written == ["gre0 up while MASTER", "bind while MASTER"]


def test_an_address_that_takes_its_time_is_asked_for_until_it_is_seen(board: Board) -> None:
    board.put(arrives=0, unknown=3)

    assert board.event("MASTER").returncode == 0

    assert "bind while MASTER" in board.written
    assert "bound here" in board.get("log")


def test_an_address_that_the_peer_takes_away_again_late_is_asked_for_again(board: Board) -> None:
    board.put(taken_at=-4)  # after three good looks, by what it had asked for as MASTER

    assert board.event("MASTER").returncode == 0

    assert board.written.count("bind while MASTER") == 2
    assert "bound here" in board.get("log").splitlines()[-1]


def test_an_event_is_not_kept_waiting_by_the_looks_behind_a_binding(board: Board) -> None:
    board.install(board.devd(retry_s=1000))
    board.turns({40: "BACKUP"})

    board.event("MASTER")

    assert board.written[-1] == "gre0 down while BACKUP"
    assert int(board.get("instant")) < 100


def test_a_hook_that_fails_has_the_last_word_only_where_nothing_arrives(board: Board) -> None:
    board.put(bind_says=1)
    assert board.event("MASTER").returncode == 0

    board.put(arrives=1000)
    (board.root / "left").unlink()
    ended = board.event("MASTER")

    assert ended.returncode == 1
    assert "was not seen to arrive in 12 tries" in board.get("log")


@pytest.mark.parametrize(("bind_says", "asked"), [(0, 2), (1, 12)])
def test_what_the_hook_has_asked_for_is_waited_for_and_the_rest_is_asked_at_once(
    board: Board, bind_says: int, asked: int
) -> None:
    board.put(bind_says=bind_says, arrives=1000)

    board.event("MASTER")

    assert board.written.count("bind while MASTER") == asked


def test_a_drained_router_takes_no_tunnel_up_and_claims_nothing(board: Board) -> None:
    board.put(drained="")

    assert board.event("MASTER").returncode == 0

    assert board.written == []


def test_a_drained_router_takes_down_the_tunnels_that_its_boot_took_up(board: Board) -> None:
    board.put(drained="", gre0="up")

    assert board.event("BACKUP").returncode == 0

    assert board.written == ["gre0 down while BACKUP"]


@pytest.mark.parametrize(
    ("subsystem", "kind", "runs"),
    [
        ("2@vlan_7.20", "MASTER", True),
        ("2@vlan_7.20", "INIT", True),
        ("vmx1", "MASTER", False),
        ("2@vmx1", "LINK_UP", False),
    ],
)
def test_the_rule_starts_the_handler_for_each_role_of_a_vhid_and_for_nothing_else(
    subsystem: str, kind: str, runs: bool
) -> None:
    found = actions(rule(Devd((VIP,))), subsystem, kind)

    wanted = f"/usr/sbin/daemon -f {HANDLER} {subsystem} {kind}"
    assert found == ((wanted,) if runs else ())


def test_a_role_that_is_lost_while_the_provider_is_asked_ends_the_asking(board: Board) -> None:
    board.put(unknown=1000)
    board.turns({8: "BACKUP"})

    board.event("MASTER")

    assert "bind while MASTER" not in board.written
    assert board.written[-1] == "gre0 down while BACKUP"


def test_two_handlers_at_once_act_one_after_the_other(board: Board) -> None:
    board.put(role="MASTER")
    environment = {"BOARD": str(board.root)}
    script = str(board.root / "carp-event")

    both = [subprocess.Popen([script, VIP, "MASTER"], env=environment) for _ in range(2)]

    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert board.written == ["gre0 up while MASTER", "bind while MASTER"]


@settings(max_examples=25, deadline=None)
@given(
    first=st.sampled_from(["MASTER", "BACKUP", "INIT"]),
    flaps=st.dictionaries(
        st.integers(1, 60), st.sampled_from(["MASTER", "BACKUP", "INIT"]), max_size=12
    ),
    arrives=st.integers(0, 2),
    unknown=st.integers(0, 2),
)
def test_whatever_flaps_each_write_fits_its_moment_and_the_end_fits_the_role(
    first: str, flaps: Mapping[int, str], arrives: int, unknown: int
) -> None:
    with a_board() as board:
        board.put(arrives=arrives, unknown=unknown)
        board.turns(flaps)

        assert board.event(first).returncode == 0
        for _ in flaps:  # each change has a handler of its own, which has waited for the lock
            board.turns({})
            assert board.run("--locked").returncode == 0

        for line in board.written:
            act, _, role = line.partition(" while ")
            assert (role == "MASTER") is (act in ("bind", "gre0 up")), board.written
        role = board.get("role")
        assert board.get("gre0") == ("up" if role == "MASTER" else "down")
        assert role != "MASTER" or "bound here" in board.get("log").splitlines()[-1]


def test_a_rehearsal_says_that_all_is_there_and_changes_nothing(board: Board) -> None:
    ended = board.run("--dry-run")

    assert (ended.returncode, ended.stdout) == (0, f"{VIP} is BACKUP\nready\n")
    assert board.written == []


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("rule", "cannot be read"),
        ("bin/hook", "cannot be run"),
        ("bin/lockf", "there is no lockf"),
    ],
)
def test_a_rehearsal_names_what_an_upgrade_took_away(board: Board, missing: str, told: str) -> None:
    (board.root / missing).unlink()

    ended = board.run("--dry-run")

    assert ended.returncode == 1
    assert told in ended.stdout
    assert "ready" not in ended.stdout


def test_a_rehearsal_finds_that_devd_has_not_read_its_rule(board: Board) -> None:
    os.utime(board.root / "devd.pid", (1.0, 1.0))

    ended = board.run("--dry-run")

    assert ended.returncode == 1
    assert "has not read" in ended.stdout


def test_a_rehearsal_finds_that_a_vhid_is_gone(board: Board) -> None:
    board.install(board.devd(vips=(VIP, "3@vlan_7.20")))

    ended = board.run("--dry-run")

    assert ended.returncode == 1
    assert "3@vlan_7.20: no such vhid" in ended.stdout


def test_words_that_are_no_event_are_refused(board: Board) -> None:
    assert board.run("vmx1").returncode == 64
    assert board.run().returncode == 64


@pytest.mark.parametrize("subsystem", ["2@vmx1", "255@vlan_7.20", "7@ixl0_carp", "1@igb0.20"])
def test_the_rule_matches_every_name_that_an_interface_can_have(subsystem: str) -> None:
    match = re.search(r'"subsystem" "(.*)"', rule(Devd((subsystem,))))

    assert match is not None
    assert re.fullmatch(match[1], subsystem)
    assert match[1] == SUBSYSTEM


def test_the_rule_leaves_devd_free_for_the_next_event() -> None:
    text = rule(Devd(("2@vmx1",)))

    assert "/usr/sbin/daemon -f /usr/local/libexec/bluegreen/carp-event $subsystem $type" in text
    assert '"(MASTER|BACKUP|INIT)"' in text


@pytest.mark.parametrize("words", [{"vips": ("2@vmx1; reboot",)}, {"tunnels": (("2@a", "g;x"),)}])
def test_a_name_that_is_none_never_gets_into_a_script(words: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match="is no"):
        Devd(**{"vips": ("2@vmx1",), **words})


def test_a_hook_with_blanks_in_its_name_is_still_one_word(board: Board) -> None:
    odd = board.root / "bin" / "my hook"
    shutil.copy(board.root / "bin" / "hook", odd)
    board.install(board.devd(hook=str(odd)))

    assert board.event("MASTER").returncode == 0

    assert board.written[-1] == "bind while MASTER"


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_has_nothing_to_say(board: Board) -> None:
    said = subprocess.run(
        ["shellcheck", "-s", "sh", str(board.root / "carp-event")],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )

    assert said.stdout == ""
