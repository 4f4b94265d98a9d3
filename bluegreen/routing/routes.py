"""What OSPF learned, and whether it reached the FIB: any table of FRR or Quagga."""

from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.model.routing import OspfRoute
from bluegreen.routing.documents import take_apart
from bluegreen.routing.guess import looks_like
from bluegreen.routing.route_entries import read_entries, read_ospfd_table
from bluegreen.routing.route_json import routes_of
from bluegreen.routing.route_text import read_table


@lru_cache(maxsize=128)
def parse_ospf_routes(text: str) -> tuple[OspfRoute, ...]:
    """Return OSPF's routes of a text or JSON; what is the same in every field is one route.

    Nothing at all gives (): zebra prints its legend only before a first route
    (do_show_route_helper, FRR zebra/zebra_vty.c, read 2026-11-22). ospfd's own
    table (``show ip ospf route``) does not know the FIB: none counts as installed.
    """
    page = take_apart(text)
    in_json = [routes_of(document) for document in page.documents]
    in_text = [read(page.lines) for read in (read_table, read_entries, read_ospfd_table)]
    known = any(each is not None for each in in_json) or any(each.seen for each in in_text)
    if not known and not page.is_blank:
        raise ParseError(f"no routes in this: {looks_like(page)}")
    found = [route for each in in_text for route in each.routes]
    found += [route for each in in_json if each for route in each]
    return tuple(dict.fromkeys(found))
