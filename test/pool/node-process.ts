/**
 * A node in a process of its own, to be killed: prints where it answers as a line of JSON.
 * Arguments: the database as JSON; the number of the message that is committed but told to nobody, because the
 * process kills itself before the first frame about it (0: none), or `answers:40`: it does so before the answer of that number;
 * options of the service as JSON; the SIP server as JSON (none: one in this process).
 */
import type { Socket } from "node:net";
import type { ServiceOptions } from "../../plugin/index.ts";
import type { DatabaseDescription } from "../../plugin/store/index.ts";
import { type SipServer, startChatNode } from "../support/chat-node.ts";

const [, , description = "", killAfter = "0", service = "{}", sip] =
	process.argv;
const node = await startChatNode({
	service: JSON.parse(service) as ServiceOptions,
	existing: {
		description: JSON.parse(description) as DatabaseDescription,
		drop: async () => {},
	},
	...(sip !== undefined && { sip: elsewhere(JSON.parse(sip)) }),
});
const [, answers] = killAfter.split("answers:");
if (answers !== undefined) killBefore("SIP/2.0 200", Number(answers));
else if (killAfter !== "0") killBefore(`chatId="${killAfter}"`, 1);
process.stdout.write(
	`${JSON.stringify({ tcp: node.server("tcp"), udp: node.server("udp") })}\n`,
);

/** The frames to the SIP server are all that leaves this process: neither the room nor the author has heard. */
function killBefore(text: string, count: number): void {
	const { wp } = (
		node.srf as unknown as {
			app: { client: { wp: { send(socket: Socket, frame: string): string } } };
		}
	).app.client;
	const send = wp.send.bind(wp);
	let seen = 0;
	wp.send = (socket, frame) => {
		if (frame.includes(text)) seen += 1;
		if (seen === count) process.kill(process.pid, "SIGKILL");
		return send(socket, frame);
	};
}

function elsewhere({
	admin,
	tcp,
}: {
	readonly admin: SipServer["admin"];
	readonly tcp: string;
}): SipServer {
	return { admin, server: () => tcp, close: async () => {} };
}
