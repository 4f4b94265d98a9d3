"""The prober as one text for a Python that has nothing installed: our own files, sent along."""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from bluegreen.model.pair import ProbeTarget

MODULES = (  # each rests on Python's own library and on those here
    "bluegreen",
    "bluegreen.errors",
    "bluegreen.model",
    "bluegreen.model.design",
    "bluegreen.model.ipsec",
    "bluegreen.model.outage",
    "bluegreen.model.pair",
    "bluegreen.model.routing",
    "bluegreen.probe",
    "bluegreen.probe.agent",
    "bluegreen.probe.channel",
    "bluegreen.probe.flow",
    "bluegreen.probe.http",
    "bluegreen.probe.icmp",
    "bluegreen.probe.ping",
    "bluegreen.probe.tally",
    "bluegreen.probe.targets",
    "bluegreen.probe.tcp",
    "bluegreen.probe.watcher",
)
_PYTHONS = "python3 python3.14 python3.13 python3.12 python3.11 python3.10"  # FreeBSD: no python3
_READ = "import sys;i=sys.stdin.buffer;exec(i.read(int(i.readline())))"
SCRIPT = (
    f"for p in {_PYTHONS}; do if command -v $p >/dev/null 2>&1; then "
    f'exec $p -I -c "{_READ}"; fi; done; echo there is no python3 here >&2; exit 127'
)
"""For sh: reads a length, then that many bytes of Python, and becomes them; stdin stays open."""

_LOADER = """\
import sys
if sys.version_info < (3, 10):
    sys.exit("Python %d.%d is too old: 3.10 or newer is needed" % sys.version_info[:2])
import importlib.abc, importlib.util

class Shipped(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    def __init__(self, sources):
        self.sources = sources

    def find_spec(self, name, path=None, target=None):
        if name in self.sources:
            return importlib.util.spec_from_loader(name, self, is_package=self.is_package(name))

    def is_package(self, name):
        return any(other.startswith(name + ".") for other in self.sources)

    def get_source(self, name):
        return self.sources[name]

sys.meta_path.insert(0, Shipped({sources!r}))
from bluegreen.probe.agent import main
main({given!r})
"""


def shipment(targets: Sequence[ProbeTarget]) -> bytes:
    """Return what is sent to SCRIPT: the length, then the program with its targets."""
    given = json.dumps([[t.kind, t.target, t.every_s] for t in targets])
    sources = {name: _source(name) for name in MODULES}
    program = _LOADER.replace("{sources!r}", repr(sources)).replace("{given!r}", repr(given))
    data = program.encode()
    return b"%d\n%s" % (len(data), data)


def _source(name: str) -> str:
    spec = find_spec(name)
    assert spec is not None, f"{name} is a module of ours"
    assert spec.origin is not None, f"{name} has a file"
    return Path(spec.origin).read_text(encoding="utf-8")
