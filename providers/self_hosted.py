"""What servers of an operator's own share: how they are logged in at, and how their programs fail."""

import base64
from collections.abc import Mapping
from typing import Any

from providers.errors import ProviderError


# The workflow's action: fail the items, release the credits; another model may be asked.
class GenerationFailed(ProviderError):
    """The provider's server ended this request with an error of its own."""


# Asked again it would fail again: what is too large for a card stays too large.
class MemoryExhausted(GenerationFailed):
    """The provider's server has too little graphics memory for this request."""


def server_credentials(api_key: str) -> Mapping[str, str]:
    """The header for a key: `user:password` as HTTP Basic, anything else as a bearer token of the proxy in front."""
    if not api_key:
        return {}
    if ":" in api_key:
        return {"Authorization": f"Basic {base64.b64encode(api_key.encode()).decode('ascii')}"}
    return {"Authorization": f"Bearer {api_key}"}


def tells_of_memory(*texts: str) -> bool:
    """Whether an error of PyTorch's or of CUDA's says that the card is full."""
    told = " ".join(texts).lower()
    return "outofmemory" in told or "out of memory" in told


def with_trigger_words(prompt: str, wiring: Mapping[str, Any]) -> str:
    """The client's words, and behind them those that the operator's fine-tuned model listens to."""
    return ", ".join([*([prompt] if prompt else []), *wiring.get("triggerWords", [])])
