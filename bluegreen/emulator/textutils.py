"""find, awk, sed and others, exactly as they are called: programs are known by their text."""

import hashlib
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache

from bluegreen.emulator.files import Files, PathError
from bluegreen.emulator.system import Call, System, failed, misused, ok
from bluegreen.freebsd.batch import STATE_AWK
from bluegreen.freebsd.passes import passwords_in
from bluegreen.freebsd.rcconf import REDACTING_AWK, apply_edit, redact
from bluegreen.freebsd.setkey import SAD_AWK, strike
from bluegreen.freebsd.siteedit import apply_script
from bluegreen.freebsd.state import END as STATE_END
from bluegreen.model.command import Output


def find(system: System, call: Call) -> Output:
    """Answer ``find ROOT... -type f [! -path PATTERN] [-exec PROGRAM... {} +]``."""
    words = call.words
    if "-type" not in words:
        return misused("find [-H | -L | -P] [-EXdsx] [-f path] path ... [expression]")
    at = words.index("-type")
    roots, expression = words[:at], words[at:]
    excluded: str | None = None
    program: tuple[str, ...] = ()
    match expression:
        case ("-type", "f"):
            pass
        case ("-type", "f", "!", "-path", pattern):
            excluded = pattern
        case ("-type", "f", "-exec", *program_words, "{}", "+"):
            program = tuple(program_words)
        case ("-type", "f", "!", "-path", pattern, "-exec", *program_words, "{}", "+"):
            excluded, program = pattern, tuple(program_words)
        case _:
            return misused("find [-H | -L | -P] [-EXdsx] [-f path] path ... [expression]")
    found, complaints = _found(system.storage.files, roots, excluded)
    code = 1 if complaints else 0
    if not program:
        return Output("".join(f"{path}\n" for path in found), complaints, code)
    if not found:
        return Output("", complaints, code)
    said = call.run((*program, *found), "")
    return Output(said.stdout, complaints + said.stderr, code or said.code)


def _found(files: Files, roots: Sequence[str], excluded: str | None) -> tuple[list[str], str]:
    found, complaints = [], []
    for root in roots:
        if files.find(root) is None:
            complaints.append(f"find: {root}: No such file or directory\n")
            continue
        found += [
            path
            for path, node in files.under(root)
            if node.text is not None and not (excluded and fnmatchcase(path, excluded))
        ]
    return found, "".join(complaints)


def awk(system: System, call: Call) -> Output:
    """Run one of the programs that the observation uses."""
    if call.words == (SAD_AWK,):
        said = call.run(("setkey", "-D"), "")
        return Output(strike(said.stdout), said.stderr, said.code)
    if not call.words or call.words[0] not in _AWK:
        return misused("awk [-F fs | --csv][-v var=value][prog | -f progfile][file ...]")
    program, *paths = call.words
    output = _over(system.storage.files, "awk", paths, _AWK[program])
    return replace(output, stdout=output.stdout + _AWK_ENDS.get(program, ""))


def reads_files(argv: tuple[str, ...]) -> bool:
    """Whether an answer stays true as long as no file changes."""
    return SAD_AWK not in argv


_RECORDED = re.compile(r"/(record|baseline|reached)(\.new)?$")


def _state(path: str, text: str) -> str:
    """What STATE_AWK prints: a header, and of logs no line that is a path; of a record, nothing."""
    if _RECORDED.search(path):
        return ""
    lines = text.splitlines()
    if path.endswith("/log"):
        lines = [line for line in lines if not line.startswith("/")]
    head = [f"==> {path}"] if text else []
    return "".join(f"{line}\n" for line in (*head, *lines))


@lru_cache(maxsize=256)
def _redacted(path: str, text: str) -> str:
    """What REDACTING_AWK prints: a header, and every line with its secrets struck out."""
    if not text:
        return ""
    return f"==> {path}\n" + redact(text.removesuffix("\n")) + "\n"


_AWK: dict[str, Callable[[str, str], str]] = {STATE_AWK: _state, REDACTING_AWK: _redacted}
_AWK_ENDS = {STATE_AWK: f"{STATE_END}\n"}


def sha256(system: System, call: Call) -> Output:
    return _over(system.storage.files, "sha256", call.words, _digest)


@lru_cache(maxsize=256)
def _digest(path: str, text: str) -> str:
    return f"SHA256 ({path}) = {hashlib.sha256(text.encode()).hexdigest()}\n"


def _over(
    files: Files, program: str, paths: Sequence[str], convert: Callable[[str, str], str]
) -> Output:
    out, complaints = [], []
    for path in paths:
        try:
            out.append(convert(path, files.read(path)))
        except PathError as error:
            complaints.append(f"{program}: {error}\n")
    return Output("".join(out), "".join(complaints), 1 if complaints else 0)


def vhid_lines(system: System, paths: Sequence[str]) -> Output:
    """Print number and digest of each line with a vhid (LINES_SH)."""
    out = []
    for path in paths:
        for number, line in enumerate(system.storage.files.read(path).splitlines(), 1):
            if "vhid" in line:
                digest = hashlib.sha256(f"{line}\n".encode()).hexdigest()
                out.append(f"{number} {digest} {path}\n")
    return ok("".join(out))


def password_digests(system: System, salt: str, paths: Sequence[str]) -> Output:
    """Print a salted digest of each password in a line with a vhid (PASSES_SH)."""
    out = []
    for path in paths:
        for number, line in enumerate(system.storage.files.read(path).splitlines(), 1):
            for vhid, word in passwords_in(line):
                text = f"{salt} {word}".encode()
                digest = "?" if word is None else hashlib.sha256(text).hexdigest()
                out.append(f"{number} {vhid} {digest} {path}\n")
    return ok("".join(out))


def _by_script(system: System, path: str, script: str) -> Output:
    files = system.storage.files
    try:
        files.write(path, apply_script(files.read(path), script))
    except PathError as error:
        return failed(f"sed: {error}")
    except ValueError as error:
        return failed(f"sed: 1: /dev/stdin: {error}")
    return ok()


def sed(system: System, call: Call) -> Output:
    """Edit in place, with the expressions that the edits of rc files are made of."""
    match call.words:
        case ("-i", "", "-f", "/dev/stdin", path):
            return _by_script(system, path, call.stdin)
        case ("-i", "", *expressions, path) if expressions and set(expressions[::2]) == {"-e"}:
            pass
        case _:
            return misused("sed script [-EHalnru] [-i extension] [file ...]")
    files = system.storage.files
    try:
        files.write(path, apply_edit(files.read(path), expressions[1::2]))
    except PathError as error:
        return failed(f"sed: {error}")
    except ValueError:
        return failed(f'sed: 1: "{expressions[1]}": unterminated substitute pattern')
    return ok()


def check_syntax(system: System, path: str) -> Output:
    """``sh -n FILE``: an open quote is what an edit can break."""
    try:
        text = system.storage.files.read(path)
        shlex.split(text, comments=True)
    except PathError as error:
        return failed(f"sh: cannot open {error}", 2)
    except ValueError:
        lines = text.count("\n") + 1
        return failed(f"{path}: {lines}: Syntax error: Unterminated quoted string", 2)
    return ok()
