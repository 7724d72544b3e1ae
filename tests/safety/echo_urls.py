"""The engine, and a page behind the question who somebody is, which says what it was sent."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from gencraft_media.console.safety.reauthentication import requires_recent_login
from gencraft_media.urls import urlpatterns as engine_urls


@requires_recent_login
def echo(request: HttpRequest, name: str) -> JsonResponse:
    """What arrived."""
    return JsonResponse({"name": name, "method": request.method, "colours": request.POST.getlist("colour")})


urlpatterns = [path("admin/echo/<str:name>", echo), *engine_urls]
