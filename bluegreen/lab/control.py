"""What whoever watches the lab may ask of a router process, and how it is asked."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from bluegreen.lab.report import RouterReport

PATIENCE_S = 5.0
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Look:
    """Tell how you are, and change nothing."""

    ask: Literal["look"] = "look"


@dataclass(frozen=True, slots=True)
class SetFault:
    """Turn a switch of MachineFaults."""

    field: str
    value: bool | float
    ask: Literal["set_fault"] = "set_fault"


@dataclass(frozen=True, slots=True)
class PowerCycle:
    """Pull the plug and put it in again: nothing is told to anyone, and then it boots."""

    ask: Literal["power_cycle"] = "power_cycle"


@dataclass(frozen=True, slots=True)
class CutOff:
    """Cut every connection; the router itself notices nothing and lets who asks in again."""

    ask: Literal["cut_off"] = "cut_off"


Question = Look | SetFault | PowerCycle | CutOff

_QUESTION: TypeAdapter[Question] = TypeAdapter(Annotated[Question, Field(discriminator="ask")])
_REPORT = TypeAdapter(RouterReport)


def ask(path: Path, question: Question) -> RouterReport:
    """Return how a router is, once what was asked is done.

    Raises:
        OSError: its process does not answer.
        ValueError: it did not understand.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(str(path))
        connection.sendall(_QUESTION.dump_json(question))
        connection.shutdown(socket.SHUT_WR)
        return _REPORT.validate_json(read_all(connection))


def decode_question(raw: bytes) -> Question:
    return _QUESTION.validate_json(raw)


def encode_report(report: RouterReport) -> bytes:
    return _REPORT.dump_json(report)


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side has said everything."""
    return b"".join(_chunks(connection))


def _chunks(connection: socket.socket) -> Iterator[bytes]:
    while chunk := connection.recv(_CHUNK):
        yield chunk
