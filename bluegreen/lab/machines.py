"""What each machine of a site is started with: its files, its keys, its daemons."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from bluegreen.lab.charon import SWANCTL_CONF, charon_files, swanctl_conf
from bluegreen.lab.frr import VTYSH_FILES, frr_files
from bluegreen.lab.links import route_commands
from bluegreen.lab.namespaced import PROGRAMS, NamespacedConfig, write_config
from bluegreen.lab.node import BIN, daemons_of_host, keep_secret, launch, lay_down
from bluegreen.lab.openssh import make_key
from bluegreen.lab.ovh import lay_hook
from bluegreen.lab.scripts import lay_programs
from bluegreen.lab.shims import make_shims
from bluegreen.lab.site import UPSTREAM, Place, Site
from bluegreen.lab.tunnels import charon_of, ospf_of


@dataclass(frozen=True, slots=True)
class Launched:
    """One machine, ready to be started in its namespace."""

    name: str
    argv: Sequence[str]
    host_key: str = ""  # the public half; "": no sshd
    control: str | None = None


def prepare(site: Site, directory: Path) -> tuple[Launched, ...]:
    """Lay down what every machine of a site needs below a lab's directory."""
    key = token_hex(32)  # of IPsec, the same for all: who stands at either end is not the question
    return tuple(_prepare(site, place, directory, key) for place in site.places)


def _prepare(site: Site, place: Place, lab: Path, key: str) -> Launched:
    if place.name == UPSTREAM:
        return Launched(place.name, (sys.executable, "-m", "bluegreen.lab.services"))
    own = lab / place.name
    own.mkdir()
    keys = own / "keys"
    keys.mkdir()
    host_key = make_key(keys / "host_key")
    (keys / "authorized_keys").write_text((lab / "keys" / "client.pub").read_text())
    if place.spec is None:
        lay_down(own, "host", keys, {})
        return Launched(place.name, launch(own, "host", daemons_of_host()), host_key)
    ospf, charon = ospf_of(site, place), charon_of(site, place)
    config = NamespacedConfig(
        spec=place.spec,
        directory=own,
        control=own / "control",
        routes=tuple(route_commands(place)),
        bug166462=site.options.bug166462 and not place.is_far_end,
        starts_frr=ospf is not None,
        has_charon=charon is not None,
        vip=charon.vip if charon else None,
    )
    files = VTYSH_FILES if ospf is None else frr_files(ospf, {})
    lay_down(own, "router", keys, {**files, **(charon_files(charon) if charon else {})})
    layer = own / "layer"
    if charon:
        keep_secret(layer / SWANCTL_CONF.lstrip("/"), swanctl_conf(charon, key))
    _lay_userland(layer, has_charon=charon is not None)
    if site.options.ipfo and place.name in site.options.all_routers:
        lay_hook(layer, site, place.name)
    file = own / "router.json"
    write_config(config, file)
    argv = (sys.executable, "-m", "bluegreen.lab.namespaced", str(file))
    return Launched(place.name, argv, host_key, str(config.control))


def _lay_userland(layer: Path, *, has_charon: bool) -> None:
    """Lay down what a router's sessions find on their PATH."""
    shims = layer / BIN.lstrip("/")
    shims.parent.mkdir(parents=True)
    make_shims(shims, PROGRAMS)
    lay_programs(layer, has_charon=has_charon)
