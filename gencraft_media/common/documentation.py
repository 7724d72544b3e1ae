"""What drf-spectacular is told: how the OpenAPI document and its page are made."""

from typing import Any

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "GenCraft Media Engine",
    "DESCRIPTION": "One request becomes one stored, charged picture.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "WebhookDeliveryState": "gencraft_media.webhooks.models.DeliveryState",
        "SourceEnum": "assets.models.UploadSource",
        "PictureFormat": "gencraft_media.generation.media_settings.PictureFormat",
        "AskedPictureFormat": ["png", "jpeg", "webp", "avif"],
        "ConfigurationPlanState": "gencraft_media.daos.models.PlanState",
        "ConfigurationPlanSource": "gencraft_media.daos.models.PlanSource",
        "UploadState": ["pending", "ready", "refused"],
    },
    # Swagger's own default asks a public validator for a badge.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": "none", "persistAuthorization": False},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "gencraft_media.common.schema.add_problems",
    ],
}
