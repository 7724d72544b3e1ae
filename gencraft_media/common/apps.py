"""The ground floor: what every other package stands on, without business nouns."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Events, audit entries, and the bases of everything."""

    name = "gencraft_media.common"
    label = "common"
    verbose_name = "Records"

    def ready(self) -> None:
        """Read what is let out to: a wrong entry stops the start, not the first request."""
        from gencraft_media.common.egress import clients_policy, configured_policy

        configured_policy()
        clients_policy()
