/**
 * "Which server do I chat with?" With several nodes: the one that has least to do.
 * `<cmd id="cmd:requri"><data/></cmd>` → `<data><uib uri="sip:…"/></data>`
 */
import { element } from "../xccos/xml.ts";
import { command } from "./command.ts";

export const requri = command({
	id: "cmd:requri",
	decode: () => undefined,
	handle: async (_, { service: { nextChannel, domain } }) => ({
		uri: nextChannel(),
		domain,
	}),
	encode: (uib) => ({ parts: [[element("uib", uib)]] }),
});
