"""Where webhooks may go: the words of an address are judged when it is saved, what it leads to at each request."""

import uuid

from gencraft_media.common.egress import EgressRefused, Target, clients_policy
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.webhooks.models import LONGEST_URL


def checked_target(url: str, field: str) -> Target:
    """Where the URL leads. Raises `InvalidRequest` naming `field` for one that can never be sent to.

    Nothing is looked up: what a name leads to may be another thing at each request.
    """
    if len(url) > LONGEST_URL:
        raise InvalidRequest(errors=[FieldError(field, f"At most {LONGEST_URL} characters.", "max_length")])
    if "#" in url:
        raise InvalidRequest(errors=[FieldError(field, "An address for webhooks has no fragment.", "url_refused")])
    try:
        return clients_policy().target_of(url)
    except EgressRefused as error:
        # Of a URL's own words, no secret.
        message = f"Webhooks cannot go there: {error.reason}."
        raise InvalidRequest(errors=[FieldError(field, message, "url_refused")]) from error


def lane_of(project_id: uuid.UUID, target: Target) -> uuid.UUID:
    """What all webhooks of a project's jobs to one host have in common."""
    return uuid.uuid5(project_id, f"{target.host}:{target.port}")
