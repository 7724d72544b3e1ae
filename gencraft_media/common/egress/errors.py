"""What can go wrong on the way out."""

from gencraft_media.common.errors import GenCraftError


class EgressFailed(GenCraftError):
    """The address did not give a whole answer in time."""

    code = "egress_failed"
    http_status = 502
    retryable = True


class EgressRefused(GenCraftError):
    """This address may not be reached from here; nothing was sent."""

    code = "egress_refused"
    http_status = 422

    def __init__(self, reason: str) -> None:
        super().__init__()
        # For logs only: to a stranger it would tell what names inside mean.
        self.reason = reason


class AnswerTooLarge(GenCraftError):
    """The answer is larger than allowed."""

    code = "egress_answer_too_large"
    http_status = 422
