# One image per service:  docker build --build-arg SERVICE=standards .
# The gateway has a target of its own, which adds the console:  docker build --target gateway .
# SERVICE=all holds every service; the one-shot job of docker-compose.yml uses it.
ARG PYTHON_TAG=3.11-slim-bookworm
ARG NODE_TAG=24-bookworm-slim

# ── the libraries this service needs, in the locked versions
FROM python:${PYTHON_TAG} AS libraries
ARG SERVICE=all
WORKDIR /build
COPY pyproject.toml ./
COPY tools/locked.py ./
COPY requirements/base.txt ./requirements/
RUN python -m venv /opt/venv \
    && python locked.py "$SERVICE" /build > locked.txt \
    && /opt/venv/bin/python -m pip install --no-cache-dir --require-hashes --no-deps -r locked.txt \
    && /opt/venv/bin/python -m pip check

# ── chassis, contracts and the one service (or the gateway)
FROM python:${PYTHON_TAG} AS sources
ARG SERVICE=all
WORKDIR /source
COPY . .
RUN mkdir -p /app/services \
    && cp -r chassis contracts /app/ \
    && cp services/__init__.py /app/services/ \
    && case "$SERVICE" in \
         all) cp -r services gateway /app/ ;; \
         gateway) cp -r gateway /app/ ;; \
         *) cp -r "services/$SERVICE" /app/services/ ;; \
       esac

# ── the console for the browser
FROM node:${NODE_TAG} AS console
WORKDIR /source
COPY . .
RUN mkdir -p gateway/static/app \
    && if [ -f web/package-lock.json ]; then \
         npm --prefix web ci --no-audit --no-fund && npm --prefix web run build; \
       fi

# ── what runs
FROM python:${PYTHON_TAG} AS runtime
ARG SERVICE=all
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SERVICE=${SERVICE} \
    DATA_DIR=/var/lib/qibiao \
    STORAGE_URL=file:///blobs \
    OPS_PORT=9000
RUN groupadd --gid 10001 qibiao \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin qibiao \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/qibiao /blobs
WORKDIR /app
COPY --from=libraries /opt/venv /opt/venv
COPY --from=sources /app /app
USER 10001:10001
STOPSIGNAL SIGTERM
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:%s/livez' % os.environ['OPS_PORT'], timeout=4)"]
# The shell only reads SERVICE; exec makes Python the first process, which gets the signals.
CMD ["sh", "-c", "exec python -m chassis.runner \"$SERVICE\""]

FROM runtime AS gateway
ENV SERVICE=gateway \
    GATEWAY_HOST=0.0.0.0 \
    GATEWAY_PORT=8000
COPY --from=console /source/gateway/static/app ./gateway/static/app
EXPOSE 8000

FROM runtime AS service
