"""The simulated world: virtual clock, network, faults."""
