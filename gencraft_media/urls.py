"""Every address of the engine."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/media/", include("gencraft_media.accounts.urls")),
    path("api/media/", include("gencraft_media.generation.urls")),
    path("api/media/", include("assets.urls")),
    path("api/media/webhooks/", include("gencraft_media.webhooks.urls")),
    path("api/media/daos/", include("gencraft_media.daos.urls")),
    path("v1/", include("gencraft_media.generation.compatible.urls")),
    path("", include("gencraft_media.common.urls")),
    path("", include("assets.serving_urls")),
    path("", include("gencraft_media.studio.urls")),
    path("admin/", admin.site.urls),
]

# A stranger to the API meets problem documents too.
handler400 = "gencraft_media.common.views.bad_request"
handler403 = "gencraft_media.common.views.permission_denied"
handler404 = "gencraft_media.common.views.page_not_found"
handler500 = "gencraft_media.common.views.server_error"
