"""Which site Django's admin is."""

from django.contrib.admin.apps import AdminConfig


class EngineAdminConfig(AdminConfig):
    """Django's admin with our site in place of its own."""

    default_site = "gencraft_media.console.safety.site.EngineAdminSite"
