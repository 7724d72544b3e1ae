"""How the SuperAdmin site looks: names, colours, sidebar, badge. The settings import it: nothing of Django's here."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "GenCraft Media",
    "SITE_HEADER": "GenCraft Media",
    "SITE_SUBHEADER": "Media engine",
    "SITE_SYMBOL": "auto_awesome_mosaic",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "gencraft_media.console.navigation.favicon"},
    ],
    "SCRIPTS": ["gencraft_media.console.navigation.names_script"],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "gencraft_media.console.dashboard.board.dashboard_context",
    "ENVIRONMENT": "gencraft_media.console.navigation.environment_badge",
    "LOGIN": {"image": "gencraft_media.console.navigation.login_picture"},
    "ACCOUNT": {"navigation": "gencraft_media.console.navigation.account_links"},
    "COLORS": {
        # The violet of the mark, which every page of the engine shares.
        "primary": {
            "50": "#f5f3ff",
            "100": "#ede9fe",
            "200": "#ddd6fe",
            "300": "#c4b5fd",
            "400": "#a78bfa",
            "500": "#966bf8",
            "600": "#7c3aed",
            "700": "#6d28d9",
            "800": "#5b21b6",
            "900": "#4c1d95",
            "950": "#2e1065",
        }
    },
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "gencraft_media.console.navigation.sidebar",
    },
}
