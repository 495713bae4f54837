# Two images: `sandbox`, which holds Python's environment and nothing of the school, neither settings nor lessons nor
# checks; and on top of it the platform, for web, worker, sweeper and migrate. Two more stages bring fonts and data.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS environment
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
# Byte code is compiled here: without it the scientific imports take three times as long.
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.txt

FROM ${PYTHON} AS sandbox
RUN apt-get update && apt-get install -y --no-install-recommends bubblewrap libseccomp2 && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1001 --user-group --create-home pathway && install -d -o pathway -g pathway /run/sandbox
COPY --from=environment /opt/venv /opt/venv
WORKDIR /app
COPY sandbox ./sandbox
# The same for ours: a container that may write nothing would compile it at every start.
RUN /opt/venv/bin/python -m compileall -q sandbox
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1
USER pathway
CMD ["python", "-m", "sandbox", "serve", "/run/sandbox/sandbox.sock", "--sessions", "1"]

FROM node:20-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json assets.mjs ./
COPY static ./static
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run build

FROM environment AS data
COPY requirements/data.txt /tmp/data.txt
RUN /opt/venv/bin/pip install --require-hashes --no-deps -r /tmp/data.txt
WORKDIR /app
COPY . .
ENV PYTHONPATH=/app:/app/platform PATHWAY_STATE_DIR=/tmp/state PATHWAY_DATA_DIR=/app/var/data
RUN DJANGO_SETTINGS_MODULE=config.settings.dev /opt/venv/bin/python manage.py freeze_data

FROM sandbox AS platform
USER root
RUN install -d -o pathway -g pathway /var/lib/pathway
COPY . .
COPY --from=assets /build/static/vendor ./static/vendor
COPY --from=data /app/var/data /app/var/data
ENV PYTHONPATH=/app:/app/platform \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    PATHWAY_STATE_DIR=/var/lib/pathway PATHWAY_DATA_DIR=/app/var/data PATHWAY_STATIC_ROOT=/app/var/static
# Collecting needs settings but no secret: it runs with those of development.
RUN DJANGO_SETTINGS_MODULE=config.settings.dev PATHWAY_DEBUG=0 PATHWAY_STATE_DIR=/tmp/state \
    python manage.py collectstatic --noinput
USER pathway
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm"]
