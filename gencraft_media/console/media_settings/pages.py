"""The addresses of "Settings › Media generation"."""

from gencraft_media.console.media_settings import history_views, views
from gencraft_media.console.media_settings.groups import may_open_hub
from gencraft_media.console.site_pages import register_page

_HUB = "media-settings/"

register_page(_HUB, views.overview, name="media_settings", permission=may_open_hub)
register_page(f"{_HUB}<slug:group>/", views.group_page, name="media_settings_group", permission=may_open_hub)
register_page(
    f"{_HUB}<slug:group>/history/", history_views.history_page, name="media_settings_history", permission=may_open_hub
)
register_page(
    f"{_HUB}<slug:group>/history/<int:entry>/",
    history_views.revert_page,
    name="media_settings_revert",
    permission=may_open_hub,
)
