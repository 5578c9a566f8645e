/**
 * A token to get one file of a room, by HTTP: of any file there, or of the one named by `fileid`. What `fileUrl` says is how the file
 * will be called where it goes, and decides nothing.
 * `<cmd id="cmd:getfdtok"><data><ftdb channelUri="ma-chan://…" fileUrl="notes.txt" fileid="GUID"/></data></cmd>`
 * → `<rpl id="rpl:getftok"> … <data><token token="GUID" serveruri="https://…"/></data>`
 */
import { ChatError } from "../errors.ts";
import { readFtdb, tokenElement } from "../xccos/file-tokens.ts";
import { ofRoom } from "./about.ts";
import { command } from "./command.ts";

export const downloadToken = command({
	id: "cmd:getfdtok",
	decode: (data, { domain, fileServiceUrl }) => ({
		...readFtdb(data, domain),
		url: fileServiceUrl(),
	}),
	async handle({ room, file, url }, { session, rooms }) {
		if (url === undefined) {
			throw new ChatError(
				"unavailable",
				"This service has no address to get files from.",
			);
		}
		const { token } = await rooms.grantDownload(session.actor, { room, file });
		return { room, token, url };
	},
	encode: ({ room, token, url }) => ({
		parts: [[tokenElement(token, url)]],
		about: ofRoom(room),
	}),
});
