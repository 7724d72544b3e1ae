"""What a request that runs nothing is judged by: the pictures that are here already, and the project's policy."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.selectors import project_for
from gencraft_media.common.errors import FieldError, InvalidRequest, ObjectNotFound
from gencraft_media.generation.inputs import InputReference, resolved_inputs
from gencraft_media.generation.policy import MediaPolicy, RoutingPolicy, media_policy, routing_policy
from providers.wanted import InputFacts

_NOT_FETCHED = "Nothing is fetched here: name an asset or an upload, or leave it out for a picture of 1024x1024."


def known_inputs(
    caller: Caller, references: Sequence[InputReference], *, project_id: uuid.UUID | None = None, within: str = ""
) -> list[InputFacts]:
    """The pictures that are here already: nothing is fetched and nothing kept. `within`: where the fields stand.

    Raises `InvalidRequest` for what is not here.
    """
    if not references:
        return []
    named = [replace(reference, field=f"{within}{reference.field}") for reference in references]
    for reference in named:
        if reference.url or reference.file is not None:
            raise InvalidRequest(errors=[FieldError(f"{reference.field}.url", _NOT_FETCHED, "unsupported")])
    with resolved_inputs(named, caller=caller, project=project_for(caller, project_id, write=False)) as inputs:
        return [given.facts for given in inputs]


def policies_for(caller: Caller, project_id: uuid.UUID | None = None) -> tuple[RoutingPolicy, MediaPolicy]:
    """What holds for the project that is named, or the caller's own. Raises `ObjectNotFound` for strangers."""
    try:
        project = project_for(caller, project_id, write=False)
    except ObjectNotFound:
        if project_id is not None:
            raise
        return routing_policy(None, None), media_policy(None, None)
    return routing_policy(project.pk, project.owner_id), media_policy(project.pk, project.owner_id)
