"""Planned switches and the way back; what was recorded of a pair, and what is rehearsed on it."""

import json

from routers import FIRST, SECOND
from running import (
    Deeds,
    Hire,
    Product,
    StartPair,
    deeds,
    half_done,
    reports,
    shapes,
    upgraded,
)

from bluegreen.lab.loopback import LoopbackPair

pytest_plugins = ("pair", "product")

HOLD = "/var/log/bluegreen/hold"
UNTOUCHED = Deeds((0, 0), (0, 0), (0, 0))


def served_by(pair: LoopbackPair) -> dict[str, tuple[int, ...]]:
    return {report.name: report.masters for report in reports(pair)}


def test_a_failover_holds_until_it_is_restored(product: Product, ssh_pair: LoopbackPair) -> None:
    before = shapes(ssh_pair)

    switched = product.run("failover", "--pair", "edge", "--yes")
    assert switched.code == 0
    assert served_by(ssh_pair) == {FIRST: (), SECOND: (2, 3)}
    assert [shape.config for shape in shapes(ssh_pair)] == [shape.config for shape in before]

    again = product.run("failover", "--pair", "edge", "--to", SECOND, "--yes")
    status = product.run("status", "--pair", "edge")
    held = product.run("upgrade", "--pair", "edge", "--yes")
    assert (again.code, again.out) == (0, f"{SECOND} serves already: nothing to do\n")
    assert status.code == 0
    assert "bluegreen restore" in status.out
    assert held.code == 3
    assert f"{FIRST} is held switched since run" in held.out + held.err

    restored = product.run("restore", "--pair", "edge", "--yes")
    assert restored.code == 0
    assert shapes(ssh_pair) == before
    assert deeds(ssh_pair) == UNTOUCHED


def test_an_upgrade_may_stay_switched(start_pair: StartPair, hire: Hire) -> None:
    pair = start_pair(half_done())
    before, product = shapes(pair), hire(pair.inventory)

    ended = product.upgrade("--stay-switched").end()
    assert ended.code == 0
    assert served_by(pair) == {FIRST: (), SECOND: (2, 3)}
    assert f"{FIRST}: hold of run {ended.finished.run}" in ended.finished.kept

    assert product.run("restore", "--pair", "edge", "--yes").code == 0
    assert shapes(pair) == upgraded(before)
    assert deeds(pair).wrong == ()


def test_what_a_pair_says_is_enough_to_rehearse_on(
    calm_product: Product, calm_pair: LoopbackPair
) -> None:
    before = shapes(calm_pair)
    facts = calm_product.run("facts", "--pair", "edge")
    twin = calm_product.machine / "twin.json"
    twin.write_text(facts.out)
    asked = [len(report.executed) for report in reports(calm_pair)]

    rehearsed = calm_product.run("rehearse", "--pair", "edge", "--twin", str(twin))

    assert (facts.code, rehearsed.code) == (0, 0)
    assert {json.loads(facts.out)[n]["name"] for n in ("first", "second")} == {FIRST, SECOND}
    assert rehearsed.out.startswith("DONE: ")
    assert "INVARIANT BROKEN" not in rehearsed.out
    assert [len(report.executed) for report in reports(calm_pair)] == asked
    assert shapes(calm_pair) == before
