"""The part of frr.conf that a pair needs: OSPF over its tunnels, with a router-id of its own."""

from bluegreen.model.design import Design, FrrDesign

MARK = "! Written by bluegreen; it is written again when the pair changes."


def frr_conf(design: Design, frr: FrrDesign, router: str) -> str:
    """Return frr.conf for one router.

    Without a router-id ospfd takes the highest address, which may be a VIP: after a switch both
    routers would have it. mtu-ignore: gre(4) has 1476, Linux often 1500, and such neighbours stay
    ExStart (FRR documentation, `ip ospf mtu-ignore`). Only tunnels are spoken on: whoever stands in
    one of the networks could else become a neighbour, and say where packets go.
    """
    lines = [MARK, "frr defaults traditional"]
    timers = {"hello-interval": frr.hello_s, "dead-interval": frr.dead_s}
    for tunnel in design.tunnels:
        lines += [
            f"interface {tunnel.name}",
            " ip ospf network point-to-point",
            " ip ospf mtu-ignore",
            " no ip ospf passive",
            *(f" ip ospf {name} {seconds}" for name, seconds in timers.items() if seconds),
            "exit",
        ]
    lines += ["router ospf", f" ospf router-id {dict(frr.router_ids)[router]}"]
    lines += [" passive-interface default"]
    lines += [f" network {network} area {frr.area}" for network in frr.networks]
    lines += [f" network {t.inner_remote}/32 area {frr.area}" for t in design.tunnels]
    return "".join(f"{line}\n" for line in (*lines, "exit"))
