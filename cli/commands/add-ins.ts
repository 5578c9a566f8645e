/** `persistent-chat add-in …`: pages that rooms may have beside them, by name. */
import { type Command, Misuse } from "./command.ts";
import type { Given } from "./given.ts";
import { table } from "./table.ts";

const url = { value: "URL", text: "its address (required)" } as const;
const dryRun = { "dry-run": { text: "only say what would be done" } } as const;

export const addInCommands: readonly Command[] = [
	{
		words: ["add-in", "list"],
		summary: "List add-ins, with how many rooms have them",
		examples: ["add-in list"],
		async run(_, { ask, show }) {
			const found = await ask("add-in/list", {});
			show(found, () =>
				table(
					["ADD-IN", "ADDRESS", "REGISTERED", "ROOMS"],
					found.map((each) => [
						each.name,
						each.url,
						each.registered ? "yes" : "no",
						String(each.rooms),
					]),
					"There is no add-in.",
				),
			);
		},
	},
	{
		words: ["add-in", "add"],
		summary: "Register an add-in: rooms take it by its name alone",
		takes: "NAME",
		flags: { url, ...dryRun },
		examples: ["add-in add Tickets --url https://tickets.example.com/"],
		async run(given, { ask, show }) {
			const addIn = addInOf(given);
			if (given.has("dry-run")) {
				const known = await ask("add-in/list", {});
				const taken = known.some(
					(each) => each.registered && each.name === addIn.name,
				);
				show({ ...addIn, taken, dryRun: true }, () =>
					taken
						? `There is an add-in ${addIn.name} already. Nothing has been changed.`
						: `${addIn.name} would be registered. Nothing has been changed.`,
				);
				return;
			}
			const added = await ask("add-in/add", addIn);
			show(added, () => `Registered ${added.name} (${added.url}).`);
		},
	},
	{
		words: ["add-in", "set"],
		summary: "Give an add-in another address",
		takes: "NAME",
		flags: {
			url,
			rooms: { text: "also in the rooms that have it with the former one" },
			...dryRun,
		},
		examples: ["add-in set Tickets --url https://t.example.com/ --rooms"],
		async run(given, { ask, show, progress }) {
			const addIn = addInOf(given);
			if (given.has("dry-run")) {
				const known = await ask("add-in/list", {});
				const before = known.find(
					(each) => each.registered && each.name === addIn.name,
				);
				const rooms = given.has("rooms") ? (before?.rooms ?? 0) : 0;
				show({ ...addIn, rooms, dryRun: true }, () =>
					before === undefined
						? `There is no add-in ${addIn.name}. Nothing has been changed.`
						: `${addIn.name} would get another address, and ${rooms} rooms with it. Nothing has been changed.`,
				);
				return;
			}
			const changed = await ask(
				"add-in/set",
				{ ...addIn, rooms: given.has("rooms") },
				progress("rooms changed"),
			);
			show(
				changed,
				() =>
					`${changed.name} is at ${changed.url}; ${changed.changedRooms} rooms were changed.`,
			);
		},
	},
	{
		words: ["add-in", "remove"],
		summary: "Take an add-in out of the registry: no room has it any more",
		takes: "NAME",
		flags: { yes: { text: "do not ask" }, ...dryRun },
		examples: ["add-in remove Tickets"],
		async run(given, { ask, show, confirm }) {
			const name = given.argument(0, "NAME");
			if (given.has("dry-run")) {
				const known = await ask("add-in/list", {});
				const rooms = known
					.filter((each) => each.name === name)
					.reduce((sum, each) => sum + each.rooms, 0);
				show({ name, rooms, dryRun: true }, () =>
					rooms === 0
						? `${name} would be removed. Nothing has been changed.`
						: `${rooms} rooms have ${name}: it would be refused. Nothing has been changed.`,
				);
				return;
			}
			await confirm(`Remove the add-in ${name}?`);
			const removed = await ask("add-in/remove", { name });
			show(removed, () => `Removed the add-in ${removed.name}.`);
		},
	},
];

function addInOf(given: Given) {
	const name = given.argument(0, "NAME");
	const address = given.text("url");
	if (address !== undefined) return { name, url: address };
	throw new Misuse("--url says the address of the page.");
}
