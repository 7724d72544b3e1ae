"""Django's own records in the site's dress: unstyled forms cannot be read in its dark mode."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.models import Group
from unfold.admin import ModelAdmin

from gencraft_media.accounts.admin import SuperAdminsAdmin
from gencraft_media.console.dashboard import pages  # noqa: F401 (importing it registers them)
from gencraft_media.console.media_settings import pages as _media_settings  # noqa: F401 (registers its pages)
from gencraft_media.console.plain_english import pages as _plain_english  # noqa: F401 (registers its pages)
from gencraft_media.console.safety import admin as _safety  # noqa: F401 (registers its records)

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(SuperAdminsAdmin, PlainGroupAdmin, ModelAdmin):
    """Named sets of rights for staff."""
