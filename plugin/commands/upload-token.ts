/**
 * A token to bring one file to a room, by HTTP. To bring it is to post: the room must be joined.
 * `<cmd id="cmd:getfutok"><data><ftdb channelUri="ma-chan://…" fileUrl="notes.txt"/></data></cmd>`
 * → `<rpl id="rpl:getftok"> … <data><token token="GUID" serveruri="https://…"/></data>`
 */
import { ChatError } from "../errors.ts";
import { readFtdb, tokenElement } from "../xccos/file-tokens.ts";
import { ofRoom } from "./about.ts";
import { command } from "./command.ts";

export const uploadToken = command({
	id: "cmd:getfutok",
	decode: (data, { domain, fileServiceUrl }) => ({
		...readFtdb(data, domain),
		url: fileServiceUrl(),
	}),
	async handle({ room, name, url }, { session, rooms }) {
		if (url === undefined) {
			throw new ChatError(
				"unavailable",
				"This service has no address to bring files to.",
			);
		}
		if (!session.feeds.has(room)) {
			throw new ChatError(
				"not-joined",
				"Join the room before you bring a file to it.",
			);
		}
		const { token } = await rooms.grantUpload(session.actor, { room, name });
		return { room, token, url };
	},
	encode: ({ room, token, url }) => ({
		parts: [[tokenElement(token, url)]],
		about: ofRoom(room),
	}),
});
