"""Who a router is adjacent to: any listing of any daemon, found out from the text itself."""

from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.model.routing import Neighbor
from bluegreen.routing import bird, layouts, openospfd
from bluegreen.routing.detail import read_details
from bluegreen.routing.documents import take_apart
from bluegreen.routing.guess import looks_like
from bluegreen.routing.neighbor_json import neighbors_of
from bluegreen.routing.tables import read_tables

_LAYOUTS = (*layouts.LAYOUTS, bird.LAYOUT, *openospfd.LAYOUTS)


@lru_cache(maxsize=256)
def parse_neighbors(text: str) -> tuple[Neighbor, ...]:
    """Return every OSPF neighbour of a text, or refuse and say what the text looks like.

    Read: FRR and Quagga (tables, ``detail``, JSON of all versions, ospf6d),
    BIRD 1 and 2, OpenOSPFD; several outputs in one text; prompts and prose
    around them. What is the same in every field is one neighbour. A listing
    with nobody in it gives (), which is not the same as no listing.
    """
    page = take_apart(text)
    listed = [neighbors_of(document) for document in page.documents]
    table = read_tables(page.lines, _LAYOUTS)
    found = (
        *table.neighbors,
        *read_details(page.lines),
        *(neighbor for each in listed if each for neighbor in each),
    )
    nobody = table.seen or any(each is not None for each in listed)
    if not found and not nobody and not any(map(bird.is_bird_without_neighbors, page.lines)):
        raise ParseError(f"no OSPF neighbours in this: {looks_like(page)}")
    return tuple(dict.fromkeys(found))
