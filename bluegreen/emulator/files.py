"""A tree of files in memory, on file systems that are mounted over each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

Volume = dict[str, "Node"]


@dataclass(frozen=True, slots=True)
class Node:
    """A file, or a directory; two names with one inode are one file."""

    text: str | None  # None: a directory
    mode: int
    owner: str = "root:wheel"
    inode: int = 0


@dataclass(slots=True)
class Mount:
    """A file system; ``version`` counts what was changed on it, or about where it is mounted."""

    point: str
    kind: str  # zfs, ufs or tmpfs
    source: str  # zroot/var/log
    volume: Volume
    version: int = 0

    def covers(self, path: str) -> bool:
        return self.point in ("/", path) or path.startswith(f"{self.point}/")


class PathError(Exception):
    """What errno(2) says, in the words of strerror(3)."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


NO_ENTRY, EXISTS = "No such file or directory", "File exists"
NO_SPACE, IS_DIRECTORY = "No space left on device", "Is a directory"


def parent_of(path: str) -> str:
    return path.rsplit("/", 1)[0] or "/"


class Files:
    """The mounted tree; whoever changes it counts up ``version``."""

    def __init__(self, root: Mount, *others: Mount) -> None:
        self.mounts = [root, *others]  # the last one mounted covers the others
        self.version = 0
        self.full = False
        self._inodes = count(2)
        self._mount_of: dict[str, Mount] = {}  # by path; forgotten with each mount and unmount
        for mount in others:
            self.make_directory(mount.point, 0o755, parents=True)

    # -- what is there -------------------------------------------------------

    def mount_of(self, path: str) -> Mount:
        """Return the file system that a path lies on: the deepest, and of two the later."""
        known = self._mount_of.get(path)
        if known is not None:
            return known
        best = self.mounts[0]
        for mount in self.mounts[1:]:
            if len(mount.point) >= len(best.point) and mount.covers(path):
                best = mount
        self._mount_of[path] = best
        return best

    def find(self, path: str) -> Node | None:
        return self.mount_of(path).volume.get(path)

    def holding(self, paths: Sequence[str]) -> "Mount | Files":
        """Return what must change before these paths, and all below them, look otherwise."""
        mounts = [self.mount_of(path) for path in paths]
        below = tuple(f"{path.rstrip('/')}/" for path in paths)
        apart = any(mount is not mounts[0] for mount in mounts)
        if not mounts or apart or any(m.point.startswith(below) for m in self.mounts):
            return self
        return mounts[0]

    def node(self, path: str) -> Node:
        found = self.find(path)
        if found is None:
            raise PathError(path, NO_ENTRY)
        return found

    def read(self, path: str) -> str:
        text = self.node(path).text
        if text is None:
            raise PathError(path, IS_DIRECTORY)
        return text

    def under(self, path: str) -> Iterator[tuple[str, Node]]:
        """Yield a path and all below it, sorted, each as the mounted tree shows it."""
        there = self.find(path)
        if there is not None and there.text is not None:
            yield path, there
            return
        below = f"{path.rstrip('/')}/"
        names = {
            name
            for mount in self.mounts
            for name in mount.volume
            if name == path or name.startswith(below)
        }
        for name in sorted(names):
            node = self.find(name)
            if node is not None:
                yield name, node

    # -- what changes it -----------------------------------------------------

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file through every name it has; a new one gets the mode."""
        old = self.find(path)
        if old is not None and old.text is None:
            raise PathError(path, IS_DIRECTORY)
        if old is None:
            self._needs_parent(path)
        self._needs_space(path)
        volume = self.mount_of(path).volume
        if old is None:
            volume[path] = Node(text, mode, inode=next(self._inodes))
        else:
            new = replace(old, text=text)
            volume.update({p: new for p, node in volume.items() if node.inode == old.inode})
        self._changed(path)

    def put(self, path: str, node: Node) -> None:
        """Place a node under a name, whatever was there (rename(2), chmod(2))."""
        self._needs_parent(path)
        self.mount_of(path).volume[path] = node
        self._changed(path)

    def change(self, path: str, mode: int, owner: str | None = None) -> None:
        node = self.node(path)
        self.put(path, replace(node, mode=mode, owner=owner or node.owner))

    def link(self, source: str, target: str) -> None:
        """Give a file a second name, or fail because the name is taken (link(2))."""
        node = self.node(source)
        if self.find(target) is not None:
            raise PathError(target, EXISTS)
        if self.mount_of(source) is not self.mount_of(target):
            raise PathError(target, "Cross-device link")
        self.put(target, node)

    def rename(self, source: str, target: str) -> None:
        node = self.node(source)
        for name, moved in tuple(self.under(source)) if node.text is None else ((source, node),):
            self.put(target + name[len(source) :], moved)
        self.remove(source, recursive=True)

    def copy(self, source: str, target: str, *, keep: bool) -> None:
        """Copy a file; one that exists keeps its mode and owner unless ``keep`` (cp -p)."""
        node = self.node(source)
        self.write(target, self.read(source), node.mode)
        if keep:
            self.change(target, node.mode, node.owner)

    def make_directory(self, path: str, mode: int, *, parents: bool = False) -> None:
        existing = self.find(path)
        if existing is not None:
            if parents and existing.text is None:
                return
            raise PathError(path, EXISTS)
        if parents and path != "/":
            self.make_directory(parent_of(path), 0o755, parents=True)
        self._needs_parent(path)
        self._needs_space(path)
        self.mount_of(path).volume[path] = Node(None, mode, inode=next(self._inodes))
        self._changed(path)

    def remove(self, path: str, *, recursive: bool = False) -> None:
        node = self.node(path)
        if node.text is None and not recursive:
            raise PathError(path, "is a directory")
        for name in [name for name, _ in self.under(path)]:
            del self.mount_of(name).volume[name]
            self._changed(name)

    def remove_directory(self, path: str) -> None:
        if self.node(path).text is not None:
            raise PathError(path, "Not a directory")
        if any(mount.point == path for mount in self.mounts):
            raise PathError(path, "Device busy")
        if sum(1 for _ in self.under(path)) > 1:
            raise PathError(path, "Directory not empty")
        self.remove(path, recursive=True)

    # -- mounts --------------------------------------------------------------

    def mount_tmpfs(self, point: str) -> None:
        if self.node(point).text is not None:
            raise PathError(point, "Not a directory")
        self._remounted()
        self.mounts.append(Mount(point, "tmpfs", "tmpfs", {}))
        self.mounts[-1].volume[point] = Node(None, 0o1777, inode=next(self._inodes))

    def unmount(self, point: str) -> None:
        for mount in reversed(self.mounts[1:]):
            if mount.point == point:
                self._remounted()
                self.mounts.remove(mount)
                return
        raise PathError(point, "not a file system root directory")

    def reboot(self, root: Mount) -> None:
        """Start from a root: what is volatile is gone, and /var/run is swept (rc.d/cleanvar)."""
        self._remounted()
        kept = [mount for mount in self.mounts[1:] if mount.kind != "tmpfs"]
        self.mounts = [root, *kept]
        swept = [
            path
            for path, node in root.volume.items()
            if path.startswith("/var/run/") and node.text is not None
        ]
        for path in swept:
            del root.volume[path]

    # -- inside --------------------------------------------------------------

    def _changed(self, path: str) -> None:
        self.version += 1
        self.mount_of(path).version += 1

    def _remounted(self) -> None:
        """Whatever was known of any path may be known no longer."""
        self._mount_of.clear()
        self.version += 1
        for mount in self.mounts:
            mount.version += 1

    def _needs_parent(self, path: str) -> None:
        if path == "/":
            return
        parent = self.find(parent_of(path))
        if parent is None:
            raise PathError(path, NO_ENTRY)
        if parent.text is not None:
            raise PathError(path, "Not a directory")

    def _needs_space(self, path: str) -> None:
        if self.full and self.mount_of(path).kind != "tmpfs":
            raise PathError(path, NO_SPACE)
