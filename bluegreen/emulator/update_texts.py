"""What freebsd-update(8) of FreeBSD 14.3 prints, as it prints it into a log.

Source: freebsd-update.sh of freebsd-src 0092408cc550 and outputs of real machines,
read 2026-11-22.
"""

from bluegreen.emulator.files import NO_SPACE
from bluegreen.model.release import Release

SRC = "src component not installed, skipped\n"
INSTALLING = "Installing updates..."
DONE = " done.\n"
SNAPSHOT = "Creating snapshot of existing boot environment... "
KERNEL_DONE = """
Kernel updates have been installed.  Please reboot and run
'freebsd-update [options] install' again to finish installing updates.
"""
WORLD = """
Restarting sshd after upgrade
Performing sanity check on sshd configuration.
Stopping sshd.
Waiting for PIDS: 906.
Performing sanity check on sshd configuration.
Starting sshd.
"""
OLD_LIBRARIES = """
Completing this upgrade requires removing old shared object files.
Please rebuild all installed 3rd party software (e.g., programs
installed from the ports tree) and then run
'freebsd-update [options] install' again to finish installing updates.
"""
NOTHING_STAGED = """\
No updates are available to install.
Run 'freebsd-update [options] fetch' first.
"""
FILES_MISSING = """\
Update files missing -- this should never happen.
Re-run 'freebsd-update [options] fetch'.
"""
READY = """\
There are updates available to install.
Run 'freebsd-update [options] install' to proceed.
"""
NOT_READY = "No updates are available to install.\n"
PARTIAL = """\
You have a partially completed upgrade pending
Run 'freebsd-update [options] install' first.
Run 'freebsd-update [options] fetch -F' to proceed anyway.
"""
NO_TTY = """\
freebsd-update fetch should not be run non-interactively.
Run freebsd-update cron instead.
"""
NO_TARGET = "Release target must be specified via '-r' option.\n"
SECURELEVEL = """\
Updates cannot be installed when the system securelevel
is greater than zero.
"""
PKGBASE = """\
freebsd-update is incompatible with the use of packaged base.  Please see
https://wiki.freebsd.org/PkgBase for more information.
"""
NOT_FETCHED = "Fetching 12 patches... "

_MIRRORS = "Looking up update.FreeBSD.org mirrors... 3 mirrors found.\n"
_METADATA = """\
Fetching metadata signature for {release} from update1.freebsd.org... done.
Fetching metadata index... done.
Fetching 1 metadata files... done.
Inspecting system... done.
"""
_COMPONENTS = """
The following components of FreeBSD seem to be installed:
kernel/generic world/base

The following components of FreeBSD do not seem to be installed:
kernel/generic-dbg world/base-dbg world/lib32 world/lib32-dbg

"""
_FILES = """\
The following files will be updated as part of updating to
{target}:
"""
_KERNEL_FILES = ("/boot/kernel/kernel", "/boot/kernel/pf.ko")
_WORLD_FILES = ("/bin/freebsd-version", "/lib/libc.so.7", "/usr/sbin/freebsd-update")


def opening(release: str) -> str:
    """Return what is printed until it is known what the system lacks."""
    return SRC + _MIRRORS + _METADATA.format(release=release) + "Preparing to download files... "


def not_needed(userland: Release) -> str:
    """Return what a fetch prints where there is nothing to do; the patch level always shows."""
    level = f"{userland.base}-p{userland.patch}"
    return f"{opening(userland.base)}done.\n\nNo updates needed to update system to {level}.\n"


def no_space() -> str:
    return f"/var/db/freebsd-update/files: {NO_SPACE}\n"


def fetched(release: str, target: str, *, kernel: bool) -> str:
    """Return what a fetch prints that has staged a patch level."""
    files = (*(_KERNEL_FILES if kernel else ()), *_WORLD_FILES)
    return (
        f"{opening(release)}done.\nFetching 12 patches.....10.. done.\nApplying patches... done.\n"
        + _files(target, files)
    )


def upgraded(release: str, target: str) -> str:
    """Return what ``upgrade -r`` prints that has staged another release."""
    base = target.partition("-p")[0]
    return (
        SRC
        + _MIRRORS
        + _METADATA.format(release=release)
        + _COMPONENTS
        + _METADATA.format(release=base)
        + f"Fetching files from {release} for merging... done.\n"
        + "Preparing to download files... done.\n"
        + "Fetching 31 patches.....10....20....30. done.\nApplying patches... done.\n"
        + "Fetching 8 files... . done.\n"
        + "Attempting to automatically merge changes in files... done.\n\n"
        + _files(target, (*_KERNEL_FILES, *_WORLD_FILES))
        + "To install the downloaded upgrades, run 'freebsd-update [options] install'.\n"
    )


def unreachable(release: str, wanted: str) -> str:
    """Return what ``upgrade -r`` prints of a release that no mirror has."""
    asked = "".join(
        f"Fetching metadata signature for {wanted} from update{n}.freebsd.org... failed.\n"
        for n in (1, 2, 3)
    )
    return (
        SRC
        + _MIRRORS
        + _METADATA.format(release=release)
        + _COMPONENTS
        + asked
        + "No mirrors remaining, giving up.\n\n"
        + "This may be because upgrading from this platform (amd64)\n"
        + f"or release ({wanted}) is unsupported by freebsd-update. Only\n"
        + "platforms with Tier 1 support can be upgraded by freebsd-update.\n"
        + "See https://www.freebsd.org/platforms/index.html for more info.\n\n"
        + "If unsupported, FreeBSD must be upgraded by source.\n"
    )


def end_of_life(release: str, after: str) -> str:
    """Return the warning after which a fetch fails although everything is staged."""
    return (
        f"\nWARNING: FreeBSD {release} HAS PASSED ITS END-OF-LIFE DATE.\n"
        f"Any security issues discovered after {after}\nwill not have been corrected.\n"
    )


def _files(target: str, files: tuple[str, ...]) -> str:
    return _FILES.format(target=target) + "".join(f"{file}\n" for file in files)
