"""Black Forest Labs on this machine."""
