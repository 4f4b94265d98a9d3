"""What a plan may run on each router, and the accounts that suffice for it, as text and as JSON."""

import json
import shlex
from dataclasses import asdict, dataclass

from bluegreen.report.words import cut

QUESTION = "read"
SHOWN_MAX = 60  # characters of an argument that is a program of its own; JSON has it whole


@dataclass(frozen=True, slots=True)
class Privilege:
    """One program with its arguments; `*` stands for what only the run itself will know."""

    program: str
    arguments: tuple[str, ...]
    effect: str
    why: tuple[str, ...]  # facts it is asked for, steps that send it, or a guard


@dataclass(frozen=True, slots=True)
class RouterPrivileges:
    """All that is run on one router."""

    router: str
    user: str
    escalate: str  # doas, sudo or none
    questions: tuple[Privilege, ...]  # status, check and facts: these alone
    changes: tuple[Privilege, ...]


@dataclass(frozen=True, slots=True)
class PrivilegePage:
    """What was found for a pair; its fields are the keys of the JSON document."""

    pair: str
    playbook: str
    plan_hash: str
    routers: tuple[RouterPrivileges, ...]
    remotes: tuple[RouterPrivileges, ...]
    note: str = ""


def privileges_json(page: PrivilegePage) -> str:
    accounts = {
        router.router: {"read_only": _read_only(router), "upgrade": _upgrade(router)}
        for router in page.routers
    }
    return json.dumps({**asdict(page), "accounts": accounts}, ensure_ascii=False, indent=2)


def render_privileges(page: PrivilegePage) -> str:
    head = [
        f"what {page.playbook} may run on the routers of {page.pair}, plan {page.plan_hash}",
        "from the questions, and from what the plan sent in its rehearsal, forth and back",
        *([f"note: {page.note}"] if page.note else []),
    ]
    parts = ["\n".join(head)]
    for router in (*page.routers, *page.remotes):
        parts.append(
            _listed(f"{router.router}: questions (status, check, facts)", router.questions)
        )
        if router.changes:
            parts.append(_listed(f"{router.router}: changes (upgrade, rollback)", router.changes))
    for router in page.routers:
        parts += [_read_only(router), _upgrade(router)]
    return "\n\n".join(parts)


def _listed(title: str, rows: tuple[Privilege, ...]) -> str:
    lines = [f"  {row.effect:<10}  {_line(row)}   # {', '.join(row.why)}" for row in rows]
    return "\n".join([title, *lines])


def _line(row: Privilege) -> str:
    return shlex.join((row.program, *map(_short, row.arguments)))


def _short(word: str) -> str:
    spoken = " ".join(word.split())
    return cut(spoken, SHOWN_MAX) if " " in spoken else word


_READ_ONLY = """\
# {router}, a read-only account: no rule in doas.conf or sudoers at all.
#   pw useradd watch -m -s /bin/sh
#   its key in ~watch/.ssh/authorized_keys, as: restrict ssh-ed25519 AAAA...
#   in the inventory: {{user: watch, escalate: none}}
# What FreeBSD does not show to it (an rc.conf of mode 0600, the state directory of a run, the
# socket of a routing daemon) is unknown then, with the reason: `status`, `check` and `facts` go
# on without it, and an upgrade by this account is refused."""
_UPGRADE = """\
# {router}, the upgrade account. A whole batch goes to one `sh`, so that nothing comes between a
# guard and its commands: this rule is root by another name. Rules for single programs would be
# no less (`tee`, `mv` and `cp` write any file), and could not hold the guard. The alternative:
# `user: root`, `escalate: none` and `PermitRootLogin prohibit-password`, one key and no rule.
# Either way: a key of its own, as `restrict,from="THE CONTROLLER" ssh-ed25519 AAAA...`, taken out
# of authorized_keys between upgrades.
#
# /usr/local/etc/doas.conf
permit nopass {user} as root cmd sh
#
# or /usr/local/etc/sudoers.d/bluegreen
{user} ALL=(root) NOPASSWD: /bin/sh -s -- *"""


def _read_only(router: RouterPrivileges) -> str:
    return _READ_ONLY.format(router=router.router)


def _upgrade(router: RouterPrivileges) -> str:
    user = "deploy" if router.user == "root" else router.user
    return _UPGRADE.format(router=router.router, user=user)
