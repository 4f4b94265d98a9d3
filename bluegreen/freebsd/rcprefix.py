"""How long a prefix a line of rc.conf(5) gives an address: /24, netmask or prefixlen."""

import re
from ipaddress import ip_address

_MASK = re.compile(r"\bnetmask\s+(0x[0-9a-fA-F]{8}|[0-9.]+)")
_LENGTH = re.compile(r"\bprefixlen\s+([0-9]{1,3})")


def prefixlen_in(line: str, address: str) -> int | None:
    """Return the length, or None where the line does not say.

    Args:
        line: A line with one address.
        address: That address, without a prefix.
    """
    match = re.search(rf"{re.escape(address)}/([0-9]{{1,3}})\b", line) or _LENGTH.search(line)
    if match:
        return int(match[1])
    match = _MASK.search(line)
    if match is None:
        return None
    try:
        mask = int(match[1], 16) if match[1].startswith("0x") else int(ip_address(match[1]))
    except ValueError:
        return None
    return mask.bit_count()
