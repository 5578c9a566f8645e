/** `persistent-chat room …`: where messages are posted and kept. */
import type { RoomDetailsView } from "../operations/views.ts";
import { makeAddition, rehearsal } from "./additions.ts";
import { type Command, Misuse } from "./command.ts";
import type { Given } from "./given.ts";
import { dryRun, makeChange } from "./losses.ts";
import { messageClear } from "./messages.ts";
import { invitations, privacies, roomLists, types } from "./room-lists.ts";
import { principalsText, properties } from "./table.ts";

const who = { value: "WHO", many: true } as const;
const shape = {
	description: { value: "TEXT", text: "at most 256 characters" },
	privacy: {
		value: privacies.join("|"),
		text: "open: joined by all in scope; closed: found by all, joined by members; secret: known to members only",
	},
	type: {
		value: types.join("|"),
		text: "in an auditorium only presenters post",
	},
	invitations: {
		value: invitations.join("|"),
		text: "as the category says, or none",
	},
	"add-in": { value: "NAME", text: "a page shown beside the room" },
	"add-in-url": {
		value: "URL",
		text: 'its address; default: as "add-in" has it',
	},
	alias: {
		value: "WORD",
		text: "phones write to it at sip:room.WORD@<domain>",
	},
} as const;
const roles = ["member", "manager", "presenter"] as const;

export const roomCommands: readonly Command[] = [
	{
		words: ["room", "add"],
		summary: "Make a room",
		takes: "NAME",
		flags: {
			category: { value: "NAME", text: "where it lies (required)" },
			...shape,
			disable: { text: "nobody may enter yet" },
			member: { ...who, text: "who joins, reads and posts" },
			manager: { ...who, text: "who may change it" },
			presenter: { ...who, text: "who posts in an auditorium" },
			...rehearsal,
		},
		examples: [
			"room add 'Trading floor' --category Trading --member group:Traders",
			"room add News --category General --privacy open --type auditorium --presenter bob",
		],
		async run(given, context) {
			const name = given.argument(0, "NAME");
			const category = given.text("category");
			if (category === undefined) {
				throw new Misuse(
					'--category says where the room lies; "category list" shows which there are.',
				);
			}
			await makeAddition(
				"room/add",
				{
					name,
					category,
					...shaped(given),
					addIn: addInOf(given) ?? undefined,
					alias: given.text("alias"),
					...(given.has("disable") && { disabled: true }),
					members: given.list("member"),
					managers: given.list("manager"),
					presenters: given.list("presenter"),
				},
				{ given, context },
				name,
				roomText,
			);
		},
	},
	{
		words: ["room", "set"],
		summary: "Change a room: felt at once by whoever is in it",
		takes: "NAME|ID",
		flags: {
			name: { value: "TEXT", text: "its new name" },
			category: {
				value: "NAME",
				text: "move it there: whom that does not allow is out",
			},
			...shape,
			"no-add-in": { text: "no page beside it any more" },
			"no-alias": { text: "phones write to the address with its id only" },
			disable: { text: "everybody is out, and nobody may enter" },
			enable: { text: "it is open for its people again" },
			...Object.fromEntries(
				roles.flatMap((role) => [
					[role, { ...who, text: `the whole list of its ${role}s` }],
					[`add-${role}`, { ...who, text: `who becomes a ${role}` }],
					[`remove-${role}`, { ...who, text: `who is a ${role} no more` }],
				]),
			),
			...dryRun,
		},
		examples: [
			"room set 'Trading floor' --add-member carol --remove-member dave",
			"room set Research --category Trading --dry-run",
			"room set Research --disable",
			"room set Lobby --alias lobby",
			"room set Research --privacy secret --dry-run",
		],
		async run(given, context) {
			const room = given.argument(0, "NAME");
			const disabled = given.either("disable", "enable");
			const change = {
				room,
				name: given.text("name"),
				category: given.text("category"),
				...shaped(given),
				addIn: addInOf(given),
				alias: given.has("no-alias") ? null : given.text("alias"),
				disabled,
				members: given.change("member"),
				managers: given.change("manager"),
				presenters: given.change("presenter"),
			};
			const named = Object.values(change).filter((each) => each !== undefined);
			if (named.length === 1) throw new Misuse("Say what is to be changed.");
			await makeChange("room/set", change, { given, context }, roomText);
		},
	},
	{
		words: ["room", "remove"],
		summary: "Remove a room with all its messages, for ever",
		takes: "NAME|ID",
		flags: { yes: { text: "do not ask" }, ...dryRun },
		examples: ["room remove Research"],
		async run(given, context) {
			const room = await context.ask("room/get", {
				room: given.argument(0, "NAME"),
			});
			const question = `Remove the room ${room.name} of ${room.category.name} and its messages (the newest is number ${room.lastSequence}), for ever? (--disable on "room set" keeps them.)`;
			if (!given.has("dry-run")) await context.confirm(question);
			await makeChange(
				"room/remove",
				{ room: room.id },
				{ given, context },
				(removed) => `Removed the room ${removed.name}.`,
			);
		},
	},
	{
		words: ["room", "get"],
		summary: "Show a room and its people",
		takes: "NAME|ID",
		examples: ["room get Lobby", "room get Lobby --json"],
		async run(given, context) {
			const room = await context.ask("room/get", {
				room: given.argument(0, "NAME"),
			});
			context.show(room, () => roomText(room));
		},
	},
	...roomLists,
	{
		...messageClear,
		words: ["room", "clear"],
		summary:
			"Delete what was posted in a room before a date (as message clear)",
		examples: ["room clear Lobby --before 2026-01-01 --dry-run"],
	},
];

function shaped(given: Given) {
	return {
		description: given.text("description"),
		privacy: given.choice("privacy", privacies),
		type: given.choice("type", types),
		invitations: given.choice("invitations", invitations),
	};
}

/** null: there is to be none. */
function addInOf(given: Given) {
	const name = given.text("add-in");
	const url = given.text("add-in-url");
	if (given.has("no-add-in")) return null;
	if (name === undefined && url === undefined) return undefined;
	if (name !== undefined) return { name, ...(url !== undefined && { url }) };
	throw new Misuse(
		"An add-in has a name and an address: --add-in and --add-in-url.",
	);
}

function roomText(room: RoomDetailsView): string {
	const addIn = room.addIn;
	return properties([
		["room", room.name],
		["id", room.id],
		["alias", room.alias ?? "-"],
		["description", room.description || "-"],
		["category", room.category.name],
		["privacy", room.privacy],
		["type", room.type],
		["invitations", room.invitations],
		["add-in", addIn === null ? "-" : `${addIn.name} (${addIn.url})`],
		["disabled", room.disabled ? "yes" : "no"],
		["members", principalsText(room.members)],
		["managers", principalsText(room.managers)],
		["presenters", principalsText(room.presenters)],
		["people in it", String(room.participants)],
	]);
}
