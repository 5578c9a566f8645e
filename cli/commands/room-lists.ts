/** `persistent-chat room list` and `eligible`: which rooms there are, and who could be in one. */
import type { RoomView } from "../operations/views.ts";
import type { Command } from "./command.ts";
import { table, userText } from "./table.ts";

export const privacies = ["open", "closed", "secret"] as const;
export const types = ["normal", "auditorium"] as const;
export const invitations = ["inherit", "off"] as const;

export const roomLists: readonly Command[] = [
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
			name: {
				value: "PATTERN",
				text: "whose whole name is like this: * any characters, ? one",
			},
			description: { value: "TEXT", text: "with this in the description" },
			"min-messages": {
				value: "N",
				text: "so many messages were ever posted in it, or more",
			},
			"max-messages": { value: "N", text: "… or fewer" },
			limit: { value: "N", text: "at most so many (default: 1000)" },
		},
		examples: [
			"room list",
			"room list trading --category Trading",
			"room list --manager bob --json",
			"room list --name 'desk ?' --min-messages 1000",
		],
		async run(given, context) {
			const { rooms, more } = await context.ask("room/list", {
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
				namePattern: given.text("name"),
				description: given.text("description"),
				leastPosted: given.number("min-messages"),
				mostPosted: given.number("max-messages"),
				limit: given.number("limit", 100_000),
			});
			context.show(rooms, () => roomsText(rooms, more));
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
		async run(given, context) {
			const category = given.text("category");
			const room =
				category === undefined ? given.argument(0, "NAME") : undefined;
			const progress = context.progress("users");
			const found: { readonly uri: string; readonly name: string }[] = [];
			for (let after: string | undefined; ; ) {
				const page = await context.ask("room/eligible", {
					room,
					category,
					after,
				});
				found.push(...page.users);
				progress(found.length);
				if (page.next === null) break;
				after = page.next;
			}
			context.show(found, () =>
				table(
					["USER", "NAME"],
					found.map(({ uri, name }) => [userText(uri), name]),
					"Nobody that the directory knows.",
				),
			);
		},
	},
];

function one(text: string | undefined): string[] | undefined {
	return text === undefined ? undefined : [text];
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
