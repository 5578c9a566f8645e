/** `persistent-chat message …`: what was said, shown, taken away or replaced for good. */
import { type Command, type CommandContext, Misuse } from "./command.ts";
import type { Given } from "./given.ts";
import { dates, messageList } from "./message-list.ts";
import { userText } from "./table.ts";

const which = {
	room: { value: "NAME|ID", text: "of this room; default: of all rooms" },
	category: { value: "NAME", text: "of this category's rooms" },
	number: {
		value: "N",
		many: true,
		text: "with this number in the room",
	},
	author: { value: "WHO", many: true, text: "written by this user" },
	...dates,
	words: { value: "TEXT", text: "with these words" },
	match: { value: "all|any|phrase", text: "of the words; default: all" },
	case: { text: "capital letters count" },
	"dry-run": { text: "only show how many messages are meant" },
	yes: { text: "do not ask" },
} as const;

/** Also `room clear`. */
export const messageClear: Command = {
	words: ["message", "clear"],
	summary: "Delete what was posted in a room before a date",
	takes: "NAME|ID",
	flags: {
		before: {
			value: "DATE",
			text: "2026-11-22, 2026-11-22T14:00 or now (required)",
		},
		"dry-run": which["dry-run"],
		yes: which.yes,
	},
	examples: ["message clear Lobby --before 2026-01-01"],
	async run(given, context) {
		const room = given.argument(0, "NAME");
		const before = given.date("before");
		if (before === undefined) {
			throw new Misuse("--before says from when on the messages stay.");
		}
		await moderate(given, context, { room, before });
	},
};

export const messageCommands: readonly Command[] = [
	messageList,
	{
		words: ["message", "delete"],
		summary: "Delete messages for good: whoever is in the room sees them go",
		flags: which,
		examples: [
			"message delete --room Lobby --number 17",
			"message delete --author mallory --from 2026-11-01 --dry-run",
			"message delete --category Trading --before 2026-08-01 --dry-run",
		],
		run: (given, context) => moderate(given, context, selectionOf(given)),
	},
	{
		words: ["message", "replace"],
		summary: "Replace messages for good by a text",
		flags: {
			...which,
			text: {
				value: "TEXT",
				text: "what is to be there; default: that an administrator replaced it",
			},
		},
		examples: [
			"message replace --room Lobby --words 'project x' --match phrase",
		],
		run: (given, context) =>
			moderate(given, context, selectionOf(given), given.text("text") ?? null),
	},
	messageClear,
];

type Selection = ReturnType<typeof selectionOf>;

/** `text`: replaced by it, or (null) by the service's own words; without it they are deleted. */
async function moderate(
	given: Given,
	context: CommandContext,
	selection: Partial<Selection>,
	text?: string | null,
): Promise<void> {
	const deletes = text === undefined;
	const progress = context.progress("messages looked at");
	const meant = await context.ask("message/count", selection, progress);
	if (given.has("dry-run") || meant.messages === 0) {
		context.show(meant, () =>
			[
				`${counted(meant.messages)} meant. Nothing has been changed.`,
				...meant.unknownAuthors.map(
					(uri) => `The directory knows no ${userText(uri)}.`,
				),
			].join("\n"),
		);
		return;
	}
	const { room, category } = selection;
	const where = `in ${room ?? (category === undefined ? "all rooms" : `the rooms of ${category}`)}`;
	await context.confirm(
		`${deletes ? "Delete" : "Replace"} ${meant.messages === 1 ? "one message" : `${meant.messages} messages`} ${where}, for good?`,
	);
	const done = deletes
		? await context.ask("message/delete", selection, progress)
		: await context.ask(
				"message/replace",
				{ ...selection, ...(text !== null && { text }) },
				progress,
			);
	context.show(
		done,
		() => `${counted(done.messages)} ${deletes ? "deleted" : "replaced"}.`,
	);
}

function counted(messages: number): string {
	return messages === 1 ? "One message is" : `${messages} messages are`;
}

/** Throws `Misuse` when nothing is said. */
function selectionOf(given: Given) {
	const selection = {
		room: given.text("room"),
		category: given.text("category"),
		numbers: given.numbers("number"),
		authors: given.list("author"),
		from: given.date("from"),
		before: given.date("before"),
		words: given.text("words"),
		match: given.choice("match", ["all", "any", "phrase"]),
		caseCounts: given.has("case") || undefined,
	};
	const { match, caseCounts, ...which } = selection;
	if (Object.values(which).every((each) => each === undefined)) {
		throw new Misuse(
			"Say which messages: --room, --category, --number, --author, --from, --before or --words.",
		);
	}
	return selection;
}
