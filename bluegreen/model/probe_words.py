"""A probe in one word of the command line: KIND:TARGET[@PERIOD][,via=HOST]."""

import re

from pydantic import TypeAdapter, ValidationError

from bluegreen.errors import UsageError
from bluegreen.model.duration import parse_positive_duration
from bluegreen.model.fields import EndpointText, Host, TcpTarget, Url
from bluegreen.model.pair import ProbeTarget
from bluegreen.model.problems import hint
from bluegreen.model.secret import SecretFoundError, without_userinfo

EVERY_S = 0.1
FORMS = {
    "icmp": "icmp:198.51.100.230@1ms",
    "tcp": "tcp:198.51.100.230:443@10ms",
    "flow": "flow:[2001:db8::1]:7",
    "http": "http://198.51.100.230/",
    "https": "https://www.example.net/",
}
WHERE = "--probe"
_KIND = re.compile(r"(?P<kind>[A-Za-z]+):(?P<rest>.*)", re.DOTALL)
_FIELDS: dict[str, TypeAdapter[str]] = {
    "icmp": TypeAdapter(Host),
    "tcp": TypeAdapter(TcpTarget),
    "flow": TypeAdapter(TcpTarget),
    "http": TypeAdapter(Url),
    "https": TypeAdapter(Url),
}
_VIA: TypeAdapter[str] = TypeAdapter(EndpointText)


def parse_probe(words: str) -> ProbeTarget:
    """Return what ``--probe`` asks for; ``via`` is as it was typed.

    Raises:
        UsageError: with the form that was probably meant.
    """
    what, by_host, via = words.partition(",via=")
    parts = _KIND.fullmatch(what)
    kind = parts["kind"] if parts else ""
    if parts is None or kind not in FORMS:
        known = hint(kind, FORMS) if kind else "it begins with icmp:, tcp:, flow:, http: or https:"
        raise _refused(words, f"`{kind or what}` is no kind of probe; {known}", "icmp")
    is_url = kind in ("http", "https")
    target, every_s = _timed(words, what if is_url else parts["rest"], kind, is_url)
    if kind == "icmp":
        target = target.removeprefix("[").removesuffix("]")
    target = _checked(words, _FIELDS[kind], target, kind)
    if by_host:
        via = _checked(words, _VIA, via, kind, "via=")
    return ProbeTarget("http" if is_url else kind, target, every_s, via or None)


def _timed(words: str, text: str, kind: str, is_url: bool) -> tuple[str, float]:
    """Split the period off; a URL may hold an `@` that is its own."""
    target, at, period = text.rpartition("@")
    if not at:
        return text, EVERY_S
    try:
        return target, parse_positive_duration(period)
    except ValueError as error:
        if is_url:
            return text, EVERY_S
        raise _refused(words, f"@{period}: {error}", kind) from None


def _checked(words: str, field: TypeAdapter[str], text: str, kind: str, name: str = "") -> str:
    try:
        return field.validate_python(text)
    except ValidationError as error:
        sentence = error.errors()[0]["msg"].removeprefix("Value error, ")
        if isinstance(error.errors()[0].get("ctx", {}).get("error"), SecretFoundError):
            raise UsageError(sentence, WHERE, f"Write it as `{FORMS[kind]}`.") from None
        raise _refused(words, f"{name}{text}: {sentence}", kind) from None


def _refused(words: str, what: str, kind: str) -> UsageError:
    form = f"{FORMS[kind]}{',via=admin@192.0.2.9:22' if ',via=' in words else ''}"
    return UsageError(without_userinfo(f"`{words}`: {what}"), WHERE, f"Write it as `{form}`.")
