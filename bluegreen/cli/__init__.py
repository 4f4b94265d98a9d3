"""Words in, words out; joins engine and world."""

import os
import signal
import sys
from types import FrameType

from bluegreen.errors import BluegreenError

# Options that may stand before the command as well as behind it.
_FLAGS = ("--json", "-v", "--verbose", "--no-color")
_GLOBAL = {**dict.fromkeys(_FLAGS, 0), "--state-dir": 1, "-i": 1, "--inventory": 1}
_GROUPS = ("lab", "ipfo")  # whose commands have two words
INTERRUPTED = 130


def main() -> None:
    """Run the command line; every error of ours ends as a sentence and an exit status."""
    from bluegreen.cli.app import app  # heavy only as far as --help needs it
    from bluegreen.cli.options import StoppedAtOnce

    def stop_at_once(_number: int, _frame: FrameType | None) -> None:
        raise StoppedAtOnce  # KeyboardInterrupt is taken by typer, which waits for every thread

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop_at_once)
    try:
        app(args=_global_options_last(sys.argv[1:]), prog_name="bluegreen")
    except BluegreenError as error:
        _complain(str(error))
        raise SystemExit(error.exit_code) from None
    except StoppedAtOnce:
        _complain("stopped at once; a run that was under way can be resumed")
        sys.stdout.flush()
        os._exit(INTERRUPTED)  # a thread may wait for a router that does not answer
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None


def _complain(text: str) -> None:
    sys.stderr.write(f"bluegreen: {text}\n")


def _global_options_last(words: list[str]) -> list[str]:
    """Move options that were given before the command behind it: each command knows them all."""
    moved: list[str] = []
    rest = list(words)
    while rest and rest[0].split("=")[0] in _GLOBAL:
        name = rest[0].split("=")[0]
        count = 1 + (_GLOBAL[name] if "=" not in rest[0] else 0)
        moved += rest[:count]
        rest = rest[count:]
    behind = 2 if rest and rest[0] in _GROUPS else 1
    return rest[:behind] + moved + rest[behind:]
