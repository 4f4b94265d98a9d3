"""Opens hosts.yaml and playbooks; everything that can be wrong with a file ends here."""

from collections.abc import Iterator, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from bluegreen.errors import UsageError
from bluegreen.model.inventory import Inventory, parse_inventory
from bluegreen.model.playbook import KNOWN_STEPS, Playbook, parse_playbook
from bluegreen.model.problems import hint, listed

DEFAULT_INVENTORY = Path("hosts.yaml")
DEFAULT_STRATEGY = "active-first"
BYTES_MAX = 1 << 20  # some 5,000 pairs; what is larger is no file of ours

_SUFFIXES = (".yaml", ".yml")


def load_inventory(path: Path | None = None) -> Inventory:
    """Return the inventory of ``-i FILE``, else of hosts.yaml in the working directory."""
    file = path or DEFAULT_INVENTORY
    advice = "Name the inventory with -i FILE, or start where hosts.yaml lies."
    text = _read(file, "inventory", advice)
    folder = file.absolute().parent

    def locate(written: str) -> str:
        return str(folder / _at_home(written, str(file)))

    return parse_inventory(text, str(file), locate)


def load_playbook(
    name_or_path: str = DEFAULT_STRATEGY, known_steps: Sequence[str] = KNOWN_STEPS
) -> Playbook:
    """Return a strategy by its ``name:``, or the playbook in a file.

    Words with a slash or that end in .yaml or .yml are a file.
    """
    if "/" in name_or_path or name_or_path.endswith(_SUFFIXES):
        advice = f"Name a file; or a strategy by --strategy: {listed(strategies())}."
        text = _read(Path(name_or_path), "playbook", advice)
        return parse_playbook(text, name_or_path, known_steps)
    for playbook in _shipped(known_steps, first=name_or_path):
        if playbook.name == name_or_path:
            return playbook
    names = strategies()
    what = f"`{name_or_path}` is no strategy; {hint(name_or_path, names)}"
    advice = f"Strategies: {listed(names)}. A file of yours: --playbook FILE."
    raise UsageError(what, "--strategy", advice)


def strategies() -> tuple[str, ...]:
    """Return the names of the playbooks that come with bluegreen."""
    return tuple(sorted(playbook.name for playbook in _shipped(KNOWN_STEPS)))


def _shipped(known_steps: Sequence[str], first: str = "") -> Iterator[Playbook]:
    """Yield the playbooks we ship, the one in ``first``.yaml before the others."""
    folder = _playbooks()
    files = [file for file in folder.iterdir() if file.name.endswith(_SUFFIXES)]
    files.sort(key=lambda file: (file.name != f"{first}.yaml", file.name))
    for file in files:
        text = file.read_text(encoding="utf-8")
        yield parse_playbook(text, f"playbooks/{file.name}", known_steps)


def _playbooks() -> Traversable:
    """Return the folder in the wheel, else the one beside the package in a checkout."""
    package = resources.files("bluegreen")
    installed = package / "playbooks"
    if installed.is_dir():
        return installed
    with resources.as_file(package) as here:
        checkout = here.parent / "playbooks"
    if checkout.is_dir():
        return checkout
    advice = "Install bluegreen again."
    raise UsageError("the strategies that come with bluegreen are missing", "bluegreen", advice)


def _read(path: Path, kind: str, advice: str) -> str:
    """Return a file's text, or say why not."""
    try:
        with path.open("rb") as opened:
            raw = opened.read(BYTES_MAX + 1)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file", kind, advice) from None
    except IsADirectoryError:
        raise UsageError(f"{path}: a directory, not a file", kind, advice) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path}: cannot be read: {why}", kind, advice) from None
    if len(raw) > BYTES_MAX:
        raise UsageError(f"{path}: larger than {BYTES_MAX >> 20} MiB", kind, advice)
    return _decoded(raw, str(path), kind)


def _decoded(raw: bytes, file: str, kind: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        what = f"{file}:{line}:{column}: byte 0x{raw[error.start]:02x} is not UTF-8"
        raise UsageError(what, kind, "Save the file as UTF-8.") from None


def _at_home(written: str, file: str) -> Path:
    """Return a path with ``~`` replaced by the home directory."""
    try:
        return Path(written).expanduser()
    except RuntimeError:
        what = f"{file}: {written}: there is no such home directory"
        raise UsageError(what, "inventory") from None
