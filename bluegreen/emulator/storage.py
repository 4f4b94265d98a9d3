"""Boot environments: each with its own root, kernel, userland and state of freebsd-update."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from bluegreen.emulator.files import Files, Mount, Node, Volume
from bluegreen.emulator.rcfiles import rc_files
from bluegreen.emulator.spec import MachineSpec
from bluegreen.model.system import Environment

CREATED = "2026-01-14 20:36"
SPACE_BOOTED, SPACE_CLONE = "2.41G", "8K"
DIRECTORIES = (
    "",
    "boot",
    "etc",
    "etc/rc.conf.d",
    "etc/rc.conf.d/netif",
    "home",
    "mnt",
    "root",
    "tmp",
    "usr",
    "usr/local",
    "usr/local/etc",
    "var",
    "var/db",
    "var/db/freebsd-update",
    "var/log",
    "var/run",
)


@dataclass(frozen=True, slots=True)
class Installed:
    """What lies on disk, not what runs."""

    kernel: str
    userland: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A set that freebsd-update has downloaded (``<hash>-install`` in its work directory)."""

    target: str
    release: bool = False  # by upgrade -r: the kernel is installed first (kernelfirst)
    old_libraries: bool = False  # a major release: a third install removes them
    kernel_done: bool = False
    world_done: bool = False
    before: Installed | None = None  # what a rollback brings back


@dataclass(slots=True)
class BootEnvironment:
    """One boot environment; a UFS root is the only one of its kind."""

    name: str
    created: str
    installed: Installed
    root: Volume = field(default_factory=dict)
    staged: Staged | None = None
    rollbacks: tuple[Installed, ...] = ()  # the last one first

    def clone(self, name: str, created: str) -> "BootEnvironment":
        """Return a copy; nodes are frozen, so the volumes never share a change."""
        return replace(self, name=name, created=created, root=dict(self.root))


class Storage:
    """The environments of a router, which is booted and which is next."""

    def __init__(self, spec: MachineSpec) -> None:
        self.is_zfs = spec.root == "zfs"
        installed = Installed(spec.kernel, spec.userland)
        first = BootEnvironment(spec.active, CREATED, installed, _root(spec))
        self.environments = {
            name: first if name == spec.active else first.clone(name, CREATED)
            for name in spec.environments
        }
        self.booted = self.next = spec.active
        self.once: str | None = None
        self.version = 0
        datasets = spec.datasets if self.is_zfs else ()
        others = (Mount(f"/{name}", "zfs", f"zroot/{name}", {}) for name in datasets)
        self.files = Files(self._mount(first), *others)

    @property
    def now(self) -> BootEnvironment:
        return self.environments[self.booted]

    def update(self, *, staged: Staged | None, installed: Installed | None = None) -> None:
        """Change what freebsd-update has staged and, if given, what is installed."""
        self.now.staged = staged
        self.now.installed = installed or self.now.installed
        self.version += 1

    def listed(self) -> tuple[Environment, ...]:
        """Return the rows of ``bectl list``."""
        return tuple(
            Environment(
                name=be.name,
                now=be.name == self.booted,
                next=be.name == self.next,
                once=be.name == self.once,
                mountpoint="/" if be.name == self.booted else None,
                space=SPACE_BOOTED if be.name == self.booted else SPACE_CLONE,
                created=be.created,
            )
            for be in self.environments.values()
        )

    def create(self, name: str, created: str) -> None:
        self.environments[name] = self.now.clone(name, created)
        self.version += 1

    def activate(self, name: str, *, once: bool) -> None:
        if once:
            self.once = name
        else:
            self.next = name
        self.version += 1

    def deactivate_once(self) -> None:
        self.once = None
        self.version += 1

    def rename(self, old: str, new: str) -> None:
        self.environments[old].name = new
        self.environments = {be.name: be for be in self.environments.values()}
        self.booted, self.next = (new if n == old else n for n in (self.booted, self.next))
        self.once = new if self.once == old else self.once
        if self.booted == new:
            self.files.mounts[0].source = f"zroot/ROOT/{new}"
        self.version += 1

    def destroy(self, name: str) -> None:
        del self.environments[name]
        self.once = None if self.once == name else self.once
        self.version += 1

    def boot(self, *, wrong: bool = False) -> None:
        """Boot what is next, or once; ``wrong``: another one, as loaders have been seen to do."""
        wanted = self.once or self.next
        if wrong:
            wanted = next(_others(self.environments, wanted), wanted)
        self.booted, self.once = wanted, None
        self.files.reboot(self._mount(self.now))
        self.version += 1

    def _mount(self, environment: BootEnvironment) -> Mount:
        if not self.is_zfs:
            return Mount("/", "ufs", "/dev/gpt/rootfs", environment.root)
        return Mount("/", "zfs", f"zroot/ROOT/{environment.name}", environment.root)


def _others(names: Iterable[str], name: str) -> Iterator[str]:
    return iter([other for other in names if other != name])


def _root(spec: MachineSpec) -> Volume:
    """Return a root as the installer and the operator left it."""
    volume: Volume = {f"/{name}": Node(None, 0o755) for name in DIRECTORIES}
    inode = -2
    for path, (text, mode) in (spec.files or rc_files(spec)).items():
        parts = path.split("/")[1:-1]
        for depth in range(1, len(parts) + 1):
            volume.setdefault("/" + "/".join(parts[:depth]), Node(None, 0o755, inode=-1))
        volume[path] = Node(text, mode, inode=inode)
        inode -= 1
    return volume
