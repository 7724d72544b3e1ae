"""A picture through the engine from OpenAI's server on loopback, under the name that the specification has for it."""

from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.generation.vendors.conftest import KEY
from tests.vendors.openai.server import Server


def test_a_request_under_the_specifications_name_is_drawn_by_the_successor(alice: Tenant, openai: Server) -> None:
    job = drive(
        alice.start(
            "dall-e-3", provider="openai", prompt="A lighthouse", width=512, height=768, quality="hd", style="vivid"
        )
    )
    document = alice.show(job)
    [received] = openai.received
    sent = received.json()
    assert (document["status"], document["model"]) == ("completed", "gpt-image-2.5-sunburst")
    assert (sent["model"], sent["quality"], sent["n"]) == ("gpt-image-2.5-sunburst", "xhigh", 1)
    assert "vivid" in sent["prompt"]
    metadata = document["result"]["metadata"]
    assert (metadata["width"], metadata["height"]) == (512, 768)
    assert {"model", "size", "quality", "style"} <= {change["field"] for change in document["adaptations"]}
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert openai.violations == []
