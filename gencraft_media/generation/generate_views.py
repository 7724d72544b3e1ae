"""Where jobs begin: the body of a request becomes an order, `admission` decides."""

import uuid
from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from assets.selectors import get_asset
from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import Caller, caller_of
from gencraft_media.accounts.selectors import project_for
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.multipart import StrictMultiPartParser
from gencraft_media.common.parsing import StrictJsonParser
from gencraft_media.common.serializers import shown
from gencraft_media.generation.admission import Admission, admit, fingerprint_of
from gencraft_media.generation.edit_serializers import EditSerializer, UpscaleSerializer, VariationSerializer
from gencraft_media.generation.multipart import digested, document_in
from gencraft_media.generation.orders import order_from
from gencraft_media.generation.preferences import PREFER, honour_wait
from gencraft_media.generation.queries import refuse_unknown_parameters
from gencraft_media.generation.selectors import job_for
from gencraft_media.generation.serializers import GenerateSerializer, JobSerializer

_IDEMPOTENCY_KEY_LENGTH = 255
_PARAMETERS = [OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER), PREFER]
_BOTH = {"application/json": GenerateSerializer, "multipart/form-data": GenerateSerializer}


class GenerateView(ApiView):
    """Take a request in."""

    scope = "generate"
    parser_classes = [StrictJsonParser, StrictMultiPartParser]

    @extend_schema(
        operation_id="generate",
        request=_BOTH,
        responses={202: JobSerializer},
        parameters=_PARAMETERS,
        description=(
            "Start a generation job. The answer is the job; ask for it again at its Location. As multipart/form-data "
            "the parts `image`, `images[]`, `mask` and `styleReference` may be files."
        ),
    )
    def post(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        document = document_in(request)
        return start_job(request, GenerateSerializer.read(document), digested(document))


class AssetOperationView(ApiView):
    """A new asset made from one: the asset itself is never changed."""

    scope = "generate"
    parser_classes = [StrictJsonParser, StrictMultiPartParser]
    serializer: ClassVar[type[EditSerializer | VariationSerializer | UpscaleSerializer]]

    def start(self, request: Request, asset_id: uuid.UUID) -> Response:
        """The job that works on the asset. Raises `ObjectNotFound` for strangers."""
        refuse_unknown_parameters(request, set())
        asset = get_asset(caller_of(request), asset_id)
        document = document_in(request)
        values = self.serializer.read(document)
        values |= {"image": {"asset_id": asset.pk}, "project_id": asset.project_id}
        values["operation"] = self.serializer.operation_of(values)
        return start_job(request, values, digested(document))


class VariationView(AssetOperationView):
    """A variation of an asset."""

    serializer = VariationSerializer

    @extend_schema(
        operation_id="createVariation",
        request=VariationSerializer,
        responses={202: JobSerializer},
        parameters=_PARAMETERS,
    )
    def post(self, request: Request, asset_id: uuid.UUID) -> Response:
        return self.start(request, asset_id)


class UpscaleView(AssetOperationView):
    """A larger version of an asset."""

    serializer = UpscaleSerializer

    @extend_schema(
        operation_id="upscaleAsset", request=UpscaleSerializer, responses={202: JobSerializer}, parameters=_PARAMETERS
    )
    def post(self, request: Request, asset_id: uuid.UUID) -> Response:
        return self.start(request, asset_id)


class EditView(AssetOperationView):
    """An edited version of an asset: repainted, filled in, extended, or cut out."""

    serializer = EditSerializer

    @extend_schema(
        operation_id="editAsset",
        request={"application/json": EditSerializer, "multipart/form-data": EditSerializer},
        responses={202: JobSerializer},
        parameters=_PARAMETERS,
        description=(
            "With mask or search a part is filled in, with left, right, up or down the picture is extended, else it "
            "is made anew after the prompt. `operation` says so where that is not meant."
        ),
    )
    def post(self, request: Request, asset_id: uuid.UUID) -> Response:
        return self.start(request, asset_id)


def start_job(request: Request, values: dict[str, Any], told: Any) -> Response:
    """Take the order in a checked body in. `told` is what the client wrote, for telling repetitions from others."""
    caller = caller_of(request)
    if caller.key is None and "external_user_id" in values:
        raise InvalidRequest(errors=[FieldError("externalUserId", "Only a server's API key names its own users.")])
    project = project_for(caller, values.pop("project_id", None), write=True)
    order = order_from(
        values,
        idempotency_key=idempotency_key_of(request),
        fingerprint=fingerprint_of("POST", request.path, told),
    )
    return _answer(request, caller, admit(caller=caller, project=project, order=order))


def _answer(request: Request, caller: Caller, admission: Admission) -> Response:
    job = job_for(caller, admission.job.pk) if admission.replayed else admission.job
    response = Response(shown(JobSerializer, job), status=202)
    response["Location"] = reverse("job", args=[admission.job.pk])
    response["Retry-After"] = "1"
    if admission.replayed:
        response["Idempotent-Replayed"] = "true"
    honour_wait(request, response, caller=caller, job=admission.job)
    return response


def idempotency_key_of(request: Request) -> str:
    """The request's Idempotency-Key, or "". Raises `InvalidRequest` for one that is too long or not printable ASCII."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > _IDEMPOTENCY_KEY_LENGTH or not (key.isascii() and (not key or key.isprintable())):
        message = f"At most {_IDEMPOTENCY_KEY_LENGTH} printable ASCII characters."
        raise InvalidRequest(errors=[FieldError("Idempotency-Key", message)])
    return key
