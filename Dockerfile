# The chat service, without the SIP server and the databases: compose.yaml shows it among them.

# What compiles: the SQLite driver where no prebuilt one can be fetched, TypeScript, the pages.
FROM node:20-bookworm AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    PERSISTENT_CHAT_WEB_ENABLED=true \
    PERSISTENT_CHAT_WEB_HOST=0.0.0.0
COPY --from=build /build/package.json /opt/persistent-chat/
COPY --from=build /build/node_modules /opt/persistent-chat/node_modules
COPY --from=build /build/cli/persistent-chat.js /opt/persistent-chat/cli/
COPY --from=build /build/dist /opt/persistent-chat/dist
RUN ln -s ../../../opt/persistent-chat/cli/persistent-chat.js /usr/local/bin/persistent-chat \
 && install --directory --owner=node --group=node --mode=0700 /var/lib/persistent-chat /var/lib/persistent-chat/data
# Files of rooms, the signing key, the operator's socket: all below ./data.
WORKDIR /var/lib/persistent-chat
VOLUME /var/lib/persistent-chat/data
USER node
EXPOSE 8080
# Ready: the SIP server, the database and compliance answer.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PERSISTENT_CHAT_WEB_PORT ?? 8080}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node takes the signals itself: no shell in between.
ENTRYPOINT ["node", "/opt/persistent-chat/dist/app.js"]
