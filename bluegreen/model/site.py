"""What a look for `provision` adds to the facts of a router."""

from dataclasses import dataclass

from bluegreen.model.system import RcFile


@dataclass(frozen=True, slots=True)
class LineDigest:
    """SHA-256 of one line of a file as it is on the router, its newline included."""

    path: str
    line: int  # from 1
    digest: str


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """Files outside rc.conf(5), and what runs beyond CARP."""

    files: tuple[RcFile, ...]
    vhid_lines: tuple[LineDigest, ...]  # lines of rc.conf(5) with a vhid: they hold passwords
    forwarding: bool | None  # None: the kernel does not say
    forwarding6: bool | None
    handler: str | None  # what the devd handler says of itself; None: it is not there

    def file(self, path: str) -> RcFile | None:
        return next((f for f in self.files if f.path == path), None)
