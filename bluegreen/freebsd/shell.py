"""A script as the one text that a router's sh reads, and its answer read back.

The text is one compound command, ``{ ...; }``, that ends in its own last byte:
sh runs nothing of a compound command before it has read all of it, so a text
cut off by a lost connection is a syntax error and changes nothing.

Each command is ``exec``-ed in a subshell. That costs no process more than the
command itself, and means the program of that name on PATH, never a builtin, a
reserved word or a function (sh(1), FreeBSD 14; XCU 2.9.1, POSIX.1-2017).

No command is put under timeout(1): that would be one more process for each of
the twenty commands of an observation, for a case which the connection's own
deadline ends as well. A builder that knows its program to hang names
``timeout`` in its argv.
"""

import re
import shlex

from bluegreen.errors import OutcomeUnknownError, UnreachableError
from bluegreen.model.command import GUARD_EXIT, Command, Guard, Output, Script

_PATH = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"

# The text has been read as a whole by now, so stdin can be given up for all of it.
# An answer that nobody reads any more ends the script: a lost connection stops it.
# What a login shell or sudo prints comes before the mark `begin` and is dropped.
_HEAD = """{{
LC_ALL=C PATH=${{PATH:+$PATH:}}{path} SSH_CONNECTION=$1
export LC_ALL PATH SSH_CONNECTION
exec </dev/null
mark() {{
bg_status=$2
printf '\\n%s %s %s\\n' {nonce} "$1" "$2" || exit 1
printf '\\n%s %s %s\\n' {nonce} "$1" "$2" >&2 || exit 1
}}
mark begin 0
"""

# Only a vhid's own line: lagg(4) prints `laggport: ... flags=1<MASTER>`.
_ROLES_AWK = (
    "/^[ \\t]*carp: [A-Z]+ vhid / { seen[$2]++ }"
    ' END { print seen["MASTER"] + 0, seen["BACKUP"] + 0 }'
)


def render(script: Script, nonce: str) -> str:
    """Return the text for ``sh -s -- "$SSH_CONNECTION"``; it ends without a newline.

    Args:
        nonce: Letters and digits that occur in no output; they mark where an
            answer ends, on both streams.
    """
    if not re.fullmatch(r"[A-Za-z0-9]{8,}", nonce):
        raise ValueError(f"{nonce!r} is no nonce: at least 8 letters and digits")
    parts = [_HEAD.format(path=_PATH, nonce=nonce)]
    if script.guard is not None:
        parts.append(_guarded(script.guard))
    for index, command in enumerate(script.commands):
        parts.append(_one(index, command))
        if not script.keep_going:
            parts.append("case $bg_status in 0) ;; *) exit $bg_status ;; esac\n")
    return "".join((*parts, "exit 0\n}"))


def read_answer(
    script: Script, nonce: str, stdout: str, stderr: str, router: str = "pair"
) -> tuple[Output, ...]:
    """Return one output a command that ran, or the guard's refusal alone.

    Raises:
        UnreachableError: the answer to a script that only reads was cut off.
        OutcomeUnknownError: the answer to any other was.
    """
    printed = _frames(nonce, stdout)
    complained = _frames(nonce, stderr)
    outputs: list[Output] = []
    for (label, code, text), (other, _, complaint) in zip(printed, complained, strict=False):
        if label != other:
            break
        if label == "guard":
            return (Output(text, complaint, code),)
        if label == str(len(outputs)):
            outputs.append(Output(text, complaint, code))
    if printed and complained and _is_whole(script, outputs):
        return tuple(outputs)
    what = f"the answer was cut off: {len(outputs)} of {len(script.commands)} commands answered"
    if script.reads_only:
        raise UnreachableError(what, router)
    raise OutcomeUnknownError(what, router)


def has_begun(nonce: str, stdout: str) -> bool:
    """Did a shell start on the script at all? Before that, nothing was run."""
    return bool(_frames(nonce, stdout))


def _is_whole(script: Script, outputs: list[Output]) -> bool:
    if len(outputs) == len(script.commands):
        return True
    return not script.keep_going and bool(outputs) and not outputs[-1].ok


def _frames(nonce: str, stream: str) -> list[tuple[str, int, str]]:
    """Return label, exit status and text of everything that came to its end."""
    frames: list[tuple[str, int, str]] = []
    begun = 0
    for mark in re.finditer(rf"\n{re.escape(nonce)} (begin|guard|held|[0-9]+) ([0-9]+)\n", stream):
        frames.append((mark[1], int(mark[2]), stream[begun : mark.start()]))
        begun = mark.end()
    return frames


def _one(index: int, command: Command) -> str:
    if not command.argv:
        raise ValueError("a command needs a program")
    program = f"( exec {' '.join(_word(word) for word in command.argv)} )"
    if command.reads:
        # A here-document always ends in a newline; printf, a builtin, is exact.
        run = f"printf '%s' {_word(command.reads)} 2>/dev/null | {program}"
    else:
        run = program
    return f"{run}\nmark {index} $?\n"


def _word(text: str) -> str:
    if "\0" in text:
        raise ValueError("no word of a command can hold a NUL")
    return shlex.quote(text)


def _guarded(guard: Guard) -> str:
    """Return what checks the router itself; what it opens, it opens through ``cat``."""
    checks = [_roles(guard.masters, guard.backups)]
    if guard.lock is not None:
        checks.append(_lock(*guard.lock))
    if guard.marker is not None:
        checks.append(
            f"cat {_word(guard.marker)} >/dev/null || "
            f'bg_bad="$bg_bad"{_word(f"marker {guard.marker} is gone: the router has booted; ")}\n'
        )
    refuse = f"printf 'guard: %s\\n' \"${{bg_bad%; }}\" >&2; mark guard {GUARD_EXIT}"
    verdict = f"case $bg_bad in '') ;; *) {refuse}; exit {GUARD_EXIT} ;; esac\n"
    # What the checks printed although they hold is no command's output.
    return "".join(("bg_bad=\n", *checks, verdict, "mark held 0\n"))


def asked_by(guard: Guard) -> tuple[tuple[str, ...], ...]:
    """Return the programs that a guard runs, in their order."""
    roles = guard.masters is not None or guard.backups is not None
    return (
        *((("ifconfig", "-a"), ("awk", _ROLES_AWK)) if roles else ()),
        *((("cat", guard.lock[0]),) if guard.lock else ()),
        *((("cat", guard.marker),) if guard.marker else ()),
    )


def _roles(masters: int | None, backups: int | None) -> str:
    if masters is None and backups is None:
        return ""
    wanted = " ".join("any" if count is None else str(count) for count in (masters, backups))
    pattern = wanted.replace("any", "*").replace(" ", "' '")
    return (
        'bg_seen=$(ifconfig -a) || bg_bad="${bg_bad}ifconfig failed; "\n'
        f"bg_roles=$(printf '%s\\n' \"$bg_seen\" | awk {_word(_ROLES_AWK)})\n"
        f"case $bg_roles in {pattern}) ;; "
        f'*) bg_bad="${{bg_bad}}vhids MASTER and BACKUP: $bg_roles, wanted {wanted}; " ;; esac\n'
    )


def _lock(path: str, run: str) -> str:
    line = _word(f"\nrun={run}\n")
    wanted = _word(f"lock {path} is not held by run {run}, it says: ")
    return (
        f"bg_seen=$(cat {_word(path)})\n"
        f'case "\n$bg_seen\n" in *{line}*) ;; '
        f'*) bg_bad="$bg_bad"{wanted}"${{bg_seen:-nothing}}; " ;; esac\n'
    )
