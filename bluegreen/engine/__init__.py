"""Runner, interlock, journal, locks: the only part that acts."""
