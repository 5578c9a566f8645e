/** `persistent-chat administrator …`: users whom no category binds and who may change everything. */
import type { Named } from "../operations/views.ts";
import { type Command, type CommandContext, Misuse } from "./command.ts";
import type { Given } from "./given.ts";
import { principalText, table } from "./table.ts";

const who = "WHO…";

export const administratorCommands: readonly Command[] = [
	{
		words: ["administrator", "add"],
		summary: "Make administrators of users, groups or domains",
		takes: who,
		examples: ["administrator add alice group:Operators"],
		run: (given, context) => change("administrator/add", given, context),
	},
	{
		words: ["administrator", "remove"],
		summary: "Take it from them: felt at once",
		takes: who,
		examples: ["administrator remove alice"],
		run: (given, context) => change("administrator/remove", given, context),
	},
	{
		words: ["administrator", "list"],
		summary: "List the administrators",
		examples: ["administrator list"],
		async run(_, context) {
			show(await context.ask("administrator/list", {}), context);
		},
	},
];

async function change(
	name: "administrator/add" | "administrator/remove",
	{ rest }: Given,
	context: CommandContext,
): Promise<void> {
	if (rest.length === 0) throw new Misuse(`${who} is missing.`);
	show(await context.ask(name, { principals: [...rest] }), context);
}

function show(administrators: readonly Named[], context: CommandContext): void {
	context.show(administrators, () =>
		table(
			["ADMINISTRATOR", "NAME"],
			administrators.map((each) => [principalText(each), each.name]),
			"There is no administrator but the operator.",
		),
	);
}
