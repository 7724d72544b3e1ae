"""All vendors on this machine at once, and the environment by which a whole engine finds them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.vendors.flux.server import Server as FluxServer
from tests.vendors.openai.server import Server as OpenAiServer
from tests.vendors.serving import VendorServer
from tests.vendors.stability.server import Server as StabilityServer

# Begins the names of a vendor's variables.
PREFIXES = {"openai": "OPENAI", "stability": "STABILITY", "flux": "BFL"}
KEY = "sk-canary-9b27-key-of-a-vendor"


@dataclass(frozen=True)
class Vendors:
    """The three servers."""

    openai: OpenAiServer
    stability: StabilityServer
    flux: FluxServer

    def of(self, provider: str) -> VendorServer:
        """The server of a provider."""
        server: VendorServer = getattr(self, provider)
        return server

    def variables(self) -> Mapping[str, str]:
        """What an operator would set."""
        told = {"EGRESS_ALLOW": "127.0.0.1"}
        for provider, prefix in PREFIXES.items():
            told |= {f"{prefix}_API_KEY": KEY, f"{prefix}_BASE_URL": self.of(provider).url}
        return told

    def paid_requests(self, provider: str, prompt: str) -> int:
        """How often the vendor was sent a paid request with this prompt."""
        received = self.of(provider).received
        return sum(one.method == "POST" and prompt.encode() in one.body for one in received)

    def violations(self) -> list[str]:
        """What of all requests did not fit the vendors' interfaces."""
        return [text for provider in PREFIXES for text in self.of(provider).violations]


@contextmanager
def vendors_here(*, slow_s: float) -> Iterator[Vendors]:
    """Run the three until the end of the block."""
    with ExitStack() as servers:
        yield Vendors(
            servers.enter_context(OpenAiServer(slow_s=slow_s)),
            servers.enter_context(StabilityServer(slow_s=slow_s)),
            servers.enter_context(FluxServer(slow_s=slow_s)),
        )
