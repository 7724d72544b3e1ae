"""Celery's Redis broker without its book of unacknowledged messages: a message is a hint, the row is the truth.

kombu writes each message into a second list when it is taken, out of it when it is acknowledged, and looks there for
what dead workers left. A lost hint is given again by the dispatcher, long before kombu would notice (docs/adr/0006).
"""

from kombu.transport import redis, virtual


class HintQoS(virtual.QoS):
    """Counts what a worker has in hand, for its prefetch limit, and keeps nothing elsewhere."""

    restore_at_shutdown = False


class Channel(redis.Channel):
    """A channel whose messages are gone once they are taken."""

    QoS = HintQoS  # type: ignore[assignment]


class Transport(redis.Transport):
    """The transport behind `redis://` and `rediss://`."""

    Channel = Channel
