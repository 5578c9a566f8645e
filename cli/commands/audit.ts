/** `persistent-chat audit`: what administrators did, and were refused, by whichever door. */
import type { AuditView } from "../operations/audit.ts";
import type { Command } from "./command.ts";
import { table, userText } from "./table.ts";

const doors = ["operator", "sip", "web", "offline"] as const;
const outcomes = ["begun", "done", "refused", "failed"] as const;

export const auditCommand: Command = {
	words: ["audit"],
	summary:
		"Show what administrators did, and were refused, by whichever door; the newest first",
	flags: {
		from: { value: "DATE", text: "then or later: 2026-11-22T14:00" },
		before: { value: "DATE", text: "earlier than then" },
		actor: { value: "TEXT", text: "whose name or URI has this in it" },
		action: { value: "ACTION", text: "like room-changed" },
		subject: { value: "TEXT", text: "of exactly this: a URI, an id, a name" },
		door: { value: doors.join("|"), text: "by this door" },
		outcome: {
			value: outcomes.join("|"),
			text: "that ended so; begun: nobody knows how it ended",
		},
		below: { value: "N", text: "older than this entry" },
		last: { value: "N", text: "so many (default: 50; at most 1000)" },
	},
	examples: [
		"audit",
		"audit --outcome refused --from 2026-11-01",
		"audit --actor erin --door sip --json",
	],
	async run(given, { ask, show }) {
		const { entries, next } = await ask("audit/list", {
			from: given.date("from"),
			before: given.date("before"),
			actor: given.text("actor"),
			action: given.text("action"),
			subject: given.text("subject"),
			door: given.choice("door", doors),
			outcome: given.choice("outcome", outcomes),
			below: given.number("below"),
			limit: given.number("last", 1_000),
		});
		show({ entries, next }, () => entriesText(entries, next));
	},
};

function entriesText(
	entries: readonly AuditView[],
	next: number | null,
): string {
	const text = table(
		["WHEN", "WHO", "DOOR", "FROM", "DID", "OF", "OUTCOME"],
		entries.map((entry) => [
			entry.at,
			entry.door === "operator" || entry.door === "offline"
				? entry.actor.name
				: userText(entry.actor.uri),
			entry.door,
			entry.cameFrom || "-",
			entry.action,
			entry.subject,
			entry.reason === "" ? entry.outcome : `${entry.outcome}: ${entry.reason}`,
		]),
		"Nothing of that kind was done.",
	);
	return next === null
		? text
		: `${text}\nThere are older ones: --below ${next} shows them.`;
}
