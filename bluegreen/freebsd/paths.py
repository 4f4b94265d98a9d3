"""Where things lie on a router.

What a run leaves there (lock, jobs, originals) must survive a change of boot
environment, so it lies in /var/log, a dataset of its own in the installer's
default layout (bsdinstall zfsboot: ZFSBOOT_DATASETS, FreeBSD 14). The marker
must *not* survive a boot: it lies on a tmpfs of its own.
"""

from dataclasses import dataclass

VOLATILE = "/var/run/bluegreen"
MARKER = f"{VOLATILE}/marker"
RC_ROOTS = ("/etc/rc.conf", "/etc/rc.conf.local", "/etc/rc.conf.d")


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of ours on one router."""

    state: str = "/var/log/bluegreen"

    @property
    def lock(self) -> str:
        return f"{self.state}/lock"

    @property
    def heartbeat(self) -> str:
        return f"{self.state}/heartbeat"

    @property
    def boot(self) -> str:
        """Return where a run notes which boot it is about to end, and why."""
        return f"{self.state}/boot"

    @property
    def record(self) -> str:
        """Return where a run writes down what was pinned when it began."""
        return f"{self.state}/record"

    @property
    def baseline(self) -> str:
        """Return where it keeps what both routers had then."""
        return f"{self.state}/baseline"

    @property
    def reached(self) -> str:
        """Return where it notes how far it has come."""
        return f"{self.state}/reached"

    @property
    def written(self) -> tuple[str, ...]:
        """Return the files of a record, half-written ones too."""
        whole = (self.record, self.baseline, self.reached)
        return (*whole, *(f"{path}.new" for path in whole))

    @property
    def lent(self) -> str:
        """Return where it stands what sysctls were that a run has set for a while."""
        return f"{self.state}/lent"

    @property
    def costs(self) -> str:
        """Return where OSPF costs are kept while they are raised."""
        return f"{self.state}/costs"

    @property
    def drained(self) -> str:
        """Return what lies there while the router is to take nothing over: devd's handler asks."""
        return f"{self.state}/drained"

    @property
    def originals(self) -> str:
        return f"{self.state}/originals"

    def job(self, name: str) -> str:
        return f"{self.state}/jobs/{name}"

    def original(self, path: str) -> str:
        return f"{self.originals}/{path.strip('/').replace('/', '__')}"

    def scratch(self, path: str) -> str:
        """Return a temporary name on the file system of /etc that no rc script sources."""
        return f"/etc/.bluegreen.{path.strip('/').replace('/', '__')}"
