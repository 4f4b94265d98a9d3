"""The form of hosts.yaml: its keys, their types, their defaults."""

from typing import Literal

from pydantic import Field

from bluegreen.model.checking import Block
from bluegreen.model.duration import Duration, DurationOrZero
from bluegreen.model.fields import (
    AbsolutePath,
    CommandLine,
    EndpointText,
    Host,
    IpAddress,
    Line,
    MacAddress,
    Port,
    Prefix,
    RouterAddress,
    TcpTarget,
    Url,
    UserName,
    Ways,
)
from bluegreen.model.provision_blocks import ProvisionBlock
from bluegreen.model.rehearsal import RehearsalBlock


class RouterOptions(Block):
    """How a router is reached; under `defaults` for all of them."""

    port: Port | None = Field(default=None, description="Default: ssh_config, else 22")
    user: UserName | None = Field(
        default=None, description="Default: ssh_config, else who runs bluegreen"
    )
    escalate: Literal["doas", "sudo", "none"] = Field(
        default="none", description="How to become root"
    )
    identity: Line | None = Field(default=None, description="Private key; relative to this file")
    known_hosts: Line | None = Field(default=None, description="Host keys; relative to this file")
    jump: EndpointText | None = Field(
        default=None, description="A router of this file, or user@host:port, that SSH goes through"
    )
    state_dir: AbsolutePath = Field(default="/var/log/bluegreen", description="On the router")
    connect_timeout: Duration = 10.0


class RouterBlock(RouterOptions):
    """One router."""

    address: RouterAddress = Field(description="Host name or IP address, never a VIP")


class ProbeBlock(Block):
    """Exactly one of icmp, tcp, flow and http."""

    icmp: Host | None = None
    tcp: TcpTarget | None = Field(default=None, description="host:port")
    flow: TcpTarget | None = Field(
        default=None, description="host:port of an echo service; one connection that lives on"
    )
    http: Url | None = None
    every: Duration = 0.1
    via: EndpointText | None = Field(default=None, description="A host to probe from")


class OspfBlock(Block):
    """What OSPF must show beyond what it showed at the start."""

    daemon: Literal["frr", "quagga", "bird", "openospfd", "none"] | None = Field(
        default=None, description="Default: found on the router"
    )
    min_neighbors: int = Field(default=0, ge=0, le=64)


class IpsecBlock(Block):
    """IPsec that must have followed; what it must show beyond what it showed at the start."""

    daemon: Literal["strongswan", "kernel", "none"] | None = Field(
        default=None,
        description="kernel: SAD and SPD alone; none: not looked at; default: found on the router",
    )
    peers: tuple[IpAddress, ...] = Field(
        default=(), description="Far ends with which the router that serves must have SAs"
    )


class RemoteBlock(RouterBlock):
    """The far end of a tunnel, read over SSH."""

    name: Line
    expect_route: Prefix | None = None


class CredentialsBlock(Block):
    """Exactly one of file and command."""

    file: Line | None = Field(default=None, description="An ovh.conf; relative to this file")
    command: CommandLine | None = Field(default=None, description="Prints an ovh.conf")


class IpfoBlock(Block):
    """A public address that the provider sends to one of the routers."""

    provider: Literal["ovh"]
    service: Host | None = Field(
        default=None, description="What the provider calls the server of both, as ns123.example"
    )
    services: dict[str, Host] = Field(
        default_factory=dict, description="Router: its server, where they are on two"
    )
    address: IpAddress
    settle: DurationOrZero = 30.0
    mode: Literal["move", "verify"] = Field(
        default="verify", description="move: bluegreen asks the provider; verify: it only looks"
    )
    binding: Literal["router", "role", "carp"] = Field(
        default="router",
        description="What the provider sends it to: a MAC of each router, one MAC that is set "
        "on the MASTER, or CARP's own MAC",
    )
    macs: dict[str, MacAddress] = Field(
        default_factory=dict, description="Router: its virtual MAC; default: as ifconfig says"
    )
    mac: MacAddress | None = Field(default=None, description="binding role: the one that follows")
    budget: Duration = Field(default=600.0, description="What the provider may take for one move")
    credentials: CredentialsBlock | None = Field(
        default=None, description="Default: the environment, then ovh.conf"
    )


class PairBlock(Block):
    """Two routers that share addresses."""

    routers: tuple[str, ...] = Field(json_schema_extra={"minItems": 2, "maxItems": 2})
    prefer: str | None = Field(
        default=None, description="MASTER at rest; default: who is at the start"
    )
    outage_budget: DurationOrZero | None = None
    probes: tuple[ProbeBlock, ...] = ()
    ospf: OspfBlock | None = None
    ipsec: IpsecBlock | None = Field(
        default=None, description="Have the SAs watched; default: IPsec that runs is refused"
    )
    remotes: tuple[RemoteBlock, ...] = ()
    ipfo: IpfoBlock | None = None
    allow: Ways = Field(default=(), description="Ways to switch where advskew cannot, best first")
    provision: ProvisionBlock | None = Field(
        default=None, description="What `bluegreen provision` makes of the two"
    )
    rehearsal: RehearsalBlock = RehearsalBlock()


class InventoryBlock(Block):
    """Routers, and what is known of the pairs they form."""

    defaults: RouterOptions = RouterOptions()
    routers: dict[str, RouterBlock]
    pairs: dict[str, PairBlock] = Field(default_factory=dict)
