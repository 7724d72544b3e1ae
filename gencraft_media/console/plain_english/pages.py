"""The addresses of "Plain English"; nothing there changes anything but a confirmed plan."""

from gencraft_media.console.plain_english import views
from gencraft_media.console.plain_english.rights import MAY_LOOK
from gencraft_media.console.site_pages import register_page

_HOME = "plain-english/"

register_page(_HOME, views.home, name="plain_english", permission=MAY_LOOK)
register_page(f"{_HOME}<uuid:plan_id>/", views.plan_page, name="plain_english_plan", permission=MAY_LOOK)
register_page(f"{_HOME}<uuid:plan_id>/<slug:step>/", views.take_step, name="plain_english_step", permission=MAY_LOOK)
