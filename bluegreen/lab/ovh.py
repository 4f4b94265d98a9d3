"""OVH's API inside of a lab, and the hook by which its routers have an address sent to them.

Routers ask it over their management network, whoever manages them through the relay.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from bluegreen.emulator.ovh_key import Key
from bluegreen.lab.node import keep_secret, write
from bluegreen.lab.openssh import HOST
from bluegreen.lab.site import WAN_VIPS, WATCH, Site

PORT, PATH = 8080, "/1.0"  # in the hub, which has nothing else
SERVICE = "ns1.example"
ADDRESS = WAN_VIPS[0].partition("/")[0]
HOOK, HOOK_CONF = "/usr/local/libexec/ipfo-hook", "/usr/local/etc/ipfo-hook.conf"
_HOOK = Path(__file__).with_name("ipfo-hook.sh")


def macs_of(site: Site) -> Mapping[str, str]:
    """Return the MAC of each router of the pair, and of a spare, on the WAN."""
    specs = ((name, site.place(name).spec) for name in site.options.all_routers)
    return {
        name: interface.ether
        for name, spec in specs
        for interface in (spec.interfaces if spec else ())
        if interface.name == "vmx1" and interface.ether
    }


def lay_hook(layer: Path, site: Site, name: str) -> None:
    """Put the hook that devd's handler calls on a router, with what opens the API to it."""
    macs = macs_of(site)
    others = " ".join(mac for router, mac in macs.items() if router != name)
    key = Key()
    words = {
        "ENDPOINT": f"http://{WATCH}:{PORT}{PATH}",
        "APPLICATION": key.application,
        "SECRET": key.secret,
        "CONSUMER": key.consumer,
        "SERVICE": SERVICE,
        "ADDRESS": ADDRESS,
        "MINE": macs[name],
        "OTHERS": others,
    }
    conf = "".join(f'{word}="{value}"\n' for word, value in words.items())
    write(layer, {HOOK: _HOOK.read_text()})
    (layer / HOOK.lstrip("/")).chmod(0o755)
    keep_secret(layer / HOOK_CONF.lstrip("/"), conf)


def write_keys(file: Path, port: int) -> None:
    """Write what whoever manages the lab signs with, for a port of this machine's loopback."""
    key = Key()
    endpoint = f"http://{HOST}:{port}{PATH}"
    keep_secret(
        file,
        f"[default]\nendpoint={endpoint}\n\n[{endpoint}]\napplication_key={key.application}\n"
        f"application_secret={key.secret}\nconsumer_key={key.consumer}\n",
    )


def words_of(site: Site) -> tuple[str, ...]:
    """Return the words that start the API in the hub, with who has which MAC."""
    named = (f"{mac}={name}" for name, mac in macs_of(site).items())
    module = ("-m", "bluegreen.providers.emulated")
    return (sys.executable, *module, WATCH, str(PORT), SERVICE, ADDRESS, *named)
