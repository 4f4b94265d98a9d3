"""Facts for a twin that knows no password: what is right in them reads as right there, too."""

import re
from dataclasses import replace

from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.hidden import SHOWN
from bluegreen.model.site import SiteFacts
from bluegreen.policy.rows import has_password
from bluegreen.policy.setting import Setting

_VHID = re.compile(r"\bvhid[ \t]+([0-9]{1,3})\b")


def masked(pair: PairFacts, setting: Setting) -> PairFacts:
    """Return facts in which a line with a wrong password differs from the one that is wanted.

    In a twin ``***`` stands for every password. A line that holds another one than the inventory
    has it quoted, so that it is seen to differ and means the same.
    """
    for router in pair.both() or ():
        pair = pair.with_router(_masked(router, setting))
    return pair


def _masked(router: RouterFacts, setting: Setting) -> RouterFacts:
    rc, site = router.rc, router.site
    if isinstance(rc, Unknown) or not isinstance(site, SiteFacts):
        return router
    return replace(
        router,
        rc=tuple(
            replace(
                file,
                lines=tuple(
                    _line(site, file.path, number, line, setting)
                    for number, line in enumerate(file.lines, 1)
                ),
            )
            for file in rc
        ),
    )


def _line(site: SiteFacts, path: str, number: int, line: str, setting: Setting) -> str:
    match = _VHID.search(line)
    password = setting.passwords.get(int(match[1])) if match else None
    if password is None or SHOWN not in line or has_password(site, path, number, line, password):
        return line
    quote = '"' if "='" in line else "'"
    return line.replace(SHOWN, f"{quote}{SHOWN}{quote}", 1)
