"""The one way out: what connects to an address somebody else chose goes through here (docs/egress.md)."""

from gencraft_media.common.egress.adapter import GuardedAdapter, guarded_session
from gencraft_media.common.egress.bodies import bounded_chunks
from gencraft_media.common.egress.errors import AnswerTooLarge, EgressFailed, EgressRefused
from gencraft_media.common.egress.following import Fetched, fetch_following
from gencraft_media.common.egress.policy import EgressPolicy, Target, clients_policy, configured_policy
from gencraft_media.common.egress.watchdog import DeadlinePassed, time_limit

__all__ = [
    "AnswerTooLarge",
    "DeadlinePassed",
    "EgressFailed",
    "EgressPolicy",
    "EgressRefused",
    "Fetched",
    "GuardedAdapter",
    "Target",
    "bounded_chunks",
    "clients_policy",
    "configured_policy",
    "fetch_following",
    "guarded_session",
    "time_limit",
]
