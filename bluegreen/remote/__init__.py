"""The live world: SSH.

``bluegreen.remote.settings`` is light; ``bluegreen.remote.ssh`` brings fabric
and paramiko with it, about 0.3 s, and is imported by ``transport`` alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from bluegreen.remote.settings import SshSettings

if TYPE_CHECKING:
    from bluegreen.remote.ssh import SshTransport
    from bluegreen.remote.stream import SshStream


def transport(settings: SshSettings) -> "SshTransport":
    """Return the door to one router; nothing is contacted before the first script."""
    made: SshTransport = import_module("bluegreen.remote.ssh").SshTransport(settings)
    return made


def open_stream(settings: SshSettings, script: str) -> "SshStream":
    """Return a program that runs on a host until it is closed."""
    made: SshStream = import_module("bluegreen.remote.stream").SshStream(settings, script)
    return made
