"""Facts as JSON and back: for the journal, for `bluegreen facts` and for twins."""

import base64
import binascii
import textwrap
import zlib
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from bluegreen.errors import ParseError, UsageError
from bluegreen.model.facts import Outside, PairFacts, RouterFacts, Unseen

UNPACKED_MAX = 64 << 20  # octets; what a router wrote is not trusted to be small


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[PairFacts]:
    return TypeAdapter(PairFacts)


def write_facts(pair: PairFacts) -> str:
    """Return a snapshot as one JSON document; the baseline it was compared with is left out."""
    return _adapter().dump_json(pair.with_before(None)).decode()


def read_facts(text: str, source: str = "facts") -> PairFacts:
    """Return the snapshot that `write_facts` wrote, or refuse with what is wrong in it."""
    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise UsageError(
            f"{source} holds no facts of a pair: {where}: {first['msg']} "
            f"({error.error_count()} mistakes)",
            "facts",
            "Make it with `bluegreen facts --pair A,B > twin.json`.",
        ) from None


@lru_cache(maxsize=4)
def pack_facts(first: RouterFacts | Unseen, second: RouterFacts | Unseen, outside: Outside) -> str:
    """Return a snapshot as lines of base64, for a file on a router; asked for again and again."""
    packed = zlib.compress(write_facts(PairFacts(first, second, outside)).encode())
    return "\n".join(textwrap.wrap(base64.b64encode(packed).decode(), 76)) + "\n"


def unpack_facts(text: str, where: str) -> str:
    """Return the JSON document that `pack_facts` packed.

    Raises:
        ParseError: it is cut short, or something else.
    """
    try:
        opened = zlib.decompressobj()
        unpacked = opened.decompress(base64.b64decode(text), UNPACKED_MAX)
        if not opened.eof:
            raise ParseError(f"{where} is cut short")
        return unpacked.decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ParseError(f"{where} is cut short, or damaged: {error}") from None
