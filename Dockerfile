# One image for every role: the command says which (docker-compose.yml, docs/production.md).
ARG BASE=python:3.12.12-slim-bookworm

FROM ${BASE} AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/engine
ENV PATH=/opt/engine/bin:$PATH
WORKDIR /app
# Before the code, so that a new release installs nothing unless the lock changed. Wheels only: no compiler is needed.
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: --requirement requirements.lock
COPY manage.py ./
COPY gencraft_media gencraft_media
COPY providers providers
COPY assets assets
COPY billing billing
COPY templates templates
# These two values serve this one command and are no secrets: nothing is signed or sealed with them.
RUN STATIC_ROOT=/app/static SECRET_KEY=build SEALING_KEYS= python manage.py collectstatic --no-input --verbosity 0
RUN python -m compileall -q /opt/engine/lib /app

FROM ${BASE}
RUN groupadd --gid 10001 engine \
    && useradd --uid 10001 --gid engine --no-create-home --home-dir /tmp --shell /usr/sbin/nologin engine \
    && install --directory --owner engine --group engine --mode 0700 /data
# Owned by root: what runs cannot change what runs.
COPY --from=build /opt/engine /opt/engine
COPY --from=build /app /app
ENV PATH=/opt/engine/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp DATA_DIR=/data STATIC_ROOT=/app/static
WORKDIR /app
USER 10001:10001
EXPOSE 8000
# No HEALTHCHECK: each role has its own, or none, in docker-compose.yml.
CMD ["python", "-m", "gunicorn", "gencraft_media.asgi:application", "--worker-class", "gencraft_media.console.web_worker.WebWorker", "--bind", "0.0.0.0:8000", "--graceful-timeout", "25", "--keep-alive", "75", "--no-control-socket", "--logger-class", "gencraft_media.console.web_logs.JsonLogger"]
