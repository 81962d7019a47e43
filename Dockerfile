# The explorer's page, built as `make setup` builds it: with a Node.js from its own lock.
FROM python:3.13-slim AS explorer
WORKDIR /source
COPY graph/serving/explorer graph/serving/explorer
RUN python graph/serving/explorer/build.py

# The packages, every one checked against the lock, and the project among them.
FROM python:3.13-slim AS packages
WORKDIR /source
RUN python -m venv /opt/segmentgraph
COPY requirements.lock ./
RUN /opt/segmentgraph/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY migrations migrations
COPY graph graph
COPY --from=explorer /source/graph/serving/explorer/built graph/serving/explorer/built
RUN /opt/segmentgraph/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    # A sixth of the packages is their own tests.
    && find /opt/segmentgraph/lib -type d -name tests -prune -exec rm -rf {} +

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home segmentgraph \
    && install --directory --owner=segmentgraph /data
COPY --from=packages /opt/segmentgraph /opt/segmentgraph
# The user has no home: what wants to cache something does it in /tmp. SEGMENTGRAPH_SECRET_KEY is for whoever runs the
# image to give: a server that others reach does not start without.
ENV PATH=/opt/segmentgraph/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    SEGMENTGRAPH_HOST=0.0.0.0 \
    SEGMENTGRAPH_PORT=8000 \
    SEGMENTGRAPH_DATA_DIR=/data \
    NUMBA_CACHE_DIR=/data/compiled
USER segmentgraph
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"SEGMENTGRAPH_PORT\"]}/health/live', timeout=4)"]
CMD ["segmentgraph", "serve"]
