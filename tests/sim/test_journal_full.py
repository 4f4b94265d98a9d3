"""The disk of the journal fills up in the middle of a run: nothing more is done, and it goes on."""

from pathlib import Path

import pytest
from runs import Story, a_story

from bluegreen.cli.execute import begin, prepare
from bluegreen.engine.journal import SqliteJournal
from bluegreen.errors import JournalError, NeedsHumanError
from bluegreen.model.events import Event, RunFinished


def fill(journal: SqliteJournal) -> None:
    """Let the file not grow any more: SQLite answers as it does on a full disk (SQLITE_FULL)."""
    (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
    journal._db.execute(f"PRAGMA max_page_count={pages}")


def run_until_full(story: Story, journal: SqliteJournal, when: str) -> RunFinished:
    def listen(event: Event) -> None:
        if (event.step or event.event) == when:
            fill(journal)

    run = prepare(story.request, story.world.doors(), journal, [listen])
    begin(run, story.request)
    return run.runner.run()


def resumed(story: Story, file: Path) -> RunFinished:
    run = prepare(story.request, story.world.doors(), SqliteJournal(file))
    begin(run, story.request)
    return run.runner.run()


def test_before_anything_was_changed_it_is_a_fault_of_the_journal(tmp_path: Path) -> None:
    story = a_story()

    with pytest.raises(JournalError, match="full") as caught:
        run_until_full(story, SqliteJournal(tmp_path / "journal.db"), "preflight@pair")

    assert caught.value.exit_code == 2
    assert story.now == story.before


@pytest.mark.parametrize("when", ["drain@router-001", "install@router-001", "reboot@router-001"])
def test_in_the_middle_a_human_is_told_how_both_are_and_resume_ends_the_run(
    tmp_path: Path, when: str
) -> None:
    story, file = a_story(), tmp_path / "journal.db"

    with pytest.raises(NeedsHumanError) as caught:
        run_until_full(story, SqliteJournal(file), when)

    assert caught.value.exit_code == 4
    assert "full" in caught.value.what
    assert "router-001: " in caught.value.what
    assert "router-002: " in caught.value.what
    assert f"Make room in {tmp_path}, then `bluegreen resume R1`" in caught.value.next_move
    assert resumed(story, file).outcome == "done"
