"""Any router output to JSON: for bug reports and scripts."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import cast

from bluegreen.errors import ParseError, UsageError

_ADVICE = "If this is that tool's output, send it to us, passwords struck out."
_WITHOUT_KEYS = (
    "If this is that tool's output, send it to us without its keys: leave out the lines with `E:` "
    "and `A:`, and those that go on from them."
)
Parse = Callable[[str], object]


def _ifconfig(text: str) -> object:
    from bluegreen.freebsd.ifconfig import parse_ifconfig

    return parse_ifconfig(text)


def _ospf(text: str) -> object:
    from bluegreen.routing.ospf import parse_neighbors

    return parse_neighbors(text)


def _update(text: str) -> object:
    from bluegreen.freebsd.update import parse_update

    return parse_update(text)


def _version(text: str) -> object:
    from bluegreen.freebsd.version import parse_versions

    return parse_versions(text)


def _bectl(text: str) -> object:
    from bluegreen.freebsd.bectl import parse_environments

    return parse_environments(text)


def _sysctl(text: str) -> object:
    from bluegreen.freebsd.sysctl import parse_sysctl

    return dict(parse_sysctl(text))


def _carp_log(text: str) -> object:
    from bluegreen.freebsd.carplog import parse_carp_log

    return parse_carp_log(text)


def _rcconf(text: str) -> object:
    from bluegreen.freebsd.rcconf import parse_rcconf_text, redact

    return parse_rcconf_text(redact(text))


def _pkg(text: str) -> object:
    from bluegreen.freebsd.pkg import parse_package_plan, parse_packages

    try:
        return parse_packages(text)
    except ParseError:
        try:
            return parse_package_plan(text)
        except ParseError:
            pass
        raise


def _netstat(text: str) -> object:
    from bluegreen.freebsd.netstat import parse_routes

    return parse_routes(text)


def _setkey(text: str) -> object:
    """SAD, SPD, or one behind the other; the keys are struck out before anything is read."""
    from bluegreen.freebsd.setkey import NO_SPD, parse_sad, parse_spd

    policies = parse_spd(text) if "spid=" in text or NO_SPD in text else None
    sas = parse_sad(text) if "sadb_seq=" in text or policies is None else None
    return {"sas": sas, "policies": policies}


def _swanctl(text: str) -> object:
    from bluegreen.freebsd.swanctl import parse_sas

    return parse_sas(text)


KINDS: Mapping[str, Parse] = {
    "ifconfig": _ifconfig,
    "ospf": _ospf,
    "freebsd-update": _update,
    "freebsd-version": _version,
    "bectl": _bectl,
    "sysctl": _sysctl,
    "carp-log": _carp_log,
    "rcconf": _rcconf,
    "pkg": _pkg,
    "netstat": _netstat,
    "setkey": _setkey,
    "swanctl": _swanctl,
}


def parse(kind: str, file: Path | None) -> str:
    """Return what a pasted output says, as one JSON document.

    Raises:
        UsageError: no such kind, or a file that cannot be read.
        ParseError: it is not that tool's output, or a line of it cannot be understood.
    """
    if kind not in KINDS:
        from bluegreen.model.problems import hint

        raise UsageError(f"`{kind}` cannot be parsed; {hint(kind, list(KINDS))}", "KIND")
    text = _read(file)
    try:
        said = KINDS[kind](text)
    except ParseError as error:
        advice = _WITHOUT_KEYS if kind == "setkey" else _ADVICE
        raise ParseError(error.what, f"parse {kind}", advice) from error
    return json.dumps(_plain(said), indent=2, ensure_ascii=False)


def _read(file: Path | None) -> str:
    try:
        if file is None or str(file) == "-":
            return sys.stdin.read()
        return file.read_text(encoding="utf-8", errors="strict")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file or 'stdin'} is not UTF-8: {error.reason}", "FILE") from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", "FILE") from None


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {key: _plain(item) for key, item in asdict(value).items()}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast("Mapping[str, object]", value).items()}
    return value


def schema(kind: str) -> str:
    """Return the JSON schema of hosts.yaml or of a playbook."""
    from bluegreen.model.schema import json_schema

    match kind:
        case "inventory" | "playbook":
            return json_schema(kind)
        case _:
            raise UsageError(f"`{kind}` has no schema; known: inventory, playbook", "schema")
