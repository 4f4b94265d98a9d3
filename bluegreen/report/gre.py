"""What `check --gre` says of each tunnel, in words and as JSON."""

import json
from dataclasses import asdict

from bluegreen.policy.gre_bug import AFFECTED, CANNOT_TELL, NOT_AFFECTED, Judged

_MARK = {AFFECTED: "NO", CANNOT_TELL: "??", NOT_AFFECTED: "ok"}
NOTHING = "ok  no tunnel has a VIP as its source on a router that does not serve it"


def render_gre(judged: tuple[Judged, ...]) -> str:
    """Return a line a tunnel, with what was seen and what to do where it is not in order."""
    return "\n".join(line for each in judged for line in _lines(each)) or NOTHING


def _lines(each: Judged) -> list[str]:
    finding = each.finding
    lines = [f"{_MARK[each.verdict]}  {finding.says}"]
    lines += [f"      seen: {evidence.seen}" for evidence in finding.evidence]
    for fix in finding.fix:
        lines.append(f"      next, on {fix.on}: {fix.do}")
        lines.append(f"        {fix.type}")
    return lines


def gre_json(judged: tuple[Judged, ...]) -> str:
    """Return one document: a verdict a tunnel."""
    tunnels = [
        {
            "router": each.router,
            "tunnel": each.tunnel,
            "verdict": each.verdict,
            "says": each.finding.says,
            "evidence": [evidence.seen for evidence in each.finding.evidence],
            "fix": [asdict(fix) for fix in each.finding.fix],
        }
        for each in judged
    ]
    return json.dumps({"tunnels": tunnels}, ensure_ascii=False, indent=2)
