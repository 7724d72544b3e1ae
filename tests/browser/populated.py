"""A site on which no page is empty."""

from decimal import Decimal

from django.test import Client
from rest_framework.test import APIClient

from assets.models import MediaAsset, MediaCollection
from gencraft_media.accounts.models import User
from gencraft_media.generation.circuits.operating import open_circuit
from gencraft_media.generation.custom_models.services import create_custom_model
from providers.kinds import AUTOMATIC1111
from providers.models import ProviderAccount
from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.safety.people import log_in
from tests.webhooks.driving import make_endpoint, publish, send_due


def populate(sam: User, alice: Tenant, receiver: str) -> None:
    """A delivered picture that its user was told of at `receiver`, and likes; one that waits; trouble; a server."""
    make_endpoint(receiver, project=alice.project)
    drive(alice.start())
    publish()
    send_due()
    asset = MediaAsset.objects.get()
    _begin(alice.client, asset)
    MediaCollection.objects.create(project=alice.project, user=alice.project.owner, name="Lighthouses")
    open_circuit(actor=sam, account_id=ProviderAccount.objects.get(provider="flux").pk, reason="It is down.")
    create_custom_model(_CUSTOM, actor=sam)
    log_in(Client(), sam, password="wrong")


_CUSTOM = {
    "provider": "workshop",
    "provider_label": "Workshop",
    "kind": AUTOMATIC1111,
    "base_url": "https://workshop.example.com",
    "name": "sd-xl",
    "label": "SD XL in the workshop",
    "operations": ["text-to-image"],
    "prices": [{"operation": "text-to-image", "kind": "image", "amount": Decimal("0.02")}],
}


def _begin(client: APIClient, asset: MediaAsset) -> None:
    assert client.post(f"/api/media/assets/{asset.pk}/rating", {"rating": 5}).status_code == 200
    upload = {"filename": "cat.png", "mimeType": "image/png", "size": 1000}
    assert client.post("/api/media/uploads", upload).status_code == 201
