"""setkey -D and -DP: the SAD with its keys, and the SPD.

Source: pfkey_sadump() and pfkey_spdump(), lib/libipsec/pfkey_dump.c, and postproc(),
sbin/setkey/setkey.c, freebsd-src, read 2026-11-30.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bluegreen.emulator.associations import HARD_S, SOFT_S, Association
from bluegreen.emulator.system import Call, System, failed, misused, ok
from bluegreen.freebsd.setkey import NO_SAD, NO_SPD
from bluegreen.model.command import Output
from bluegreen.model.ipsec import LARVAL, MATURE, IpsecPolicy, Sa

EXAMPLE_KEYS = ("c0ffee00 5eedbeef 0badf00d deadc0de", "facade11 ba5eba11 feedface cafebabe")
"""Of encryption and of authentication, as setkey(8) prints them: neither may ever be told."""
_PID, _AES, _SHA = 4242, "aes-cbc", "hmac-sha2-256"
_GRE = "gre"


def run(system: System, call: Call) -> Output:
    if system.spec.ipsec is None:  # ipsec.ko is not loaded
        return failed("pfkey_open: Protocol not supported")
    match call.words:
        case ("-D",):
            sas = list(_sas(system))
            return ok(render_sad(sas, system.time_of_day_s) if sas else f"{NO_SAD}\n")
        case ("-DP",) | ("-D", "-P"):
            policies = list(_policies(system))
            return ok(render_spd(policies, system.boot_time_s) if policies else f"{NO_SPD}\n")
    return misused("setkey [-v] -c")


def _sas(system: System) -> Iterator[Sa]:
    """Yield the SAs of all far ends; what is still negotiated is larval, and only comes in."""
    ipsec = system.network.ipsec
    for each in ipsec.all:
        if each.since_s is None:
            continue
        yield _sa(system, each, inward=True)
        if each.up_s is not None and not ipsec.is_one_way:
            yield _sa(system, each, inward=False)


def _sa(system: System, each: Association, *, inward: bool) -> Sa:
    peer, up_s = each.peer, each.up_s
    ends = (peer.remote, peer.local) if inward else (peer.local, peer.remote)
    by_hand = system.network.ipsec.by_hand
    return Sa(
        *ends,
        protocol="esp",
        mode=peer.mode,
        spi=0xC0000000 + 2 * each.number + inward,
        state=LARVAL if up_s is None else MATURE,
        reqid=0 if by_hand else each.number,
        age_s=int(system.now - (each.since_s or 0.0 if up_s is None else up_s)),
        hard_s=0 if by_hand else HARD_S,
        soft_s=0 if by_hand else SOFT_S,
    )


def _policies(system: System) -> Iterator[IpsecPolicy]:
    """Yield both directions: those by hand always, charon's with what it has installed."""
    for each in system.network.ipsec.all:
        if each.up_s is None:
            continue
        peer = each.peer
        for direction, src, dst in (
            ("in", peer.remote, peer.local),
            ("out", peer.local, peer.remote),
        ):
            through = f"{src}-{dst}" if peer.mode == "tunnel" else ""
            level = "require" if system.network.ipsec.by_hand else f"unique:{each.number}"
            transform = f"esp/{peer.mode}/{through}/{level}"
            ends = (f"{src}[any]", f"{dst}[any]")
            yield IpsecPolicy(*ends, _GRE, direction, "ipsec", (transform,))


def render_sad(sas: Iterable[Sa], now_s: float) -> str:
    """Return the SAD as ``setkey -D`` prints it; ``now_s`` is the time of day."""
    listed = tuple(sas)
    return "".join(_sa_text(sa, len(listed) - n, now_s) for n, sa in enumerate(listed, 1))


def _sa_text(sa: Sa, left: int, now_s: float) -> str:
    age_s = sa.age_s or 0
    keys = (
        f"\tE: {_AES}  {EXAMPLE_KEYS[0]}\n\tA: {_SHA}  {EXAMPLE_KEYS[1]}\n"
        if sa.state != LARVAL
        else ""
    )
    return (
        f"{sa.src} {sa.dst}\n"
        f"\t{sa.protocol} mode={sa.mode} spi={sa.spi}(0x{sa.spi:08x}) "
        f"reqid={sa.reqid}(0x{sa.reqid:08x})\n"
        f"{keys}"
        f"\tseq=0x00000000 replay=32 flags=0x00000000 state={sa.state} \n"
        f"\tcreated: {_when(now_s - age_s)}\tcurrent: {_when(now_s)}\n"
        f"\tdiff: {age_s}(s)\thard: {sa.hard_s or 0}(s)\tsoft: {sa.soft_s or 0}(s)\n"
        f"\tlast: {_when(now_s)}\thard: 0(s)\tsoft: 0(s)\n"
        "\tcurrent: 8640(bytes)\thard: 0(bytes)\tsoft: 0(bytes)\n"
        "\tallocated: 72\thard: 0\tsoft: 0\n"
        f"\tsadb_seq={left} pid={_PID} refcnt=1\n"
    )


def render_spd(policies: Iterable[IpsecPolicy], created_s: float) -> str:
    """Return the SPD as ``setkey -DP`` prints it; ``created_s`` is a time of day."""
    listed = tuple(policies)
    return "".join(_policy_text(p, n, len(listed) - n, created_s) for n, p in enumerate(listed, 1))


def _policy_text(policy: IpsecPolicy, number: int, left: int, created_s: float) -> str:
    transforms = "".join(f"\t{transform}\n" for transform in policy.transforms)
    return (
        f"{policy.src} {policy.dst} {policy.upper}\n"
        f"\t{policy.direction} {policy.action}\n"
        f"{transforms}"
        f"\tcreated: {_when(created_s)}  lastused: {_when(created_s)}\n"
        "\tlifetime: 0(s) validtime: 0(s)\n"
        f"\tspid={number} seq={left} pid={_PID} scope=global \n"
        "\trefcnt=1\n"
    )


def _when(at_s: float) -> str:
    """Return 20 characters of ctime(3): month, day, time and year."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%b %e %H:%M:%S %Y")
