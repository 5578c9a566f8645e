/**
 * Rooms by name, or by name and description.
 * `<cmd id="cmd:chansrch"><data><qib qtype="BYNAME" criteria="" extended="false"/></data></cmd>` → `<data><chanib …/>…</data>`
 */
import { chanib } from "../xccos/elements.ts";
import { splitElements } from "../xccos/split.ts";
import { children, optionalAttribute } from "../xccos/xml.ts";
import { command } from "./command.ts";

export const search = command({
	id: "cmd:chansrch",
	decode(data) {
		const [qib] = children(data, "qib");
		if (qib === undefined) return { criteria: "", extended: false };
		return {
			criteria: optionalAttribute(qib, "criteria") ?? "",
			extended: optionalAttribute(qib, "extended")?.toLowerCase() === "true",
		};
	},
	handle: ({ criteria, extended }, { session, rooms }) =>
		rooms.search(session.actor, criteria, extended),
	encode: (found, { service }, { bodyBytes }) => ({
		// COMPAT(pidgin-sipe): its list ends with the first reply, so as much as possible goes into that
		parts: splitElements(
			found.map((summary) => chanib(service.domain, summary)),
			bodyBytes,
		),
	}),
});
