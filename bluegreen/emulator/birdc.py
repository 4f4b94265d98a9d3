"""birdc and ospfctl: what BIRD and OpenOSPFD say of OSPF."""

from bluegreen.emulator.spec import OspfSpec
from bluegreen.emulator.system import NOT_FOUND, Call, System, failed, misused, ok
from bluegreen.freebsd.batch import BIRD_ROUTES
from bluegreen.model.command import Output
from bluegreen.routing import render_bird, render_openospfd

NO_BIRD = "Unable to connect to server control socket (/var/run/bird.ctl): Connection refused"
NO_OSPFD = "ospfctl: connect: /var/run/ospfd.sock: No such file or directory"


def birdc(system: System, call: Call) -> Output:
    spec = _of(system, "bird")
    if spec is None:
        return failed("sh: birdc: not found", NOT_FOUND)
    if not system.network.ospf.is_running:
        return failed(NO_BIRD)
    ospf = system.network.ospf
    match call.words:
        case ("show", "ospf", "neighbors"):
            return ok(render_bird.render_neighbors(ospf.neighbors(), spec.version))
        case ("show", "status"):
            hostname = system.spec.hostname
            return ok(render_bird.render_status(spec.router_id, hostname, spec.version))
        case words if words == BIRD_ROUTES[1:]:
            return ok(render_bird.render_routes(ospf.routes(), spec.version))
    return misused("birdc [-s <control-socket>] [-v] [-r] [-l]")


def ospfctl(system: System, call: Call) -> Output:
    spec = _of(system, "openospfd")
    if spec is None:
        return failed("sh: ospfctl: not found", NOT_FOUND)
    if not system.network.ospf.is_running:
        return failed(NO_OSPFD)
    match call.words:
        case ("show", "neighbor"):
            return ok(render_openospfd.render_neighbors(system.network.ospf.neighbors()))
        case ("show", "summary"):
            return ok(render_openospfd.render_summary(spec.router_id))
    return misused("ospfctl [-s socket] command [argument ...]")


def _of(system: System, daemon: str) -> OspfSpec | None:
    spec = system.network.ospf.spec
    return spec if spec is not None and spec.daemon == daemon else None
