"""How strongSwan is run on a router of the lab: its configuration, its files and its daemon. Pure.

Its ESP is its own, in user space (plugin kernel-libipsec), so that the kernel needs none. That
knows tunnel mode alone, inside UDP: what is to be encrypted is routed to its TUN device, which is
done for what the carrier of the tunnels has marked. Where there is no SA there is no such route,
and the packet is refused: nothing leaves in the clear.

Source: docs.strongswan.org, kernel-libipsec plugin; tried with 5.9.8, read 2026-11-30.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bluegreen.lab.node import HOME

CHARON = "/usr/sbin/charon-systemd"
SWANCTL = "/usr/sbin/swanctl"
LIBIPSEC = "/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so"
STRONGSWAN_CONF = "/etc/strongswan.conf"
SWANCTL_CONF = f"{HOME}/ipsec/swanctl.conf"  # it has the key; swanctl reads folders beside it, too
MARK, TABLE = 47, 220  # of packets that must be protected; of the routes to those who can read them
MTU = 1400  # octets; of charon's TUN device
RULES = (f"fwmark {MARK} lookup {TABLE}",)
ROUTES = (f"prohibit default table {TABLE}",)  # without an SA

_FOLLOW = f"{HOME}/ipsec/follow"
_SOCKET, _LOADED, _LOCK, _TURN = (f"/run/charon.{name}" for name in ("vici", "ok", "lock", "turn"))
_PLUGINS = (
    "random nonce aes sha1 sha2 hmac kdf gmp vici kernel-libipsec kernel-netlink socket-default"
)
_STRONGSWAN = f"""\
charon-systemd {{
  load = {_PLUGINS}
  filelog {{
    stderr {{
      default = 1
      enc = 0
      net = 0
    }}
  }}
  plugins {{
    kernel-libipsec {{
      allow_peer_ts = yes
    }}
    kernel-netlink {{
      fwmark = {MARK}
      roam_events = no
    }}
    vici {{
      socket = unix://{_SOCKET}
    }}
  }}
  retransmit_timeout = 0.5
  retransmit_base = 1.4
}}
swanctl {{
  load = random
  socket = unix://{_SOCKET}
}}
"""
_CONNECTION = """\
  {name} {{
    version = 2
    mobike = no
    unique = replace
    keyingtries = 0
    dpd_delay = 5s
    local_addrs = {local}
    remote_addrs = {remote}
    proposals = aes256-sha256-modp2048
    local {{
      auth = psk
      id = {local}
    }}
    remote {{
      auth = psk
      id = {remote}
    }}
    children {{
      {name} {{
        mode = tunnel
        esp_proposals = aes256-sha256
        local_ts = dynamic[gre]
        remote_ts = dynamic[gre]
        dpd_action = {action}
        close_action = {closed}
      }}
    }}
  }}
"""


@dataclass(frozen=True, slots=True)
class Connection:
    """What is protected: GRE between two outer addresses."""

    name: str  # of the tunnel
    local: str
    remote: str


@dataclass(frozen=True, slots=True)
class CharonSpec:
    """One router's IPsec."""

    connections: tuple[Connection, ...]
    vip: str | None  # it begins where that is, and ends with it; None: the far end begins


def charon_files(spec: CharonSpec) -> Mapping[str, str]:
    """Return what is laid down in a router's root, by absolute path; without its key."""
    return {STRONGSWAN_CONF: _STRONGSWAN, _FOLLOW: _follow(spec)}


def swanctl_conf(spec: CharonSpec, key: str) -> str:
    """Return the text of swanctl.conf(5), which nobody but root may read."""
    return "".join(_lines(spec, key))


def charon_daemon() -> tuple[str, ...]:
    """Return what is started in a router's root; it stays in the foreground."""
    load = f"{SWANCTL} --load-all --noprompt --file {SWANCTL_CONF}"
    loaded = f'if said=$({load} 2>&1); then : >{_LOADED}; else echo "$said"; fi'
    return ("sh", "-c", f"{CHARON} & {_until(f'-S {_SOCKET}')}; {loaded}; wait")


def follow_line(turn: int, *, serves: bool) -> str:
    """Return a line for sh(1) that has SAs where the VIP is, and none where it is not.

    Args:
        turn: Higher with each line; one that was overtaken does nothing.
        serves: Whether the VIP is here.
    """
    return shlex.join(("sh", _FOLLOW, str(turn), "begin" if serves else "end"))


def _follow(spec: CharonSpec) -> str:
    """What a kernel's acquire would do: kernel-libipsec knows no trap policy."""
    names = " ".join(connection.name for connection in spec.connections)
    return f"""\
exec 9>{_LOCK}
flock 9
[ "$1" -gt "$(cat {_TURN} 2>/dev/null || echo 0)" ] || exit 0
echo "$1" >{_TURN}
{_until(f"-e {_LOADED}")}
for name in {names}; do
    if [ "$2" = end ]; then
        {SWANCTL} --terminate --ike "$name" --force --timeout -1
    elif [ -z "$({SWANCTL} --list-sas --ike "$name")" ]; then
        {SWANCTL} --initiate --child "$name" --timeout -1
    fi
done >/dev/null 2>&1
"""


def _until(holds: str) -> str:
    return f"until [ {holds} ]; do sleep 0.01; done"


def _lines(spec: CharonSpec, key: str) -> Iterator[str]:
    begins = spec.vip is not None
    yield "connections {\n"
    for connection in spec.connections:
        yield _CONNECTION.format(
            name=connection.name,
            local=connection.local,
            remote=connection.remote,
            action="restart" if begins else "clear",
            closed="start" if begins else "none",
        )
    yield "}\nsecrets {\n"
    for connection in spec.connections:
        ids = f"id-1 = {connection.local}\n    id-2 = {connection.remote}"
        yield f"  ike-{connection.name} {{\n    {ids}\n    secret = {key}\n  }}\n"
    yield "}\n"
