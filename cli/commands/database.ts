/** `persistent-chat database …`: what may be needed before the service can start. */
import type { Unlocked } from "../offline/evidence.ts";
import { type Command, NotSafe } from "./command.ts";
import { properties } from "./table.ts";

export const databaseCommands: readonly Command[] = [
	{
		words: ["database", "unlock"],
		summary:
			"After a node was killed while it changed the schema (MySQL): let the next start try again",
		flags: {
			"dry-run": { text: "only show what is locked, and unlock nothing" },
			yes: { text: "do not ask" },
		},
		examples: ["database unlock --dry-run", "database unlock"],
		async run(given, { offline, show, confirm }) {
			const dryRun = given.has("dry-run");
			if (!dryRun) {
				await confirm(
					"Are all nodes stopped? Two that change the schema at the same time can destroy it.",
				);
			}
			const unlocked = await offline.unlockMigrations(dryRun);
			show(unlocked, () => {
				const text = properties(
					unlocked.map((each) => [each.schema, said(each)]),
				);
				return dryRun ? `${text}\nNothing has been changed.` : text;
			});
			if (dryRun) return;
			if (unlocked.some(({ outcome }) => typeof outcome === "object")) {
				throw new NotSafe(
					"Somebody is connected, who may be changing the schema: stop all nodes, and whatever else is connected, then try again.",
				);
			}
		},
	},
];

function said({ outcome }: Unlocked): string {
	if (outcome === "unlocked") return "unlocked: start a node";
	if (outcome === "locked") return "LOCKED: would be unlocked";
	if (outcome === "not locked") return "was not locked";
	const { connections } = outcome;
	return `LOCKED, and left so: ${connections === 1 ? "another connection is" : `${connections} other connections are`} open`;
}
