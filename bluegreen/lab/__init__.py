"""Real sshd and an emulated userland on this Linux machine."""
