"""Configuration of the app that counts."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Rollups, promises and reports: what the dashboard shows and the CSV files hold."""

    name = "gencraft_media.analytics"
    label = "analytics"
    verbose_name = "Analytics"
