# syntax=docker/dockerfile:1
# One image for every process; its command says which: api (the default), worker, migrate, credentials, vault, or a
# command of the client. See docs/deploy.md.
ARG NODE_IMAGE=node:22-bookworm-slim

# Compiles. What it needs for that is left behind.
FROM ${NODE_IMAGE} AS build
WORKDIR /muster
# Prisma's engine is a download that generating doesn't use: any program keeps it from trying.
ENV PRISMA_SCHEMA_ENGINE_BINARY=/usr/local/bin/node CHECKPOINT_DISABLE=1
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY .swcrc ./
COPY prisma ./prisma
COPY scripts ./scripts
COPY libs ./libs
COPY apps ./apps
RUN node node_modules/prisma/build/index.js generate && node scripts/build.mjs

# The packages that run: without compilers, and without the optional ones, which are binaries of the embedded
# PostgreSQL and quicker variants of what there is in JavaScript.
FROM ${NODE_IMAGE} AS packages
WORKDIR /muster
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Muster" \
  org.opencontainers.image.description="Self-hosted multi-cloud inventory sync service" \
  org.opencontainers.image.licenses="Apache-2.0"
# Within the container, whose ports nobody reaches until they are published.
ENV NODE_ENV=production HOST=0.0.0.0 METRICS_HOST=0.0.0.0 METRICS_PORT=9464
WORKDIR /muster
COPY --from=packages /muster/node_modules ./node_modules
COPY --from=build /muster/dist ./dist
COPY package.json LICENSE ./
COPY prisma/migrations ./prisma/migrations
COPY deploy/container.mjs ./deploy/container.mjs
# The image's unprivileged user `node`, by number so that Kubernetes sees that it isn't root. All files are root's.
USER 1000:1000
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:' + process.env.METRICS_PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--enable-source-maps", "deploy/container.mjs"]
CMD ["api"]
