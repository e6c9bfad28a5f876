# The server, built from this checkout: `docker build -t mockserver .`
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/mockserver \
    && /opt/mockserver/bin/pip install --no-cache-dir --disable-pip-version-check '.[postgres,metrics,tls]'

FROM python:3.11-slim
# /data keeps the certificate authority of --tls and --proxy; a volume there makes it outlive the container.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin mockserver \
    && install --directory --owner=10001 /data
COPY --from=build /opt/mockserver /opt/mockserver
ENV PATH=/opt/mockserver/bin:$PATH PYTHONUNBUFFERED=1 XDG_DATA_HOME=/data
USER 10001
EXPOSE 4700
# A load balancer asks for the same: readiness, at /_mock/ready.
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s \
    CMD ["mockserver", "wait", "--url", "http://127.0.0.1:4700", "--timeout", "8s"]
ENTRYPOINT ["mockserver"]
CMD ["serve", "--host", "0.0.0.0"]
