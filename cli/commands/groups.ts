/** `persistent-chat group …`: sets of users, domains and other groups that rights are given to. */
import type { GroupView } from "../operations/views.ts";
import { makeAddition, rehearsal } from "./additions.ts";
import { type Command, Misuse } from "./command.ts";
import { dryRun, makeChange } from "./losses.ts";
import { principalsText, properties, table } from "./table.ts";

const members = {
	value: "WHO",
	many: true,
	text: "alice, alice@example.com, domain:example.com or group:NAME",
} as const;

export const groupCommands: readonly Command[] = [
	{
		words: ["group", "add"],
		summary: "Make a group",
		takes: "NAME",
		flags: { member: members, ...rehearsal },
		examples: [
			"group add Traders --member alice --member bob",
			"group add 'Front office' --member group:Traders,domain:sales.example.com",
		],
		async run(given, context) {
			const name = given.argument(0, "NAME");
			await makeAddition(
				"group/add",
				{ name, members: given.list("member") },
				{ given, context },
				name,
				groupText,
			);
		},
	},
	{
		words: ["group", "set"],
		summary: "Change a group: felt at once by whoever is connected",
		takes: "NAME",
		flags: {
			name: { value: "TEXT", text: "its new name" },
			member: { ...members, text: "the whole list of its members" },
			"add-member": { ...members, text: "who comes to it" },
			"remove-member": { ...members, text: "who leaves it" },
			...dryRun,
		},
		examples: [
			"group set Traders --remove-member alice --add-member carol",
			"group set Traders --remove-member alice --dry-run",
		],
		async run(given, context) {
			const name = given.text("name");
			const change = given.change("member");
			if (name === undefined && change === undefined) {
				throw new Misuse("Say what is to be changed.");
			}
			await makeChange(
				"group/set",
				{ group: given.argument(0, "NAME"), name, members: change },
				{ given, context },
				groupText,
			);
		},
	},
	{
		words: ["group", "remove"],
		summary: "Remove a group, with every right given to it",
		takes: "NAME",
		flags: { yes: { text: "do not ask" }, ...dryRun },
		examples: ["group remove Traders"],
		async run(given, context) {
			const { id, name, members } = await context.ask("group/get", {
				group: given.argument(0, "NAME"),
			});
			const question = `Remove the group ${name} (${members.length} members) and every right given to it?`;
			if (!given.has("dry-run")) await context.confirm(question);
			await makeChange(
				"group/remove",
				{ group: id },
				{ given, context },
				(removed) => `Removed the group ${removed.name}.`,
			);
		},
	},
	{
		words: ["group", "get"],
		summary: "Show a group and its members",
		takes: "NAME",
		examples: ["group get Traders"],
		async run(given, context) {
			const group = await context.ask("group/get", {
				group: given.argument(0, "NAME"),
			});
			context.show(group, () => groupText(group));
		},
	},
	{
		words: ["group", "list"],
		summary: "List the groups",
		examples: ["group list"],
		async run(_, context) {
			const groups = await context.ask("group/list", {});
			context.show(groups, () =>
				table(
					["GROUP", "MEMBERS"],
					groups.map(({ name, members }) => [name, String(members)]),
					"There is no group.",
				),
			);
		},
	},
];

function groupText({ name, members }: GroupView): string {
	return properties([
		["group", name],
		["members", principalsText(members)],
	]);
}
