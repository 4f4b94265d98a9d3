"""What can be wrong with a router: switches that a test or a rehearsal turns."""

from dataclasses import dataclass


@dataclass(slots=True)
class MachineFaults:
    """Plain attributes, all off; each takes effect at once."""

    boot_hangs: bool = False  # the next boot does not end
    boots_wrong_environment: bool = False  # the next boot takes another environment
    install_fails: bool = False
    disk_full: bool = False
    ospf_stuck: bool = False  # a neighbour that is not Full yet stays ExStart
    gre_down: bool = False
    tunnel_narrow: bool = False  # what is as long as a tunnel's MTU is lost in it
    tunnel_one_way: bool = False  # what is sent into a tunnel never arrives
    ipsec_unanswered: bool = False  # no far end answers IKE: nothing new is negotiated
    ipsec_one_way: bool = False  # an SA is installed inwards, and none outwards
    ipsec_daemon_dead: bool = False  # charon is gone, and what it had installed with it
    deaf: bool = False  # no advertisement arrives: it times out and serves beside its peer
    forced_master: bool = False  # MASTER whatever it hears
    carp_stuck_backup: bool = False  # never leaves BACKUP
    dead: bool = False  # powered off
    sshd_hangs: bool = False  # nobody gets in any more; the kernel goes on
    clock_offset_s: float = 0.0
    changes: int = 0  # how often a switch was turned

    def __setattr__(self, name: str, value: object) -> None:
        """Count the changes: what a router shows depends on its faults."""
        object.__setattr__(self, name, value)
        if name != "changes":
            object.__setattr__(self, "changes", getattr(self, "changes", 0) + 1)
