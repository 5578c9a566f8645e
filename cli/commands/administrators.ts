/** `persistent-chat administrator …`: users whom no category binds and who may change everything. */
import type { Named } from "../operations/views.ts";
import { type Command, type CommandContext, Misuse } from "./command.ts";
import type { Given } from "./given.ts";
import { dryRun, makeChange } from "./losses.ts";
import { principalText, table } from "./table.ts";

const who = "WHO…";

export const administratorCommands: readonly Command[] = [
	{
		words: ["administrator", "add"],
		summary: "Make administrators of users, groups or domains",
		takes: who,
		flags: dryRun,
		examples: ["administrator add alice group:Operators"],
		run: (given, context) => change("administrator/add", given, context),
	},
	{
		words: ["administrator", "remove"],
		summary: "Take it from them: felt at once",
		takes: who,
		flags: dryRun,
		examples: ["administrator remove alice --dry-run"],
		run: (given, context) => change("administrator/remove", given, context),
	},
	{
		words: ["administrator", "list"],
		summary: "List the administrators",
		examples: ["administrator list"],
		async run(_, context) {
			const administrators = await context.ask("administrator/list", {});
			context.show(administrators, () => administratorsText(administrators));
		},
	},
];

async function change(
	name: "administrator/add" | "administrator/remove",
	given: Given,
	context: CommandContext,
): Promise<void> {
	if (given.rest.length === 0) throw new Misuse(`${who} is missing.`);
	await makeChange(
		name,
		{ principals: [...given.rest] },
		{ given, context },
		({ administrators }) => administratorsText(administrators),
	);
}

function administratorsText(administrators: readonly Named[]): string {
	return table(
		["ADMINISTRATOR", "NAME"],
		administrators.map((each) => [principalText(each), each.name]),
		"There is no administrator but the operator.",
	);
}
