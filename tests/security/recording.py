"""A directory of programs that only write down how they were called, and a shell that finds them.

Whatever a script runs is found here first: each program that a builder names, and `pwned`, which
every hostile text tries to run.
"""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from bluegreen.freebsd.shell import render
from bluegreen.model.command import Script

NONCE = "0123456789abcdef"
CONNECTION = "192.0.2.9 4711 192.0.2.11 22"
_RECORDER = r"""#!/usr/bin/perl
my ($name) = $0 =~ m{([^/]+)\z};
# What a login shell starts is the real one.
exec '/bin/sh', @ARGV if $name eq 'sh' && $ARGV[0] eq '-s';
local $/;
my $read = <STDIN>;
open my $to, '>>', '%s' or die;
print $to pack('N(N/a*)*', 2 + @ARGV, $read, $name, @ARGV);
close $to;
%s
"""
# What our daemon(8) does of its own: flags, then the program.
_DAEMON = "while (@ARGV && $ARGV[0] =~ /^-/) { (shift) =~ /^-[po]/ && shift } exec @ARGV;"

PAYLOADS = (
    *("$(pwned)", "`pwned`", "; pwned", ";pwned;", "\npwned\n", "| pwned", "&& pwned", "& pwned &"),
    *("' pwned '", "'; pwned; '", '" pwned "', '"; pwned; "', "'\\''; pwned", "${x:-$(pwned)}"),
    *("$((`pwned`))", "<(pwned)", "> pwned", "pwned", "pwned()", "}\npwned\n{", "EOF\npwned\n"),
    *("*", "?", "[a-z]*", "~", "~root", "{a,b}", "!!", "!pwned", "!$", "^a^b", "%1", "#", "\\"),
    *("$1", "$@", "$IFS", "$PATH", "${bg_bad}", "-", "--", "-n", "-e", "-rf", "--help", "a=b"),
    *("\t", " ", "", "\r", "\x07", "\x1b[31m", "\x7f", "é", "\u202e", "\udcff", "\\n", "%s%n"),
)
hostile = st.lists(
    st.one_of(
        st.sampled_from(PAYLOADS),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
    ),
    max_size=5,
).map("".join)
"""What an attacker would put where a name is expected; anything but a NUL."""


@dataclass(frozen=True, slots=True)
class Call:
    """How a program was called."""

    argv: tuple[str, ...]
    stdin: str = ""


@dataclass(frozen=True, slots=True)
class Recorders:
    """The programs, and what they wrote down."""

    directory: Path

    @property
    def record(self) -> Path:
        return self.directory / "record"

    def programs(self, names: Iterable[str]) -> None:
        """Make the programs that are not there yet; `daemon` runs what it is given."""
        (self.directory / "bin").mkdir(exist_ok=True)
        for name in ("pwned", *names):
            program = self.directory / "bin" / name
            if not program.exists():
                program.write_text(_RECORDER % (self.record, _DAEMON * (name == "daemon")))
                program.chmod(0o755)

    def run(self, script: Script, shell: tuple[str, ...] = ("/bin/sh",)) -> list[Call]:
        """Have a shell read a script, and return all that was run, in its order."""
        return self.read(
            render(script, NONCE), (*shell, "-s", "--", "192.0.2.9 4711 192.0.2.11 22")
        )

    def read(self, text: str, words: tuple[str, ...]) -> list[Call]:
        self.record.write_bytes(b"")
        subprocess.run(
            words,
            input=text.encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=False,
            timeout=60,
            cwd=self.directory,
            env={"PATH": f"{self.directory}/bin:/usr/bin:/bin", "SSH_CONNECTION": CONNECTION},
        )
        return list(self._calls())

    def _calls(self) -> Iterable[Call]:
        raw, at = self.record.read_bytes(), 0

        def number() -> int:
            nonlocal at
            at += 4
            return int.from_bytes(raw[at - 4 : at])

        def text() -> str:
            nonlocal at
            length = number()
            at += length
            return raw[at - length : at].decode("utf-8", "surrogateescape")

        while at < len(raw):
            stdin, *argv = [text() for _ in range(number())]
            yield Call(tuple(argv), stdin)
