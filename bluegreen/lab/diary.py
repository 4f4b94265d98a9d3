"""What a router's kernel says, as /var/log/messages and devd(8) have it."""

import time
from pathlib import Path

from bluegreen.emulator.machine import Machine


class Diary:
    """Writes what is new to two files, one line each."""

    def __init__(self, machine: Machine, messages: Path, events: Path) -> None:
        self._machine = machine
        self._messages, self._events = messages, events
        self._lines = self._transitions = 0  # written so far

    def write(self) -> None:
        """Append the kernel's new lines, and an event for each change of a vhid."""
        log, transitions = self._machine.log, self._machine.transitions
        lines, self._lines = log[self._lines :], len(log)
        for line in lines:
            self.note(line)
        changes, self._transitions = transitions[self._transitions :], len(transitions)
        if changes:
            moves = (change.transition for change in changes)
            with self._events.open("a") as events:
                events.writelines(
                    f"!system=CARP subsystem={m.vhid}@{m.interface} type={m.new}\n" for m in moves
                )

    def note(self, line: str) -> None:
        """Append a line as syslogd(8) stamps it: local time, host, kernel."""
        stamp = time.strftime("%b %e %H:%M:%S")
        with self._messages.open("a") as messages:
            messages.write(f"{stamp} {self._machine.name} kernel: {line}\n")
