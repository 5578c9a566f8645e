/** `persistent-chat database …`: what may be needed before the service can start. */
import type { Unlocked } from "../offline/evidence.ts";
import { type Command, NotSafe } from "./command.ts";
import { properties } from "./table.ts";

export const databaseCommands: readonly Command[] = [
	{
		words: ["database", "unlock"],
		summary:
			"After a node was killed while it changed the schema (MySQL): let the next start try again",
		flags: { yes: { text: "do not ask" } },
		examples: ["database unlock"],
		async run(_, { offline, show, confirm }) {
			await confirm(
				"Are all nodes stopped? Two that change the schema at the same time can destroy it.",
			);
			const unlocked = await offline.unlockMigrations();
			show(unlocked, () =>
				properties(unlocked.map((each) => [each.schema, said(each)])),
			);
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
	if (outcome === "not locked") return "was not locked";
	const { connections } = outcome;
	return `LOCKED, and left so: ${connections === 1 ? "another connection is" : `${connections} other connections are`} open`;
}
