"""Facts as JSON and back: for the journal, for `bluegreen facts` and for twins."""

from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from bluegreen.errors import UsageError
from bluegreen.model.facts import PairFacts


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
