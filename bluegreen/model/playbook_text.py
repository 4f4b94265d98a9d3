"""A playbook as the data it was read from: what a run writes down, and reads back elsewhere."""

import shlex

from pydantic import JsonValue

from bluegreen.model.playbook import Entry, Playbook

Said = dict[str, JsonValue]


def playbook_data(playbook: Playbook) -> Said:
    """Return keys and values that `parse_playbook` reads as the same playbook again."""
    said: Said = {"name": playbook.name, "outage": playbook.outage}
    if playbook.description:
        said["description"] = playbook.description
    for section in ("opening", "middle", "closing"):
        entries: tuple[Entry, ...] = getattr(playbook, section)
        if entries:
            said[section] = [*map(_entry, entries)]
    if playbook.legs:
        said["legs"] = [
            {"router": leg.router, "steps": [*map(_entry, leg.steps)]} for leg in playbook.legs
        ]
    return said


def _entry(entry: Entry) -> JsonValue:
    said: Said = {
        "step": entry.step,
        "on": entry.on if entry.on != "pair" else None,
        "id": entry.id,
        "deadline": entry.deadline_s,
        "undo_deadline": entry.undo_deadline_s,
        "for": entry.for_s,
        "message": entry.message,
        "command": shlex.join(entry.command) or None,
        "expect": entry.expect,
        "allow": [*entry.allow] or None,
    }
    return {key: value for key, value in said.items() if value is not None}
