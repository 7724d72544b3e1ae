"""Stability AI on loopback: v2beta's services with their results, and v1's engine for SDXL 1.0."""
