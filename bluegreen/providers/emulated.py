"""OVH's API for a lab: ``python -m bluegreen.providers.emulated HOST PORT SERVICE VIP MAC=NAME...``

It serves until it is killed, at an address of the namespace that it is started in. It moves no
packet: what it knows is which virtual MAC an address is bound to, as OVH's own API does.
"""

import sys
import threading

from bluegreen.emulator.ovh import OvhApi
from bluegreen.emulator.ovh_account import Account, Pace, Vmac
from bluegreen.providers.serve import serving

PACE = Pace(0.2, 0.3, 1.5)  # 2 s a task
PERMANENT = 240  # 203.0.113.240 and the next ones: the address that each MAC keeps


def account(service: str, vip: str, named: list[str]) -> Account:
    """Return a server with virtual MACs, each written MAC=NAME; the first one has the VIP, too."""
    pairs = [word.partition("=")[::2] for word in named]
    vmacs = {
        mac: Vmac("vmware", {f"203.0.113.{PERMANENT + i}": name})
        for i, (mac, name) in enumerate(pairs)
    }
    first, name = pairs[0]
    vmacs[first].addresses[vip] = name
    return Account({service: vmacs}, {vip: service}, PACE)


def main() -> None:
    host, port, service, vip, *named = sys.argv[1:]
    with serving(OvhApi(account(service, vip, named)), int(port), host=host):
        threading.Event().wait()


if __name__ == "__main__":
    main()
