# A small image of the coach: compiled in one stage, run in another, by a user without rights.
FROM python:3.11.13-slim-bookworm AS built
RUN apt-get update && apt-get install -y --no-install-recommends build-essential cmake && rm -rf /var/lib/apt/lists/*
WORKDIR /coach
COPY . .
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --constraint constraints.txt --editable ".[openai]"

FROM python:3.11.13-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 coach && install -d -o coach /data/home /data/corpus
COPY --from=built --chown=coach /coach /coach
USER coach
WORKDIR /coach
ENV COACH_HOME=/data/home COACH_CORPUS=/data/corpus COACH_HOST=0.0.0.0 COACH_AUTH=true
EXPOSE 7860
VOLUME ["/data/home", "/data/corpus", "/coach/models"]
CMD [".venv/bin/python", "app.py"]
