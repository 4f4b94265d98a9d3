"""Texts of an inventory that must look like something: addresses, hosts, names, releases."""

import ipaddress
import re
import shlex
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bluegreen.errors import ParseError
from bluegreen.model.release import parse_release
from bluegreen.model.secret import refuse_secrets_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
NAME_WORDS = "a name is letters, digits, `.`, `_` and `-`, and begins with a letter or digit"

_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?")
_INTERFACE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,14}")  # IFNAMSIZ is 16, net/if.h
_ORIGINALS = "originals"  # left out when our files are read, since those hold passwords
_ENDPOINT = re.compile(r"(?:(?P<user>[^@]+)@)?(?P<host>\[[^\]]*\]|[^:]+)(?::(?P<port>\d{1,5}))?")
_URL = re.compile(r"https?://(?P<authority>[^/?#\s@]+)(?:[/?#]\S*)?")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The parts of ``user@host:port``."""

    host: str
    port: int | None = None
    user: str | None = None


def parse_endpoint(text: str) -> Endpoint:
    """Return the parts; IPv6 with a port stands in brackets."""
    match = _ENDPOINT.fullmatch(text)
    if match is None:
        return Endpoint(_host(text))
    user, port = match["user"], match["port"]
    if port is not None and not 1 <= int(port) <= 65535:
        raise ValueError("a port is 1 to 65535")
    host = _host(match["host"].removeprefix("[").removesuffix("]"))
    return Endpoint(
        host, None if port is None else int(port), None if user is None else _user(user)
    )


def _host(text: str) -> str:
    if _is_ip(text):
        return text
    looks_like_ipv4 = re.fullmatch(r"[0-9.]+", text) is not None
    if looks_like_ipv4 or not _HOST.fullmatch(text):
        raise ValueError("not an IP address or host name")
    return text


def _address_of_router(text: str) -> str:
    if "@" in text:
        raise ValueError("the address alone; `user` is a key of its own")
    if re.fullmatch(r"[^:]+:\d+", text):
        raise ValueError("the address alone; `port` is a key of its own")
    return _host(text)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _ip(text: str) -> str:
    if not _is_ip(text):
        raise ValueError("not an IP address")
    return text


def _vip(text: str) -> str:
    """Return the address with its prefix length; a host's own where none is written."""
    try:
        return str(ipaddress.ip_interface(text))
    except ValueError:
        raise ValueError("not an IP address with a prefix length, such as 192.0.2.1/24") from None


def _prefix(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise ValueError("not a network, such as 198.51.100.0/24 (host bits are 0)") from None


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise ValueError("not a user name")
    return text


def _interface(text: str) -> str:
    if not _INTERFACE.fullmatch(text):
        raise ValueError("not an interface name, such as vmx0 or igb0.20")
    return text


def _release(text: str) -> str:
    try:
        return str(parse_release(text))
    except ParseError:
        raise ValueError("not a release, such as 14.2-RELEASE-p1") from None


def _absolute(text: str) -> str:
    parts = text.split("/")
    if not text.startswith("/") or ".." in parts or not any(parts) or not text.isprintable():
        raise ValueError("not an absolute path of a directory of its own")
    if _ORIGINALS in parts:
        raise ValueError(
            f"a directory below one called `{_ORIGINALS}`: what lies there is not read"
        )
    return text.rstrip("/")


def _endpoint(text: str) -> str:
    parse_endpoint(text)
    return text


def _tcp(text: str) -> str:
    if parse_endpoint(text).port is None or "@" in text:
        raise ValueError("not host:port")
    return text


def _url(text: str) -> str:
    refuse_secrets_of(text)
    match = _URL.fullmatch(text)
    if match is None:
        raise ValueError("not a URL that begins with http:// or https://")
    parse_endpoint(match["authority"])
    return text


def _some(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("expected one line of text")
    return text


def is_address(text: str) -> bool:
    """Whether a text is an IP address of either family."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_mac(text: str) -> bool:
    """Whether a text is a MAC address."""
    return re.fullmatch(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", text) is not None


def _mac(text: str) -> str:
    if not is_mac(text):
        raise ValueError("not a MAC address, as 02:00:00:12:34:56")
    return text.lower()


def _words(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"not a command line: {str(error).lower()}") from None
    if not words or not words[0]:
        raise ValueError("no command")
    return text


Host = Annotated[str, AfterValidator(_host)]
RouterAddress = Annotated[str, AfterValidator(_address_of_router)]
IpAddress = Annotated[str, AfterValidator(_ip)]
Vip = Annotated[str, AfterValidator(_vip)]
Prefix = Annotated[str, AfterValidator(_prefix)]
UserName = Annotated[str, AfterValidator(_user)]
InterfaceName = Annotated[str, AfterValidator(_interface)]
ReleaseName = Annotated[str, AfterValidator(_release)]
AbsolutePath = Annotated[str, AfterValidator(_absolute)]
EndpointText = Annotated[str, AfterValidator(_endpoint)]
TcpTarget = Annotated[str, AfterValidator(_tcp)]
Url = Annotated[str, AfterValidator(_url)]
Line = Annotated[str, AfterValidator(_some)]
MacAddress = Annotated[str, AfterValidator(_mac)]
CommandLine = Annotated[str, AfterValidator(_words)]
Port = Annotated[int, Field(ge=1, le=65535)]
Ways = tuple[Literal["advbase", "preempt"], ...]
