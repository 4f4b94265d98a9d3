"""Every name that a look or a finding of `check` can have; people grep for them, docs explain them.

The type checker holds the code to these, and a test holds each to a pair that is ill in that way.
"""

from typing import Literal

PlainName = Literal[
    "carp",
    "roles",
    "takeover",
    "management",
    "leftovers",
    "hold",
    "pfsync",
    "ospf",
    "ipsec",
    "ipfo",
    "probe",
    "clock",
    "persistence",
    "version",
    "environments",
    "state",
    "space",
    "jobs",
]
"""Checks of the preflight with reasons that are a sentence alone; such a finding has their name."""

UntoldName = Literal["segment", "passwords", "vips", "peer-routes", "mirrors", "states", "versions"]
"""Looks that may come to nothing; the finding that they did has their name."""

CheckName = Literal[PlainName, "reachable", "peers", "maintenance"]
LookName = Literal[CheckName, UntoldName, "preempt", "adjacencies", "tunnels"]

GateName = Literal["ospf-through-backup"]
"""Of the gate behind a switch alone: nothing at rest is called so."""

FindingName = Literal[
    PlainName,
    UntoldName,
    GateName,
    "reachable",
    "peer-unseen",
    "master-unseen",
    "both-master",
    "no-master",
    "looped-advertisements",
    "third-router",
    "duplicate-vhid",
    "vrrp-on-wire",
    "addresses-differ",
    "one-sided",
    "ghost-vhid",
    "vhid-twice",
    "prefix-differs",
    "advbase-differs",
    "preempt-differs",
    "peers-differ",
    "peer-astray",
    "password-differs",
    "os-differs",
    "routing-package-differs",
    "packages-differ",
    "link-down",
    "init",
    "carp-off",
    "demoted",
    "left-skew",
    "half-updated",
    "control-path",
    "vip-not-local",
    "vip-kept-by-backup",
    "peer-through-gateway",
    "mirrors-unreachable",
    "no-pfsync",
    "pfsync-one-sided",
    "pfsync-down",
    "pfsync-version",
    "pfsync-deaf",
    "pfsync-bulk-failed",
    "pf-off",
    "states-apart",
    "ospf-mtu",
    "ospf-one-way",
    "ospf-silent",
    "ospf-adjacency",
    "ospf-with-the-role",
    "ospf-router-id",
    "ospf-default-of-backup",
    "bug-166462",
]
