# The active LTS on Debian: the sandbox's Deno is built for glibc, which Alpine does not have.
FROM node:24-slim AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json .npmrc ./
COPY scripts/check-node.cjs scripts/
RUN --mount=type=cache,target=/root/.npm npm ci
COPY prisma.config.ts tsconfig.json tsconfig.build.json vite.config.ts schema.graphql ./
COPY prisma prisma
COPY src src
RUN npm run build

# Its own stage, so that a change of the code leaves this, the largest layer, as it is.
FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
COPY scripts/check-node.cjs scripts/
# `--omit=dev` would keep the Prisma CLI, which is an optional peer of the client as well.
RUN --mount=type=cache,target=/root/.npm npm pkg delete devDependencies && npm install
# The client carries query compilers for every database (40 MB); these are the ones that are not ours.
RUN cd node_modules/@prisma/client/runtime && rm -f *.cockroachdb.* *.mysql.* *.sqlserver.*

FROM base
# For the stronger sandbox, where the container may make namespaces.
RUN apt-get update && apt-get install -y --no-install-recommends bubblewrap python3 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
# Read at start: the migrations, and the scripts that run inside the sandbox.
COPY prisma/migrations prisma/migrations
COPY src/sandbox/guest src/sandbox/guest
COPY --from=build /app/dist dist
# Where SQLite keeps its file when no DATABASE_URL is given; all else belongs to root and stays as it is.
RUN install --directory --owner=node --group=node data
USER node
EXPOSE 8000
# The start waits for the database and for other instances that migrate it, a minute at most.
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8000}/api/v1/health`).then(({ ok }) => process.exit(ok ? 0 : 1))"]
# Node itself, with neither npm nor a shell in between: SIGTERM reaches it.
CMD ["node", "dist/main.js"]
