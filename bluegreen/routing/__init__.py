"""FRR, Quagga, BIRD and OpenOSPFD: parsers, pure."""
