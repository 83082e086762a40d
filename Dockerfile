# The command `envsync`. Debian's glibc is needed: Temporal's native part has no build for Alpine's musl.
# In production name the base by its digest: --build-arg NODE_IMAGE=node:24-slim@sha256:…
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY drizzle drizzle
COPY src src
RUN node scripts/install-production.mjs /app

FROM ${NODE_IMAGE}
# Temporal's native part trusts the system's certificates, and the slim image has none.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
# Which version a worker is, where Temporal is to tell versions apart.
ARG BUILD_ID=
ENV NODE_ENV=production TEMPORAL_WORKER_BUILD_ID=${BUILD_ID}
# Of the main isolate's heap, which is there before a worker could bound it: Node.js 24 lets the new space alone come to 128 MiB otherwise.
ENV NODE_OPTIONS=--max-semi-space-size=8
# glibc's own threshold, fixed: it rises by itself to twice the largest block freed, and each of many arenas then keeps that much of what it had at its peak.
ENV MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=build /app ./
# By number, so that Kubernetes sees that it is not root; the image's user `node`. Nothing here is written to at run time.
USER 1000:1000
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT || 9464}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["worker"]
