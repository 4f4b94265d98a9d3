"""OVH's replies as values. What is not understood is refused, never guessed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import cast

from bluegreen.errors import ParseError

OPEN = ("init", "todo", "doing")
FAILED = ("cancelled", "customerError", "ovhError")
DONE = "done"


@dataclass(frozen=True, slots=True)
class Task:
    """Something that OVH does by and by. It warns early; the state decides."""

    number: int
    function: str
    status: str
    comment: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it may still change something; so does a status that nobody knows."""
        return self.status not in (DONE, *FAILED)

    @property
    def failed(self) -> bool:
        return self.status in FAILED

    def __str__(self) -> str:
        comment = f": {self.comment}" if self.comment else ""
        return f"task {self.number} ({self.function}) is {self.status}{comment}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a consumer key may do; ``*`` in a path stands for anything."""

    method: str
    path: str

    def allows(self, method: str, path: str) -> bool:
        return self.method == method and fnmatchcase(path, self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Credential:
    """The consumer key in use, without anything secret."""

    status: str  # validated, pendingValidation, expired, refused
    expires: str | None  # RFC 3339; None: never
    rules: tuple[Rule, ...]

    def allows(self, method: str, path: str) -> bool:
        return any(rule.allows(method, path) for rule in self.rules)


def read_task(reply: object) -> Task:
    """A reply to a request may hold nothing but the number."""
    fields = _fields(reply, "a task")
    number = fields.get("taskId", fields.get("id"))
    if not isinstance(number, int):
        raise ParseError(f"a task without a number: {_short(reply)}", "ovh")
    return Task(
        number,
        str(fields.get("function") or "unknown"),
        str(fields.get("status") or "init"),
        str(fields.get("comment") or ""),
    )


def read_numbers(reply: object) -> tuple[int, ...]:
    items = _items(reply, "numbers of tasks")
    if not all(isinstance(item, int) for item in items):
        raise ParseError(f"expected numbers of tasks, found {_short(reply)}", "ovh")
    return tuple(cast("Iterable[int]", items))


def read_texts(reply: object) -> tuple[str, ...]:
    items = _items(reply, "a list of texts")
    if not all(isinstance(item, str) for item in items):
        raise ParseError(f"expected a list of texts, found {_short(reply)}", "ovh")
    return tuple(map(str, items))


def read_routing(reply: object) -> str | None:
    """Return the service that an address is routed to; None: parked, routed nowhere."""
    fields = _fields(reply, "an address")
    if "routedTo" not in fields:
        raise ParseError(f"an address without `routedTo`: {_short(reply)}", "ovh")
    routed = fields["routedTo"]
    if routed is None:
        return None
    name = _fields(routed, "`routedTo`").get("serviceName")
    return str(name) if name else None


def read_credential(reply: object) -> Credential:
    fields = _fields(reply, "a credential")
    rules = [_fields(rule, "a rule") for rule in _items(fields.get("rules", []), "rules")]
    expires = fields.get("expiration")
    return Credential(
        str(fields.get("status") or "unknown"),
        str(expires) if expires else None,
        tuple(Rule(str(rule.get("method")), str(rule.get("path"))) for rule in rules),
    )


def _fields(reply: object, what: str) -> Mapping[str, object]:
    if not isinstance(reply, dict):
        raise ParseError(f"expected {what}, found {_short(reply)}", "ovh")
    return cast("Mapping[str, object]", reply)


def _items(reply: object, what: str) -> list[object]:
    if not isinstance(reply, list):
        raise ParseError(f"expected {what}, found {_short(reply)}", "ovh")
    return reply


def _short(reply: object) -> str:
    return repr(reply)[:120]
