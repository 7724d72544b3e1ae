"""Housekeeping of the storage, called by beat."""

from celery import shared_task

from assets import services, storage, sweeping, upload_upkeep


@shared_task(name="assets.expire_assets")
def expire_assets() -> None:
    """Remove expired assets, and what crashed writers left unfinished."""
    services.expire_assets()
    storage.sweep_unfinished()


@shared_task(name="assets.expire_uploads")
def expire_uploads() -> None:
    """Remove expired uploads."""
    upload_upkeep.expire_uploads()


@shared_task(name="assets.sweep")
def sweep() -> None:
    """Remove objects that no asset and no upload names, and temporary folders that killed steps left."""
    sweeping.sweep_orphans()
    sweeping.sweep_temporary_folders()
