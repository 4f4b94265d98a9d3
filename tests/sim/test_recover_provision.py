"""A provisioning whose machine is gone is finished or undone by another one."""

import pytest
from provisioned import PASSWORDS, as_wanted, disks, from_nothing
from recovered import elsewhere, recovered

PARTS = 100  # of a run


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for vhid, secret in PASSWORDS.items():
        monkeypatch.setenv(f"CARP_{vhid}", secret.reveal())


@pytest.mark.usefixtures("passwords")
@pytest.mark.parametrize("way", ["finish", "undo"])
@pytest.mark.parametrize("part", range(5, PARTS, 10))
def test_a_provisioning_is_finished_or_undone_elsewhere(part: int, way: str) -> None:
    wanted = from_nothing()
    assert wanted.go().outcome == "done"
    story = from_nothing()
    bare = disks(story.world)
    story.world.kill_after(part * wanted.world.touches // PARTS)
    assert story.one_life() is None
    other = elsewhere(story)

    finished = recovered(other, way)

    if finished is not None and way == "finish":
        assert finished.outcome == "done", finished.reason
        assert disks(other.world) == disks(wanted.world)
        assert as_wanted(other)
    elif finished is not None:
        assert finished.outcome == "rolled_back", finished.reason
        assert disks(other.world) == bare
        assert other.world.leftovers() == ()
    assert other.world.violations() == ()
