/**
 * A node in a process of its own, to be killed: prints where it answers as a line of JSON.
 * Arguments: the database as JSON, the number of the message that is committed but told to nobody, because the
 * process kills itself before the first frame about it (0: none), and options of the service as JSON.
 */
import type { Socket } from "node:net";
import type { ServiceOptions } from "../../plugin/index.ts";
import type { DatabaseDescription } from "../../plugin/store/index.ts";
import { startChatNode } from "../support/chat-node.ts";

const [, , description = "", killAfter = "0", service = "{}"] = process.argv;
const node = await startChatNode({
	service: JSON.parse(service) as ServiceOptions,
	existing: {
		description: JSON.parse(description) as DatabaseDescription,
		drop: async () => {},
	},
});
if (killAfter !== "0") killBeforeTelling(`chatId="${killAfter}"`);
process.stdout.write(
	`${JSON.stringify({ tcp: node.server("tcp"), udp: node.server("udp") })}\n`,
);

/** The frames to the SIP server are all that leaves this process: neither the room nor the author has heard. */
function killBeforeTelling(message: string): void {
	const { wp } = (
		node.srf as unknown as {
			app: { client: { wp: { send(socket: Socket, frame: string): string } } };
		}
	).app.client;
	const send = wp.send.bind(wp);
	wp.send = (socket, frame) => {
		if (frame.includes(message)) process.kill(process.pid, "SIGKILL");
		return send(socket, frame);
	};
}
