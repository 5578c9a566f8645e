/** `persistent-chat administrator …`: users whom no category binds and who may change everything. */
import type { Named } from "../operations/views.ts";
import { type Command, Misuse, type Session } from "./command.ts";
import type { Given } from "./given.ts";
import { principalText, table } from "./table.ts";

const who = "WHO…";

export const administratorCommands: readonly Command[] = [
	{
		words: ["administrator", "add"],
		summary: "Make administrators of users, groups or domains",
		takes: who,
		examples: ["administrator add alice group:Operators"],
		run: (given, session) => change("administrator/add", given, session),
	},
	{
		words: ["administrator", "remove"],
		summary: "Take it from them: felt at once",
		takes: who,
		examples: ["administrator remove alice"],
		run: (given, session) => change("administrator/remove", given, session),
	},
	{
		words: ["administrator", "list"],
		summary: "List the administrators",
		examples: ["administrator list"],
		async run(_, session) {
			show(await session.ask("administrator/list", {}), session);
		},
	},
];

async function change(
	name: "administrator/add" | "administrator/remove",
	{ rest }: Given,
	session: Session,
): Promise<void> {
	if (rest.length === 0) throw new Misuse(`${who} is missing.`);
	show(await session.ask(name, { principals: [...rest] }), session);
}

function show(administrators: readonly Named[], session: Session): void {
	session.show(administrators, () =>
		table(
			["ADMINISTRATOR", "NAME"],
			administrators.map((each) => [principalText(each), each.name]),
			"There is no administrator but the operator.",
		),
	);
}
