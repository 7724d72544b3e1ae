"""Platform routes: a builder's server keeps its users and projects by its own ids, and makes their keys."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts import serializers, services
from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import Caller, caller_of
from gencraft_media.accounts.models import ApiKey, Project, Scope, User
from gencraft_media.common.errors import FieldError, InvalidRequest

_LONGEST_EXTERNAL_ID = 255


class PlatformView(ApiView):
    """Every method needs the scope platform."""

    scope = Scope.PLATFORM.value


class UserView(PlatformView):
    """One user by the builder's id."""

    @extend_schema(
        operation_id="putUser",
        request=serializers.UserBody,
        responses={200: serializers.UserAnswer, 201: serializers.UserAnswer},
    )
    def put(self, request: Request, external_id: str) -> Response:
        """Make or rename a user."""
        body = serializers.UserBody.read(request.data)
        user, created = services.put_user(caller_of(request).user, _checked(external_id), **body)
        return Response(serializers.UserAnswer(user).data, status=_status(created))


class ProjectView(PlatformView):
    """One project by the builder's id."""

    @extend_schema(
        operation_id="putProject",
        request=serializers.ProjectBody,
        responses={200: serializers.ProjectAnswer, 201: serializers.ProjectAnswer},
    )
    def put(self, request: Request, external_id: str) -> Response:
        """Make or rename a project."""
        body = serializers.ProjectBody.read(request.data)
        caller = caller_of(request)
        owner = (
            _user_named(caller, "ownerExternalId", body["owner_external_id"])
            if "owner_external_id" in body
            else (caller.user)
        )
        project, created = services.put_project(caller.user, _checked(external_id), name=body["name"], owner=owner)
        return Response(serializers.ProjectAnswer(project).data, status=_status(created))


class KeyView(PlatformView):
    """Keys of the builder's projects."""

    @extend_schema(operation_id="issueKey", request=serializers.KeyBody, responses={201: serializers.KeyAnswer})
    def post(self, request: Request) -> Response:
        """Make a key. The answer shows it once."""
        body = serializers.KeyBody.read(request.data)
        caller = caller_of(request)
        project = _project_named(caller, body.pop("project_external_id"))
        named = body.pop("user_external_id", None)
        user = _user_named(caller, "userExternalId", named) if named else project.owner
        key, token = services.issue_managed_key(project=project, user=user, actor=caller.user, **body)
        return Response(_key_answer(key, token), status=status.HTTP_201_CREATED)


def _key_answer(key: ApiKey, token: str) -> dict[str, object]:
    fields = ("id", "prefix", "name", "scopes", "project_id", "user_id", "expires_at", "created_at")
    answer = serializers.KeyAnswer({**{name: getattr(key, name) for name in fields}, "key": token})
    return dict(answer.data)


def _user_named(caller: Caller, field: str, external_id: str) -> User:
    user = User.objects.filter(platform=caller.user, external_id=external_id).first()
    if user is None:
        raise InvalidRequest(errors=[FieldError(field, "There is no such user; PUT it first.", "unknown")])
    return user


def _project_named(caller: Caller, external_id: str) -> Project:
    found = Project.objects.filter(platform=caller.user, external_id=external_id).select_related("owner").first()
    if found is None:
        message = "There is no such project; PUT it first."
        raise InvalidRequest(errors=[FieldError("projectExternalId", message, "unknown")])
    return found


def _checked(external_id: str) -> str:
    if len(external_id) > _LONGEST_EXTERNAL_ID or not external_id.isprintable():
        message = f"An external id has 1 to {_LONGEST_EXTERNAL_ID} printable characters."
        raise InvalidRequest(errors=[FieldError("externalId", message)])
    return external_id


def _status(created: bool) -> int:
    return status.HTTP_201_CREATED if created else status.HTTP_200_OK
