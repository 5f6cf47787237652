FROM node:26-trixie-slim

RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates iputils-ping libexpat1 tini \
  && rm -rf /var/lib/apt/lists/* \
  && install --directory --owner node --group node /data

WORKDIR /app
# The schema comes with the manifest: installing generates the database client from it.
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma/schema.prisma prisma/
RUN npm ci --omit=dev
COPY . .

ENV NODE_ENV=production DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --start-period=30s --interval=15s --timeout=5s \
  CMD ["node", "-e", "fetch(`http://localhost:${process.env.PORT ?? 4000}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1))"]

# tini passes on signals and reaps what a killed PostgreSQL leaves.
ENTRYPOINT ["tini", "--"]
CMD ["node", "--max-old-space-size=320", "api/main.ts"]
