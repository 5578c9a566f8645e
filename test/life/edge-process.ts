/** The embedded edge in a process of its own. Arguments: the ports of its control connection and of SIP, and its secret. */
import { pino } from "pino";
import { startEdge } from "../../edge/index.ts";

const [, , adminPort, sipPort, secret = ""] = process.argv;
const host = "127.0.0.1";
const edge = await startEdge({
	listen: (["udp", "tcp"] as const).map((transport) => ({
		...{ transport, host },
		port: Number(sipPort),
	})),
	admin: { host, port: Number(adminPort), secret },
	log: pino({ level: "silent" }),
});
process.once("SIGTERM", () => edge.close());
