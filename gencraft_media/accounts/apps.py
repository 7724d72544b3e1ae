"""Configuration of the accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who asks."""

    name = "gencraft_media.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        # drf-spectacular finds its extensions, and Django its receivers, when they are imported.
        from gencraft_media.accounts import schema, sessions  # noqa: F401
