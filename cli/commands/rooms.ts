/** `persistent-chat room …`: where messages are posted and kept. */
import type { RoomDetailsView, RoomView } from "../operations/views.ts";
import { type Command, Misuse } from "./command.ts";
import type { Given } from "./given.ts";
import {
	lossesText,
	principalsText,
	properties,
	table,
	userText,
} from "./table.ts";

const privacies = ["open", "closed", "secret"] as const;
const types = ["normal", "auditorium"] as const;
const invitations = ["inherit", "off"] as const;

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
	"add-in-url": { value: "URL", text: "its address" },
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
		},
		examples: [
			"room add 'Trading floor' --category Trading --member group:Traders",
			"room add News --category General --privacy open --type auditorium --presenter bob",
		],
		async run(given, session) {
			const name = given.argument(0, "NAME");
			const category = given.text("category");
			if (category === undefined) {
				throw new Misuse(
					'--category says where the room lies; "category list" shows which there are.',
				);
			}
			const room = await session.ask("room/add", {
				name,
				category,
				...shaped(given),
				addIn: addInOf(given) ?? undefined,
				...(given.has("disable") && { disabled: true }),
				members: given.list("member"),
				managers: given.list("manager"),
				presenters: given.list("presenter"),
			});
			session.show(room, () => roomText(room));
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
			disable: { text: "everybody is out, and nobody may enter" },
			enable: { text: "it is open for its people again" },
			...Object.fromEntries(
				roles.flatMap((role) => [
					[role, { ...who, text: `the whole list of its ${role}s` }],
					[`add-${role}`, { ...who, text: `who becomes a ${role}` }],
					[`remove-${role}`, { ...who, text: `who is a ${role} no more` }],
				]),
			),
			"dry-run": {
				text: "with --category: only show who would lose what by the move",
			},
		},
		examples: [
			"room set 'Trading floor' --add-member carol --remove-member dave",
			"room set Research --category Trading --dry-run",
			"room set Research --disable",
		],
		async run(given, session) {
			const room = given.argument(0, "NAME");
			const category = given.text("category");
			if (given.has("dry-run")) {
				if (category === undefined) {
					throw new Misuse(
						"--dry-run shows who would lose what by a move: say where to with --category.",
					);
				}
				const losses = await session.ask("room/preview", { room, category });
				session.show(losses, () => lossesText(losses));
				return;
			}
			const disabled = given.either("disable", "enable");
			const change = {
				room,
				name: given.text("name"),
				category,
				...shaped(given),
				addIn: addInOf(given),
				disabled,
				members: given.change("member"),
				managers: given.change("manager"),
				presenters: given.change("presenter"),
			};
			const named = Object.values(change).filter((each) => each !== undefined);
			if (named.length === 1) throw new Misuse("Say what is to be changed.");
			const changed = await session.ask("room/set", change);
			session.show(changed, () => roomText(changed));
		},
	},
	{
		words: ["room", "remove"],
		summary: "Remove a room with all its messages, for ever",
		takes: "NAME|ID",
		flags: { yes: { text: "do not ask" } },
		examples: ["room remove Research"],
		async run(given, session) {
			const room = await session.ask("room/get", {
				room: given.argument(0, "NAME"),
			});
			await session.confirm(
				`Remove the room ${room.name} of ${room.category.name} and its messages (the newest is number ${room.lastSequence}), for ever? (--disable on "room set" keeps them.)`,
			);
			const removed = await session.ask("room/remove", { room: room.id });
			session.show(removed, () => `Removed the room ${removed.name}.`);
		},
	},
	{
		words: ["room", "get"],
		summary: "Show a room and its people",
		takes: "NAME|ID",
		examples: ["room get Lobby", "room get Lobby --json"],
		async run(given, session) {
			const room = await session.ask("room/get", {
				room: given.argument(0, "NAME"),
			});
			session.show(room, () => roomText(room));
		},
	},
	{
		words: ["room", "list"],
		summary: "List rooms, all or those that are like that",
		takes: "[WORDS…]",
		flags: {
			category: { value: "NAME", text: "in this category" },
			privacy: { value: privacies.join("|"), text: "with this privacy" },
			type: { value: types.join("|"), text: "of this type" },
			invitations: { value: invitations.join("|"), text: "with or without" },
			disabled: { text: "disabled ones only" },
			enabled: { text: "enabled ones only" },
			member: { value: "WHO", text: "named as a member" },
			manager: { value: "WHO", text: "named as a manager" },
			presenter: { value: "WHO", text: "named as a presenter" },
			"add-in": { value: "NAME", text: "with this add-in" },
			limit: { value: "N", text: "at most so many (default: 1000)" },
		},
		examples: [
			"room list",
			"room list trading --category Trading",
			"room list --manager bob --json",
		],
		async run(given, session) {
			const { rooms, more } = await session.ask("room/list", {
				words: [...given.rest],
				category: given.text("category"),
				privacy: given.choice("privacy", privacies),
				type: given.choice("type", types),
				invitations: given.choice("invitations", invitations),
				disabled: given.either("disabled", "enabled"),
				addIn: given.text("add-in"),
				members: one(given.text("member")),
				managers: one(given.text("manager")),
				presenters: one(given.text("presenter")),
				limit: limitOf(given.text("limit")),
			});
			session.show(rooms, () => roomsText(rooms, more));
		},
	},
	{
		words: ["room", "eligible"],
		summary: "Who could be given a role in a room, groups expanded",
		takes: "NAME|ID",
		flags: {
			category: {
				value: "NAME",
				text: "instead of a room: in any room of this category",
			},
		},
		examples: [
			"room eligible 'Trading floor'",
			"room eligible --category Trading",
		],
		async run(given, session) {
			const category = given.text("category");
			const room =
				category === undefined ? given.argument(0, "NAME") : undefined;
			const progress = session.progress("users");
			const found: { readonly uri: string; readonly name: string }[] = [];
			for (let after: string | undefined; ; ) {
				const page = await session.ask("room/eligible", {
					room,
					category,
					after,
				});
				found.push(...page.users);
				progress(found.length);
				if (page.next === null) break;
				after = page.next;
			}
			session.show(found, () =>
				table(
					["USER", "NAME"],
					found.map(({ uri, name }) => [userText(uri), name]),
					"Nobody that the directory knows.",
				),
			);
		},
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
	if (name !== undefined && url !== undefined) return { name, url };
	throw new Misuse(
		"An add-in has a name and an address: --add-in and --add-in-url.",
	);
}

function one(text: string | undefined): string[] | undefined {
	return text === undefined ? undefined : [text];
}

function limitOf(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const limit = Number(text);
	if (Number.isInteger(limit) && limit >= 1 && limit <= 100_000) return limit;
	throw new Misuse("--limit is a number from 1 to 100000.");
}

function roomsText(rooms: readonly RoomView[], more: boolean): string {
	const rows = rooms.map((room) => [
		room.name,
		room.category.name,
		[
			room.privacy,
			...(room.type === "auditorium" ? [room.type] : []),
			...(room.disabled ? ["disabled"] : []),
		].join(", "),
		String(room.participants),
	]);
	const text = table(
		["ROOM", "CATEGORY", "KIND", "PEOPLE IN IT"],
		rows,
		"There is no such room.",
	);
	return more ? `${text}\nThere are more: raise --limit, or narrow it.` : text;
}

function roomText(room: RoomDetailsView): string {
	const addIn = room.addIn;
	return properties([
		["room", room.name],
		["id", room.id],
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
