"""swanctl --list-sas: what charon says of its associations.

Source: ike_sa() and child_sas() in src/swanctl/commands/list_sas.c, and the connection to vici in
src/swanctl/command.c, strongSwan, read 2026-11-30.
"""

from bluegreen.emulator.associations import HARD_S, SOFT_S, Association
from bluegreen.emulator.system import NOT_FOUND, Call, System, failed, misused, ok
from bluegreen.model.command import Output

ECONNREFUSED = 61  # sys/errno.h; swanctl(8) ends with it
_SUITE = "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256"


def run(system: System, call: Call) -> Output:
    ipsec = system.network.ipsec
    if ipsec.spec is None or ipsec.by_hand:
        return failed("sh: swanctl: not found", NOT_FOUND)
    if call.words != ("--list-sas",):
        return misused("swanctl --counters|--initiate|--list-sas|... [options]")
    if not ipsec.daemon_runs:
        return failed("Error: connecting to 'default' URI failed: Connection refused", ECONNREFUSED)
    return ok("".join(_ike(system, each) for each in ipsec.all if each.since_s is not None))


def _ike(system: System, each: Association) -> str:
    peer, spi = each.peer, 0xA1B2C3D400000000 + each.number
    head = f"gre-{each.number}: #{each.number}"
    hosts = (
        f"  local  '{peer.local}' @ {peer.local}[500]\n"
        f"  remote '{peer.remote}' @ {peer.remote}[500]\n"
    )
    if each.up_s is None:
        return (
            f"{head}, CONNECTING, IKEv2, {spi:016x}_i* 0000000000000000_r\n{hosts}"
            "  active:  IKE_VENDOR IKE_INIT IKE_NATD IKE_CERT_PRE IKE_AUTH IKE_CERT_POST "
            "CHILD_CREATE\n"
        )
    age_s = int(system.now - each.up_s)
    established = f"{head}, ESTABLISHED, IKEv2, {spi:016x}_i* {spi ^ 0xFFFF:016x}_r\n{hosts}"
    times = f"  {_SUITE}\n  established {age_s}s ago, rekeying in {max(0, 13000 - age_s)}s\n"
    return f"{established}{times}{_child(system, each, age_s)}"


def _child(system: System, each: Association, age_s: int) -> str:
    if system.network.ipsec.is_one_way:  # the kernel took one half of it
        return ""
    peer, spi = each.peer, 0xC0000000 + 2 * each.number
    bits = 128 if ":" in peer.local else 32
    used = f"{8640:6d} bytes, {72:5d} packets, {1:5d}s ago"
    return (
        f"  gre-{each.number}: #{each.number}, reqid {each.number}, INSTALLED, "
        f"{peer.mode.upper()}, ESP:AES_CBC-256/HMAC_SHA2_256_128\n"
        f"    installed {age_s}s ago, rekeying in {max(0, SOFT_S - age_s)}s, "
        f"expires in {max(0, HARD_S - age_s)}s\n"
        f"    in  {spi + 1:08x}, {used}\n"
        f"    out {spi:08x}, {used}\n"
        f"    local  {peer.local}/{bits}[gre]\n"
        f"    remote {peer.remote}/{bits}[gre]\n"
    )
