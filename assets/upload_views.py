"""The API of uploads: bring a picture, or have a browser post it; look, complete, delete."""

import uuid
from pathlib import Path
from typing import Any, ClassVar

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assets import upload_serializers as serializers
from assets.direct_uploads import begin_direct_upload, complete_direct_upload, receive_form
from assets.models import MediaUpload, UploadSource
from assets.objects import Form
from assets.selectors import get_posted_upload, get_upload, uploads_of
from assets.upload_upkeep import delete_upload
from assets.uploads import take_upload
from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.accounts.selectors import project_for
from gencraft_media.accounts.services import external_user_for
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.multipart import StrictMultiPartParser
from gencraft_media.common.paging import requested_page
from gencraft_media.common.parsing import StrictJsonParser
from gencraft_media.common.serializers import StrictSerializer, shown

_GENERATE_TO_CHANGE: dict[str, str] = {"GET": "read", "POST": "generate", "DELETE": "generate"}


class UploadListView(ApiView):
    """Uploads of the caller's projects, and where new ones begin."""

    scope: ClassVar[str | dict[str, str]] = _GENERATE_TO_CHANGE
    parser_classes = [StrictJsonParser, StrictMultiPartParser]

    @extend_schema(
        operation_id="listUploads",
        parameters=[serializers.UploadListQuerySerializer],
        responses={200: serializers.MediaUploadPageSerializer},
    )
    def get(self, request: Request) -> Response:
        """List uploads that have not expired, newest first, by page number or by cursor."""
        query = serializers.UploadListQuerySerializer.read(request.query_params.dict())
        uploads: QuerySet[MediaUpload] = uploads_of(caller_of(request), query.get("projectId"))
        page = requested_page(uploads, request.query_params.dict())
        return Response(page.as_json([shown(serializers.MediaUploadSerializer, upload) for upload in page.items]))

    @extend_schema(
        operation_id="upload",
        request={
            "multipart/form-data": serializers.UploadFileSerializer,
            "application/json": serializers.UploadAnnouncementSerializer,
        },
        responses={201: serializers.MediaUploadBegunSerializer},
        description=(
            "Bring a picture to be named by `uploadId` in later requests. As multipart/form-data, with the part "
            "`file`, it is looked at before the answer. As JSON the answer has a form in `upload`, which a browser "
            "posts with the picture and without a key; `…/complete` then looks at it."
        ),
    )
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, QueryDict):
            values = serializers.UploadAnnouncementSerializer.read(request.data)
            owner = _owner(request, values)
            upload, form = begin_direct_upload(**values, **owner)
            return _begun(upload, form)
        values = serializers.UploadFileSerializer.read(_form_of(request))
        file: TemporaryUploadedFile = values.pop("file")
        owner = _owner(request, values)
        upload = take_upload(
            Path(file.temporary_file_path()),
            declared_type=file.content_type or "",
            filename=file.name or "",
            source=UploadSource.MULTIPART,
            **owner,
        )
        return _begun(upload, None)


class UploadView(ApiView):
    """One upload."""

    scope: ClassVar[str | dict[str, str]] = _GENERATE_TO_CHANGE

    @extend_schema(operation_id="getUpload", responses={200: serializers.MediaUploadSerializer})
    def get(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Look at one upload."""
        return Response(shown(serializers.MediaUploadSerializer, get_upload(caller_of(request), upload_id)))

    @extend_schema(operation_id="deleteUpload", responses={204: None})
    def delete(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Delete an upload. Jobs that already work with it keep its bytes until they end."""
        delete_upload(_own_upload(request, upload_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class UploadCompleteView(ApiView):
    """The end of a direct upload."""

    scope = "generate"

    @extend_schema(operation_id="completeUpload", request=None, responses={200: serializers.MediaUploadSerializer})
    def post(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Have the posted picture looked at. Again, the same answer."""
        StrictSerializer.read(request.data)
        upload = complete_direct_upload(_own_upload(request, upload_id))
        return Response(shown(serializers.MediaUploadSerializer, upload))


class UploadFileView(APIView):
    """Takes the engine's own form. No key: a signature, or the address does not exist."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = [StrictMultiPartParser]
    metadata_class = None

    @extend_schema(exclude=True)
    def post(self, request: Request, upload_id: uuid.UUID) -> Response:
        upload = get_posted_upload(upload_id)
        fields = _form_of(request)
        file = fields.pop("file", None)
        if not isinstance(file, TemporaryUploadedFile):
            raise InvalidRequest(errors=[FieldError("file", "The picture comes as this part.", "required")])
        receive_form(upload, fields, Path(file.temporary_file_path()))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        # Pages of any site post here, as they would to a bucket; who holds the form may read the answer.
        final["Access-Control-Allow-Origin"] = "*"
        final["Cache-Control"] = "no-store"
        return final


def _own_upload(request: Request, upload_id: uuid.UUID) -> MediaUpload:
    caller = caller_of(request)
    upload = get_upload(caller, upload_id)
    project_for(caller, upload.project_id, write=True)
    return upload


def _owner(request: Request, values: dict[str, Any]) -> dict[str, Any]:
    """Whose the upload will be. Takes what says so out of `values`."""
    caller = caller_of(request)
    named = values.pop("external_user_id", None)
    if named is not None and caller.key is None:
        raise InvalidRequest(errors=[FieldError("externalUserId", "Only a server's API key names its own users.")])
    project = project_for(caller, values.pop("project_id", None), write=True)
    return {
        "user_id": caller.user.pk,
        "project_id": project.pk,
        "external_user_id": external_user_for(project, named).pk if named else None,
    }


def _begun(upload: MediaUpload, form: Form | None) -> Response:
    document = shown(serializers.MediaUploadSerializer, upload)
    document["upload"] = None if form is None else shown(serializers.UploadFormSerializer, form)
    return Response(document, status=status.HTTP_201_CREATED)


def _form_of(request: Request) -> dict[str, Any]:
    """The fields and files of a form, by name. Raises `InvalidRequest` for a name that comes twice."""
    form: Any = request.data
    twice = [name for name in form if len(form.getlist(name)) > 1]
    if twice:
        raise InvalidRequest(errors=[FieldError(name, "This part may come once only.") for name in twice])
    return {name: form[name] for name in form}
