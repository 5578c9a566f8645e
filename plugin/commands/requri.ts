/**
 * "Which server do I chat with?"
 * `<cmd id="cmd:requri"><data/></cmd>` → `<data><uib uri="sip:…"/></data>`
 */
import { element } from "../xccos/xml.ts";
import { command } from "./command.ts";

export const requri = command({
	id: "cmd:requri",
	decode: () => undefined,
	handle: async (_, { service }) => service,
	encode: ({ channelUri, domain }) => ({
		parts: [[element("uib", { uri: channelUri, domain })]],
	}),
});
