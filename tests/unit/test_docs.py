"""The reference pages name everything there is, and nothing there is not."""

import inspect
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

from facts import BACKUP, BLUE, GREEN, a_router, a_tunnel, a_vhid
from typer.main import get_group

from bluegreen import errors
from bluegreen.cli.lab_app import lab_app
from bluegreen.engine.runner import EXIT, LOCKED_EXIT
from bluegreen.freebsd import commands, locking, ospf_costs, tunnelping
from bluegreen.freebsd.batch import OSPF_QUESTIONS, Beyond, questions
from bluegreen.freebsd.exam import MIRRORS, exam_questions
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Effect
from bluegreen.model.events import Event, Outcome
from bluegreen.model.finding_names import FindingName, LookName
from bluegreen.model.network import Interface, Pfsync

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
EVENTS = get_args(get_args(Event)[0])


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def first_cells(text: str) -> list[str]:
    """Return what stands in back quotes in the first cell of each row of a table."""
    cells = re.findall(r"^\| (`[^|]+) \|", text, flags=re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


def test_every_command_that_is_sent_is_named_and_no_other() -> None:
    builders = {
        name
        for module in (commands, locking, ospf_costs)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith(("_", "is_", "parse_"))
    }
    builders.add(tunnelping.ping_through.__name__)
    asked = set(questions(Paths(), ())) | set(Beyond(ipsec=True, counters=True).questions)
    daemons = set(OSPF_QUESTIONS) - {"none"}

    named = first_cells(page("commands-sent.md"))

    assert sorted(named) == sorted(builders | asked | daemons | set(Effect))


def test_questions_stand_in_the_order_in_which_they_are_asked() -> None:
    asked = list(questions(Paths(), ()))

    assert [name for name in first_cells(page("commands-sent.md")) if name in asked] == asked


def test_every_question_is_shown_as_it_is_asked() -> None:
    text = page("commands-sent.md").replace('"', "")
    for fact, argv in questions(Paths("/STATE"), ("frr", "bird", "openospfd")).items():
        words = argv[2:] if argv[0] == "vtysh" else argv  # vtysh -c stands there once
        whole = " ".join(words).replace("df -k / /", "df -k / PARENT").replace("/STATE", "STATE")
        shown = whole.partition(" -exec ")[0]
        assert shown in text or fact == "digests", f"{fact}: {shown}"


def test_every_event_is_named_with_the_fields_it_has() -> None:
    text = page("events.md")
    common = {"at", "run", "event", "step", "router"}
    rows = {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \|[^|]+\|(.*)\|$", text, re.M)}

    assert sorted(rows) == sorted(kind.model_fields["event"].default for kind in EVENTS)
    for kind in EVENTS:
        told = re.sub(r"\([^)]*\)", "", rows[kind.model_fields["event"].default])
        assert re.findall(r"`(\w+)`", told) == [
            name for name in kind.model_fields if name not in common
        ], kind.__name__


def test_every_exit_status_is_explained() -> None:
    text = page("exit-codes.md")
    told = re.findall(r"^\| (\d+) \| (?:`(\w+)`)?", text, flags=re.MULTILINE)
    raised = {
        kind.exit_code
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.BluegreenError)
    }

    assert {int(status) for status, _ in told} == {*EXIT.values(), LOCKED_EXIT, *raised}
    assert {outcome: int(status) for status, outcome in reversed(told) if outcome} == EXIT
    assert sorted(EXIT) == sorted(get_args(Outcome))


LAB = get_group(lab_app).commands


def options_of(command: str) -> set[str]:
    """Return the long options of a command of the lab."""
    words = (word for parameter in LAB[command].params for word in parameter.opts)
    return {word for word in words if word.startswith("--")}


def test_every_option_of_a_lab_is_in_its_table_and_no_other() -> None:
    everywhere = options_of("down") - {"--name"}
    section = page("lab.md").partition("### Options of `lab up`")[2].partition("\n## ")[0]

    told = [cell for cell in first_cells(section) if cell.startswith("--")]

    assert "--vhids" in told
    assert sorted(told) == sorted(options_of("up") - everywhere)


def test_every_command_of_a_lab_is_explained() -> None:
    section = page("lab.md").partition("## Commands")[2].partition("\n### ")[0]

    assert sorted(cell.split()[1] for cell in first_cells(section)) == sorted(LAB)


def test_every_finding_of_check_has_an_entry_and_each_entry_a_finding() -> None:
    text = (REFERENCE.parent / "how-to" / "diagnose.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### (.*)$", text, flags=re.MULTILINE)
    entries = [name for heading in headings for name in re.findall(r"`([a-z0-9-]+)`", heading)]
    names = {*get_args(FindingName), *get_args(LookName)}

    assert set(get_args(FindingName)) <= set(entries) <= names
    assert sorted(entries) == sorted(set(entries))


def test_every_question_of_check_is_shown_as_it_is_asked() -> None:
    text = page("check.md")
    router = a_router(BLUE, a_vhid(addresses=("VIP",)))
    sync = Interface("pfsync0", ("UP",), pfsync=Pfsync("vmx0", None, syncok=True))
    asked = exam_questions(
        replace(router, interfaces=(*router.interfaces, sync)), 5, "SALT", active=True
    )

    backup = a_router(GREEN, a_vhid(state=BACKUP), more=(a_tunnel(),))
    asked |= exam_questions(backup, 5, "SALT")

    assert {"packets", "pfsync", "states"} <= set(asked)
    for argv in asked.values():
        whole = " ".join(argv).partition(" -exec ")[0]
        for host, port in MIRRORS:
            whole = whole.replace(f"{host} {port}", "HOST PORT")
        assert f"`{whole}" in text, whole
