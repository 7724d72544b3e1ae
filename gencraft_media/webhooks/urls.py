"""Addresses of this app, below /api/media/webhooks/."""

from django.urls import path

from gencraft_media.webhooks import delivery_views, views

urlpatterns = [
    path("endpoints", views.EndpointListView.as_view(), name="webhook-endpoints"),
    path("endpoints/<uuid:endpoint_id>", views.EndpointView.as_view(), name="webhook-endpoint"),
    path("endpoints/<uuid:endpoint_id>/secret", views.EndpointSecretView.as_view(), name="webhook-endpoint-secret"),
    path(
        "endpoints/<uuid:endpoint_id>/secret/rotate",
        views.EndpointSecretRotationView.as_view(),
        name="webhook-endpoint-secret-rotate",
    ),
    path("endpoints/<uuid:endpoint_id>/test", views.EndpointTestView.as_view(), name="webhook-endpoint-test"),
    path("endpoints/<uuid:endpoint_id>/replay", views.EndpointReplayView.as_view(), name="webhook-endpoint-replay"),
    path("secret", views.ProjectSecretView.as_view(), name="webhook-secret"),
    path("secret/rotate", views.ProjectSecretRotationView.as_view(), name="webhook-secret-rotate"),
    path("deliveries", delivery_views.DeliveryListView.as_view(), name="webhook-deliveries"),
    path("deliveries/<uuid:delivery_id>", delivery_views.DeliveryView.as_view(), name="webhook-delivery"),
    path(
        "deliveries/<uuid:delivery_id>/replay",
        delivery_views.DeliveryReplayView.as_view(),
        name="webhook-delivery-replay",
    ),
    path("event-types", views.EventTypesView.as_view(), name="webhook-event-types"),
]
