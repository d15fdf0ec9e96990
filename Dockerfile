# syntax=docker/dockerfile:1
# The sandbox, the relay, and every other command. Build it in a checkout: docker build --tag hookscope .
FROM python:3.13-slim AS build

ARG EXTRAS=postgres
COPY pyproject.toml README.md LICENSE /src/
COPY hookscope /src/hookscope
RUN pip wheel --no-cache-dir --wheel-dir /wheels "/src[${EXTRAS}]"

FROM python:3.13-slim

RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index /wheels/*.whl
RUN useradd --uid 10001 --user-group --create-home hookscope \
    && install --directory --mode 0700 --owner hookscope --group hookscope /state

ENV XDG_STATE_HOME=/state
VOLUME /state
USER 10001:10001
WORKDIR /home/hookscope

# SIGTERM ends each command in order; what one has registered is put back, or kept by the relay.
ENTRYPOINT ["hookscope"]
CMD ["sandbox", "--port", "8400"]
