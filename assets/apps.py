"""Configuration of the assets app."""

from django.apps import AppConfig

from gencraft_media.common.readiness import CHECKS


class AssetsConfig(AppConfig):
    """Assets, collections and their storage."""

    name = "assets"
    verbose_name = "Assets"

    def ready(self) -> None:
        # The engine is ready once the storage in use is; what is asked by itself knows of the local folders alone.
        from assets.storage import check_reachable

        CHECKS["storage"] = check_reachable
