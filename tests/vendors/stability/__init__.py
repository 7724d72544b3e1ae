"""Stability AI on loopback: v2beta's generate services and v1's text-to-image."""
