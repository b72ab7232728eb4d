# The service and its command line, without a compiler, development packages, demo, simulator and what tests are made of.
#
#   docker build --tag nest-ciam .
#   docker run --rm nest-ciam dist/src/cli/main.js --help
#
# It writes no file when DATABASE_URL is a mysql:// URL, so its file system may be read-only.

FROM node:24.21-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# What a package would run at its installation is not needed by any of ours.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ormconfig.ts ./
COPY src ./src
RUN npm run build && rm -r dist/src/demo dist/src/simulator dist/src/testing dist/src/conformance

FROM node:24.21-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21-bookworm-slim
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="nest-ciam" \
      org.opencontainers.image.description="Self-hosted sign-in service for WeChat Mini Programs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
# `node` in the base image; a number, so that an orchestrator can see that it is not root. The files stay root's.
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
# Whether the process answers, not whether the database does: whoever acts on this starts the container anew.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Without a shell in between: node is process 1 and gets the signals.
ENTRYPOINT ["node"]
CMD ["dist/src/main.js"]
