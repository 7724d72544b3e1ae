"""What the caller has used and has left."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets.ratings import satisfaction
from billing.accounts import present_account
from billing.usage import usage_summary
from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.accounts.selectors import project_for
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.generation.queries import refuse_unknown_parameters, uuid_parameter

_USUAL_PERIOD = timedelta(days=30)
# Times at the ends of the calendar cannot be brought to UTC, or have nothing before them.
_YEARS = range(1970, 9999)


class CreditsSerializer(serializers.Serializer[Any]):
    """The credit account that pays for the caller's project. 1 credit = $0.01."""

    available = serializers.IntegerField()
    held = serializers.IntegerField()
    monthly = serializers.IntegerField(help_text="Of the plan's grant, what is left; expires at periodEnd.")
    purchased = serializers.IntegerField()
    plan = serializers.CharField(source="plan_id")
    periodEnd = serializers.DateTimeField(source="period_end")

    class Meta:
        ref_name = "Credits"


class UsageGroupSerializer(serializers.Serializer[Any]):
    """Outputs, credits and dollars of one group."""

    provider = serializers.CharField(required=False)
    model = serializers.CharField(required=False)
    operation = serializers.CharField(required=False)
    day = serializers.CharField(required=False)
    outputs = serializers.IntegerField()
    credits = serializers.IntegerField()
    cost = serializers.DecimalField(max_digits=18, decimal_places=6, coerce_to_string=False)

    class Meta:
        ref_name = "UsageGroup"


class SatisfactionSerializer(serializers.Serializer[Any]):
    """How satisfied the project's users are with what was delivered, whenever that was."""

    share = serializers.FloatField(
        min_value=0, max_value=1, allow_null=True, help_text="Ratings of 4 and 5 among all; null: nobody rated."
    )
    count = serializers.IntegerField()

    class Meta:
        ref_name = "Satisfaction"


class UsageSerializer(serializers.Serializer[Any]):
    """Delivered outputs of a project in a period."""

    projectId = serializers.UUIDField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    total = UsageGroupSerializer()
    byModel = UsageGroupSerializer(many=True)
    byDay = UsageGroupSerializer(many=True)
    satisfaction = SatisfactionSerializer()

    class Meta:
        ref_name = "Usage"


class CreditsView(ApiView):
    """Credits of the project's owner."""

    @extend_schema(operation_id="getCredits", responses={200: CreditsSerializer})
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, {"projectId"})
        project = project_for(caller_of(request), uuid_parameter(request, "projectId"), write=False)
        return Response(CreditsSerializer(present_account(project.owner_id)).data)


class UsageView(ApiView):
    """Usage of one project."""

    @extend_schema(
        operation_id="getUsage",
        responses={200: UsageSerializer},
        parameters=[OpenApiParameter("since", datetime), OpenApiParameter("until", datetime)],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, {"projectId", "since", "until"})
        project = project_for(caller_of(request), uuid_parameter(request, "projectId"), write=False)
        until = _moment(request, "until") or timezone.now()
        since = _moment(request, "since") or until - _USUAL_PERIOD
        if since > until:
            raise InvalidRequest(errors=[FieldError("since", "A period does not begin after its end.", "out_of_range")])
        summary = usage_summary([project.pk], since, until)
        document = {
            "projectId": project.pk,
            "since": since,
            "until": until,
            "total": summary.total.as_json(),
            "byModel": [group.as_json() for group in summary.by_model],
            "byDay": [group.as_json() for group in summary.by_day],
            "satisfaction": satisfaction(project.pk),
        }
        return Response(UsageSerializer(document).data)


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidRequest(errors=[FieldError(name, "This is not an RFC 3339 time with a zone.")])
    if moment.year not in _YEARS:
        raise InvalidRequest(errors=[FieldError(name, "This time is out of range.", "out_of_range")])
    return moment
