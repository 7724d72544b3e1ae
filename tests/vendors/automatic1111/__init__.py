"""AUTOMATIC1111 on this machine."""
