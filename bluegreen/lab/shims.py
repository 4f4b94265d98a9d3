"""Thin clients on a session's PATH: each asks the router's process to run the program.

A shim costs one start of a bare perl, some 2 ms; perl's own modules for
sockets would make it 9 to 19. Every program that this machine has is covered,
so that nothing meant for the router ever changes the machine below it.
"""

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bluegreen.emulator.programs import ABSENT, PROGRAMS
from bluegreen.model.command import Output

STANDARD = ("/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")
REAL = frozenset(
    (
        *("[", "echo", "expr", "false", "printenv", "printf", "sleep", "test", "true", "yes"),
        *("awk", "cut", "grep", "head", "sort", "tail", "tr", "uniq", "wc"),
    )
)
"""This machine's own: they work on a pipe or on the session alone, and touch no file of a router.

``find ... -exec awk`` never starts them: the emulated find runs the emulated awk.
"""

_SCRIPT = r"""#!/usr/bin/perl
# One program of an emulated router: the router's process answers.
($name) = $0 =~ m{([^/]+)\z};
# A session's shell is real; what reads the router's files, or is one of them, runs there.
$script = @ARGV > 2 && $ARGV[0] eq '-c' ? $ARGV[2] : '';
$locks = $name eq 'sh' && $script eq 'lock';
$there = @ARGV && ($ARGV[0] =~ m{^(-n$|/)} || $script eq 'apply' || $locks);
exec { '/bin/sh' } 'sh', @ARGV if $name eq 'sh' && !$there;
$stdin = '';
$reads = $name eq 'tee' || $name eq 'cat' && !@ARGV || $name eq 'sed' && "@ARGV" =~ m{/dev/stdin};
if ($locks || $reads) { local $/; $stdin = <STDIN>; }
socket(S, %FAMILY%, %KIND%, 0) && connect(S, pack('S H*', %FAMILY%, '%SOCKET%'))
    || down();
select((select(S), $| = 1)[0]);
print S pack('(N/a*)*', $stdin, $name, @ARGV);
shutdown(S, 1);
{ local $/; $reply = <S>; }
down() if length $reply < 12;
($code, $out, $err) = unpack('N N/a* N/a*', $reply);
print STDOUT $out;
print STDERR $err;
exit $code;
# The router went down: this session is about to be cut off.
sub down { sleep 5; exit 137; }
"""

_LENGTH = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class Request:
    """A program that a session started."""

    argv: tuple[str, ...]
    stdin: str


def make_shims(directory: Path, programs: str) -> None:
    """Fill a directory with one script under every program's name.

    Args:
        directory: Comes first on the PATH of the sessions.
        programs: Where the router's process listens; an abstract address starts with NUL.
    """
    directory.mkdir()
    script = directory / ".shim"
    text = _SCRIPT.replace("%SOCKET%", os.fsencode(programs).hex())
    text = text.replace("%FAMILY%", str(int(socket.AF_UNIX)))
    script.write_text(text.replace("%KIND%", str(int(socket.SOCK_STREAM))))
    script.chmod(0o755)
    for name in (set(_standard()) | set(PROGRAMS) | ABSENT) - REAL:
        (directory / name).symlink_to(script.name)


def _standard() -> Iterator[str]:
    """Yield the name of every program that a session could start on this machine."""
    for directory in STANDARD:
        if Path(directory).is_dir():
            yield from (program.name for program in Path(directory).iterdir())


def decode(raw: bytes) -> Request:
    """Return what a shim asks: strings with their lengths, what it reads first.

    Raises:
        ValueError: the request was cut off.
    """
    strings: list[str] = []
    at = 0
    while at < len(raw):
        (length,) = _LENGTH.unpack_from(raw.ljust(at + _LENGTH.size), at)
        at += _LENGTH.size + length
        strings.append(_text(raw[at - length : at]))
    if at != len(raw) or len(strings) < 2:
        raise ValueError(f"a request of {len(raw)} octets was cut off")
    return Request(tuple(strings[1:]), strings[0])


def encode(output: Output) -> bytes:
    """Return the answer: exit status, then both streams with their lengths."""
    out, err = _octets(output.stdout), _octets(output.stderr)
    return b"".join(
        (_LENGTH.pack(output.code), _LENGTH.pack(len(out)), out, _LENGTH.pack(len(err)), err)
    )


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
