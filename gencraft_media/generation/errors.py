"""What the engine itself refuses or gives up, beside what providers, assets and billing raise."""

from typing import Any

from gencraft_media.common.errors import Conflict, GenCraftError


class GenerationError(GenCraftError):
    """The engine could not finish this output."""

    code = "generation_failed"


class DeadlineExceeded(GenerationError):
    """The job's deadline passed before a provider took it."""

    code = "deadline_exceeded"
    http_status = 504
    retryable = True


class ProviderSilent(GenerationError):
    """The provider took the job and did not finish it in time."""

    code = "provider_silent"
    http_status = 504


class CircuitOpen(GenerationError):
    """The provider is left alone for a while, because it failed or its limit is reached."""

    code = "circuit_open"
    http_status = 503
    retryable = True


class StepCrashed(GenerationError):
    """A step of this job ended its process several times over and was given up."""

    code = "step_crashed"


class JobCanceled(GenerationError):
    """The job was canceled before this output was made."""

    code = "canceled"
    http_status = 409


class JobFinished(Conflict):
    """The job has already ended; its result does not change any more."""

    code = "job_finished"


class IdempotencyKeyReused(GenCraftError):
    """This Idempotency-Key was used before with another request body."""

    code = "idempotency_key_reused"
    http_status = 422


class GenerationDisabled(GenCraftError):
    """An operator has switched generation off for this project; what was begun before is finished."""

    code = "generation_disabled"
    http_status = 403


class TooManyJobs(GenCraftError):
    """As many jobs as the plan allows are already running; wait for one to end."""

    code = "concurrency_limit"
    http_status = 429
    retryable = True


class TooManyStreams(GenCraftError):
    """As many event streams as one key may have are open; close one of them."""

    code = "too_many_streams"
    http_status = 429
    retryable = True


class NoRoute(GenCraftError):
    """No model can serve this request within its bounds."""

    code = "no_route"
    http_status = 422


class NoRouteNow(GenCraftError):
    """The models that could serve this request cannot be used at the moment."""

    code = "no_route_now"
    http_status = 503
    retryable = True


class NothingToResolve(Conflict):
    """This attempt has no suspected cost to resolve."""

    code = "nothing_to_resolve"


def error_json(error: GenCraftError) -> dict[str, Any]:
    """The error as it stands in a job or item: the specification's three fields."""
    return {"code": error.code, "message": error.message, "retryable": error.retryable}
