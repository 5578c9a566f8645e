/**
 * "In which categories may I make rooms?"
 * `<cmd id="cmd:nodespermcreatechild"><data/></cmd>` → `<data><chanib uri="ma-cat://…" name description/>…</data>`
 */
import { categoryBlock } from "../xccos/elements.ts";
import { splitElements } from "../xccos/split.ts";
import { command } from "./command.ts";

export const creatable = command({
	id: "cmd:nodespermcreatechild",
	decode: () => undefined,
	handle: (_, { session, rooms }) => rooms.creatable(session.actor),
	encode: (categories, { service }, { frameBytes }) => ({
		parts: splitElements(
			categories.map((category) => categoryBlock(service.domain, category)),
			frameBytes,
		),
	}),
});
