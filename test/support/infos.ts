/** The INFOs that a node sends, as they leave it for the SIP server: to count and to measure. */
import type { Socket } from "node:net";
import type { ChatNode } from "./chat-node.ts";

export interface SentInfo {
	readonly callId: string;
	readonly frameBytes: number;
	readonly body: string;
}

/** From now on; the list grows. */
export function sentInfos({ srf }: Pick<ChatNode, "srf">): SentInfo[] {
	const { wp } = (
		srf as unknown as {
			app: { client: { wp: { send(socket: Socket, frame: string): string } } };
		}
	).app.client;
	const infos: SentInfo[] = [];
	const send = wp.send.bind(wp);
	wp.send = (socket, frame) => {
		const [, dialog = ""] = /^sip\|[^|]*\|([^|\r]*)/.exec(frame) ?? [];
		if (/\r\nINFO /.test(frame.slice(0, 600))) {
			infos.push({
				callId: dialog,
				frameBytes: Buffer.byteLength(frame) + 40,
				body: frame.slice(frame.indexOf("\r\n\r\n") + 4),
			});
		}
		return send(socket, frame);
	};
	return infos;
}
