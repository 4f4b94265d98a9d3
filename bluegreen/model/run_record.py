"""What a run writes down on its routers: enough to go on with it without its journal."""

import json
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bluegreen.errors import ParseError

FORM = 1  # counted up when an older bluegreen could not read it any more
RUN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"  # it becomes part of file names

RunName = Annotated[str, Field(pattern=RUN)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    form: int = FORM
    run: RunName


class RunRecord(_Form):
    """What was pinned when the run began. No secret is in it."""

    version: str
    command: str  # upgrade, failover, restore
    routers: tuple[str, str]
    blue: str
    green: str
    owner: str = ""
    host: str = ""
    since: str = ""  # RFC 3339
    target: str | None = None
    options: tuple[str, ...] = ()
    playbook: dict[str, JsonValue]
    playbook_digest: str
    own_playbook: bool = False  # it came from a file, which is not everywhere
    words: dict[str, str] = {}  # what the inventory said that decides about a plan
    skews: dict[str, dict[str, int]] = {}  # router: vhid@interface: advskew, 1/256 s


class Reached(_Form):
    """Where a run stood right before an order was sent: its folded state, without the baseline."""

    number: int  # of the order; the larger one of two is the later
    step: str  # whose order it is
    done: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    acted: tuple[str, ...] = ()
    undoing: tuple[str, ...] | None = None  # what was left to undo; None: not taking back
    undone: tuple[str, ...] = ()
    whole: bool = False
    reason: str = ""


Read = TypeVar("Read", RunRecord, Reached)


def write(form: RunRecord | Reached) -> str:
    """Return the file's text, for people at a console too."""
    return json.dumps(form.model_dump(mode="json"), indent=1) + "\n"


def read(kind: type[Read], text: str, where: str) -> Read:
    """Return what `write` wrote.

    Raises:
        ParseError: it is cut short, of a newer form, or no such file at all.
    """
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise ParseError(f"{where} is cut short, or was written by something else") from None
    form = said.get("form") if isinstance(said, dict) else None
    if isinstance(form, int) and form > FORM:
        raise ParseError(
            f"{where} has form {form}, written by a newer bluegreen; this one reads {FORM}"
        )
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise ParseError(f"{where} cannot be read: {place}: {first['msg']}") from None
