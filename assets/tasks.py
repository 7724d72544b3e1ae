"""Housekeeping of the storage, called by beat."""

from celery import shared_task

from assets import services, storage, sweeping


@shared_task(name="assets.expire_assets")
def expire_assets() -> None:
    """Remove expired assets, and what crashed writers left unfinished."""
    services.expire_assets()
    storage.sweep_unfinished()


@shared_task(name="assets.sweep")
def sweep() -> None:
    """Remove objects that no asset names, and temporary folders that killed steps left."""
    sweeping.sweep_orphans()
    sweeping.sweep_temporary_folders()
