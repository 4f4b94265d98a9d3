"""What goes over the line to OVH's API and back, and what can happen to it on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Request:
    """What came over the line."""

    method: str
    path: str  # below the endpoint, as it was sent, with its query
    url: str = ""  # whole, as it was signed
    headers: Mapping[str, str] = field(default_factory=dict)  # names in small letters
    body: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back; ``lost``: nobody hears of it."""

    status: int
    body: object
    headers: tuple[tuple[str, str], ...] = ()
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Mishap:
    """What meets the next requests that it is for."""

    method: str  # GET, POST, DELETE, CHANGE (whatever is no GET) or *
    path: str  # a pattern: *virtualAddress*
    status: int = 0  # 0: no answer at all
    code: str = ""
    effective: bool = False  # it is done all the same
    after_s: float | None = None  # Retry-After
    message: str = "gateway is having a day"
    left: int = 1  # how often

    def meets(self, request: Request) -> bool:
        change = "GET" if request.method == "GET" else "CHANGE"
        meant = self.method in ("*", request.method, change)
        return meant and fnmatchcase(request.path, self.path)

    def reply(self) -> Reply:
        if not self.status:
            return Reply(200, None, lost=True)
        wait = () if self.after_s is None else (("Retry-After", f"{self.after_s:.0f}"),)
        said = error(self.status, self.message, self.code)
        return replace(said, headers=(*wait, *said.headers))


class HttpError(Exception):
    """A request that is not done, and what is said of it."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(status, message, code)
        self.reply = error(status, message, code)


def error(status: int, message: str, code: str = "") -> Reply:
    body = {"message": message, **({"errorCode": code} if code else {}), "httpCode": str(status)}
    return Reply(status, body, query_id(status))


def query_id(number: int) -> tuple[tuple[str, str], ...]:
    return (("X-OVH-QUERYID", f"LAB.ext-1.{number:08x}"),)
