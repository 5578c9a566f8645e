/** `persistent-chat category …`: who could ever be let into a room. */
import type { CategoryView } from "../operations/views.ts";
import { makeAddition, rehearsal } from "./additions.ts";
import { type Command, Misuse } from "./command.ts";
import type { Given } from "./given.ts";
import { dryRun, makeChange } from "./losses.ts";
import { onOff, principalsText, properties, table } from "./table.ts";

const maxDays = 36_500;
const principals = { value: "WHO", many: true } as const;
const switches = {
	description: { value: "TEXT", text: "at most 256 characters" },
	invitations: { value: "on|off", text: "may its rooms send invitations?" },
	files: { value: "on|off", text: "may files be posted?" },
	history: {
		value: "on|off",
		text: "can what was said be read back and found? It is kept in any case",
	},
	compliance: {
		value: "open|closed",
		text: "closed: its rooms take no messages while the compliance archive is behind",
	},
	"retain-days": {
		value: "N|ever|default",
		text: "how long messages of its rooms are kept before they are deleted for good; default: as service.retainDays has it",
	},
} as const;

export const categoryCommands: readonly Command[] = [
	{
		words: ["category", "add"],
		summary: "Make a category",
		takes: "NAME",
		flags: {
			...switches,
			allow: { ...principals, text: "who could be a member of its rooms" },
			deny: { ...principals, text: "who could not, whatever allows him" },
			creator: { ...principals, text: "who of those may make rooms in it" },
			...rehearsal,
		},
		examples: [
			"category add Trading --allow group:Traders --deny group:Analysts",
		],
		async run(given, context) {
			const name = given.argument(0, "NAME");
			await makeAddition(
				"category/add",
				{
					name,
					...switched(given),
					allowed: given.list("allow"),
					denied: given.list("deny"),
					creators: given.list("creator"),
				},
				{ given, context },
				name,
				categoryText,
			);
		},
	},
	{
		words: ["category", "set"],
		summary: "Change a category: who is not allowed any more is out at once",
		takes: "NAME",
		flags: {
			name: { value: "TEXT", text: "its new name" },
			...switches,
			allow: { ...principals, text: "the whole list of who is allowed" },
			"add-allow": { ...principals, text: "who is allowed too" },
			"remove-allow": { ...principals, text: "who is allowed no more" },
			deny: { ...principals, text: "the whole list of who is denied" },
			"add-deny": { ...principals, text: "who is denied too" },
			"remove-deny": { ...principals, text: "who is denied no more" },
			creator: { ...principals, text: "the whole list of who may make rooms" },
			"add-creator": { ...principals, text: "who may make rooms too" },
			"remove-creator": { ...principals, text: "who may no more" },
			...dryRun,
		},
		examples: [
			"category set Trading --add-deny group:Analysts --dry-run",
			"category set Trading --history off",
			"category set Trading --retain-days 90",
		],
		async run(given, context) {
			const change = {
				category: given.argument(0, "NAME"),
				name: given.text("name"),
				...switched(given),
				allowed: given.change("allow"),
				denied: given.change("deny"),
				creators: given.change("creator"),
			};
			const named = Object.values(change).filter((each) => each !== undefined);
			if (named.length === 1) throw new Misuse("Say what is to be changed.");
			const typed = { given, context };
			await makeChange("category/set", change, typed, categoryText);
		},
	},
	{
		words: ["category", "remove"],
		summary: "Remove a category that has no rooms",
		takes: "NAME",
		flags: { yes: { text: "do not ask" }, ...dryRun },
		examples: ["category remove Trading"],
		async run(given, context) {
			const { id, name } = await context.ask("category/get", {
				category: given.argument(0, "NAME"),
			});
			const question = `Remove the category ${name}?`;
			if (!given.has("dry-run")) await context.confirm(question);
			await makeChange(
				"category/remove",
				{ category: id },
				{ given, context },
				(removed) => `Removed the category ${removed.name}.`,
			);
		},
	},
	{
		words: ["category", "get"],
		summary: "Show a category",
		takes: "NAME",
		examples: ["category get Trading"],
		async run(given, context) {
			const category = await context.ask("category/get", {
				category: given.argument(0, "NAME"),
			});
			context.show(category, () => categoryText(category));
		},
	},
	{
		words: ["category", "list"],
		summary: "List the categories",
		examples: ["category list"],
		async run(_, context) {
			const categories = await context.ask("category/list", {});
			context.show(categories, () =>
				table(
					["CATEGORY", "ALLOWED", "DENIED", "CREATORS"],
					categories.map(({ name, allowed, denied, creators }) => [
						name,
						...[allowed, denied, creators].map(principalsText),
					]),
					"There is no category.",
				),
			);
		},
	},
];

function switched(given: Given) {
	return {
		description: given.text("description"),
		invitations: given.onOff("invitations"),
		files: given.onOff("files"),
		history: given.onOff("history"),
		compliance: given.choice("compliance", ["open", "closed"]),
		retainDays: retainDaysIn(given),
	};
}

function retainDaysIn(given: Given): number | null | undefined {
	const text = given.text("retain-days");
	if (text === undefined) return undefined;
	if (text === "ever") return 0;
	if (text === "default") return null;
	if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= maxDays) {
		return Number(text);
	}
	throw new Misuse(
		`--retain-days is a number of days from 1 to ${maxDays}, ever or default, not "${text}".`,
	);
}

function keptFor(days: number | null): string {
	if (days === null) return "as the service says";
	return days === 0 ? "for ever" : `for ${days} days`;
}

function categoryText(category: CategoryView): string {
	return properties([
		["category", category.name],
		["description", category.description || "-"],
		["allowed", principalsText(category.allowed)],
		["denied", principalsText(category.denied)],
		["creators", principalsText(category.creators)],
		["invitations", onOff(category.invitations)],
		["files", onOff(category.files)],
		["history", onOff(category.history)],
		["compliance", category.compliance],
		["kept", keptFor(category.retainDays)],
	]);
}
