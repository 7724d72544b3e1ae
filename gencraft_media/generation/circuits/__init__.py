"""Circuit breakers: which models and accounts requests are kept from for a while, and why (docs/circuits.md)."""

from gencraft_media.generation.circuits.notes import note_answer, note_failure
from gencraft_media.generation.circuits.operating import close_circuit, open_circuit, try_circuit
from gencraft_media.generation.circuits.reading import Shut, account_open_for, circuit_before, shut_circuits
from gencraft_media.generation.circuits.watching import watch_slow

__all__ = [
    "Shut",
    "account_open_for",
    "circuit_before",
    "close_circuit",
    "note_answer",
    "note_failure",
    "open_circuit",
    "shut_circuits",
    "try_circuit",
    "watch_slow",
]
