"""FreeBSD's userland as the simulator and the lab need it; pure."""
