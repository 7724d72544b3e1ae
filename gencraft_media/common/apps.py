"""The ground floor: what every other package stands on, without business nouns."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Events, audit entries, and the bases of everything."""

    name = "gencraft_media.common"
    label = "common"
    verbose_name = "Records"
