"""A router's own OSPF id, whichever daemon says it."""

import re
from functools import lru_cache

from bluegreen.routing.documents import Json, string, take_apart, walk

# "OSPF Routing Process, Router ID: 0.2.0.2" (ospfd), "with Router-ID 1.1.1.1" (ospf6d), "Router ID
# is 10.0.0.1" (BIRD's show status), "Router ID: 10.0.0.1" (ospfctl show summary)
_PRINTED = re.compile(r"Router[- ]ID(?:\s+is|:)?\s+([0-9]+(?:\.[0-9]+){3}|<[^<>\s]+>)", re.I)


@lru_cache(maxsize=64)
def parse_router_id(text: str) -> str | None:
    """Return the first router id of a text or JSON, None where OSPF has none.

    Of several VRFs in JSON it is the default one's.
    """
    page = take_apart(text)
    for document in page.documents:
        if (found := _of(document)) is not None:
            return found
    printed = _PRINTED.search(page.text)
    return printed[1] if printed else None


def _of(document: Json) -> str | None:
    things = list(walk(document))
    ordered = [thing for key, thing in things if key in {"", "default"}]
    ordered += [thing for _, thing in things]
    return next((found for thing in ordered if (found := string(thing, "routerId"))), None)
