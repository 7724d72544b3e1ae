"""The vendors on this machine: servers on loopback that speak their wire formats, faults included."""
