"""Jobs as they run: looked at, listed, stopped."""

import uuid

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.accounts.selectors import project_for
from gencraft_media.common.paging import requested_page
from gencraft_media.common.serializers import shown
from gencraft_media.generation.cancellation import cancel_job
from gencraft_media.generation.preferences import PREFER, honour_wait
from gencraft_media.generation.queries import refuse_unknown_parameters, status_parameter, uuid_parameter
from gencraft_media.generation.selectors import job_for, visible_jobs
from gencraft_media.generation.serializers import JobPageSerializer, JobSerializer, NothingSerializer
from gencraft_media.generation.states import JobStatus


class JobListView(ApiView):
    """The jobs of the caller's projects."""

    @extend_schema(
        operation_id="listJobs",
        responses={200: JobPageSerializer},
        parameters=[
            OpenApiParameter("projectId", uuid.UUID),
            OpenApiParameter("status", str, enum=JobStatus.values),
            OpenApiParameter("page", int),
            OpenApiParameter("limit", int),
            OpenApiParameter("cursor", str),
        ],
    )
    def get(self, request: Request) -> Response:
        caller = caller_of(request)
        refuse_unknown_parameters(request, {"projectId", "status", "page", "limit", "cursor"})
        jobs = visible_jobs(caller)
        project_id = uuid_parameter(request, "projectId")
        if project_id is not None:
            jobs = jobs.filter(project=project_for(caller, project_id, write=False))
        status = status_parameter(request)
        if status is not None:
            jobs = jobs.filter(status=status)
        page = requested_page(jobs, request.query_params)
        return Response(page.as_json([shown(JobSerializer, job) for job in page.items]))


class JobView(ApiView):
    """One job."""

    @extend_schema(operation_id="getJob", responses={200: JobSerializer}, parameters=[PREFER])
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        refuse_unknown_parameters(request, set())
        caller = caller_of(request)
        job = job_for(caller, job_id)
        response = Response(shown(JobSerializer, job))
        honour_wait(request, response, caller=caller, job=job)
        return response


class JobCancelView(ApiView):
    """Stop a job."""

    scope = "generate"

    @extend_schema(operation_id="cancelJob", request=None, responses={202: JobSerializer})
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        caller = caller_of(request)
        NothingSerializer.read(request.data)
        job = job_for(caller, job_id)
        project_for(caller, job.project_id, write=True)
        cancel_job(job.pk)
        return Response(shown(JobSerializer, job_for(caller, job_id)), status=202)
