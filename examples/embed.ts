/** An application that answers calls of its own on a SIP server, and has persistent chat beside them: docs/embed.md. */

import { makeDatabase, persistentChat } from "drachtio-persistent-chat";
import { openOperatorDoor } from "drachtio-persistent-chat/operator";
import { createWeb, webSchema } from "drachtio-persistent-chat/web";
import Srf from "drachtio-srf";
import { pino } from "pino";

const {
	DRACHTIO_HOST: host = "127.0.0.1",
	DRACHTIO_PORT: port = "9022",
	DRACHTIO_SECRET: secret = "cymru",
	CHAT_DATABASE: file = "./data/chat.sqlite",
	CHAT_SOCKET: path = "./data/persistent-chat.sock",
	CHAT_WEB_PORT: webPort = "8080",
} = process.env;
// drachtio-srf reads the environment for every header: a plain object is many times as fast as the real one.
process.env = { ...process.env };
const domain = "example.com";
const log = pino();
const srf = new Srf();
// Without a listener, a server that cannot be reached would end the process.
srf.on("error", (error) =>
	log.warn({ err: error }, "SIP server not reachable"),
);

// What comes before persistentChat() is asked first: OPTIONS that are for this application.
srf.use("options", (request, reply, next) =>
	request.uri.startsWith("sip:hello@") ? reply.send(200) : next(),
);

const database = makeDatabase({ client: "sqlite", file });
const chat = await persistentChat(srf, {
	domain,
	node: "embedded-1",
	database,
	compliance: "off",
	log,
});

// What comes after it gets what is not the chat service's.
srf.invite(async (request, reply) => {
	if (!request.uri.startsWith("sip:hello@")) return reply.send(404);
	const dialog = await srf.createUAS(request, reply, {
		localSdp: request.body,
	});
	dialog.on("info", (_, answer) => answer.send(200));
	dialog.on("destroy", () => log.info("the caller has hung up"));
});
srf.use("message", (request, reply) =>
	reply.send(request.uri.startsWith("sip:hello@") ? 202 : 404),
);

// The command persistent-chat administers it through this, and the web door says how it is doing.
const door = await openOperatorDoor({
	...chat,
	path,
	configuration: {},
	domain,
	uri: `sip:persistentchat@${domain}`,
	log,
});
const settings = webSchema.parse({ port: Number(webPort) });
const web = await createWeb({ chat, settings, domain, log });

srf.on("connect", (error) => {
	if (error) log.error("the SIP server refuses the secret");
	else log.info({ web: web.address }, "ready");
});
srf.connect({ host, port: Number(port), secret });

process.once("SIGTERM", async () => {
	await web.close();
	await door.close();
	// Before the connection and the database are closed, which it needs to take leave.
	await chat.close();
	srf.disconnect();
	await database.destroy();
	process.exit(0);
});
