/** Operations on messages: listing, deleting and replacing what was said. */
import { z } from "zod";
import type { MessageSelection } from "../../plugin/rooms/moderation.ts";
import type { Principal } from "../../plugin/rooms/types.ts";
import {
	categoryNamed,
	roomNamed,
	userUri,
	written,
	writtenList,
} from "./names.ts";
import {
	type ActOf,
	beforeAct,
	type OperationWork,
	operation,
	type Progress,
} from "./operation.ts";
import { messageView } from "./views.ts";

const selection = z.strictObject({
	room: written.optional(),
	category: written.optional(),
	numbers: z.array(z.int().min(1)).max(10_000).optional(),
	authors: writtenList.optional(),
	/** Posted then or later. */
	from: z.iso.datetime().optional(),
	/** Posted earlier than then. */
	before: z.iso.datetime().optional(),
	words: z.string().max(10_000).optional(),
	match: z.enum(["all", "any", "phrase"]).default("all"),
	caseCounts: z.boolean().default(false),
});

type Given = {
	readonly room?: string | undefined;
	readonly category?: string | undefined;
};
const subject = ({ room, category }: Given) =>
	room ?? (category === undefined ? "all rooms" : `category ${category}`);
const listed: ActOf<Given> = { action: "messages-listed", subject };
const deleted: ActOf<Given> = { action: "messages-deleted", subject };
const replaced: ActOf<Given> = { action: "messages-replaced", subject };

/** How many messages are meant; `unknownAuthors`: those whom the directory does not know, which may be slips of the pen. */
export const countMessages = operation(
	selection,
	async (work, given, progress) => {
		const { rooms, actor } = work;
		const meant = await selectionOf(work, given);
		const messages = await rooms.countMessages(
			actor,
			meant,
			examined(progress),
		);
		const authors = (meant.authors ?? []).map(
			(uri) => uri as string as Principal,
		);
		const named = await rooms.named(actor, authors);
		const unknown = named.filter(({ known }) => !known);
		return {
			messages,
			unknownAuthors: unknown.map(({ principal }) => principal as string),
		};
	},
);

/** The newest `last` of those that fit, oldest first. `more`: there are older ones. */
export const listMessages = operation(
	z.strictObject({
		room: written,
		last: z.int().min(1).max(500).default(25),
		/** Posted then or later. */
		from: z.iso.datetime().optional(),
		/** Posted earlier than then. */
		before: z.iso.datetime().optional(),
		/** With a smaller number. */
		below: z.int().min(1).optional(),
	}),
	async (work, { room, last, below, ...given }) => {
		const { id } = await beforeAct(work, listed, { room }, () =>
			roomNamed(work, room),
		);
		const { messages, more } = await work.rooms.listMessages(work.actor, id, {
			count: last,
			from: given.from === undefined ? undefined : new Date(given.from),
			before: given.before === undefined ? undefined : new Date(given.before),
			belowSequence: below,
		});
		return { messages: messages.map(messageView), more };
	},
);

/** How many were deleted. */
export const deleteMessages = operation(
	selection,
	async (work, given, progress) => ({
		messages: await work.rooms.deleteMessages(
			work.actor,
			await beforeAct(work, deleted, given, () => selectionOf(work, given)),
			examined(progress),
		),
	}),
);

/** How many were replaced. */
export const replaceMessages = operation(
	selection.extend({ text: z.string().max(10_000).optional() }),
	async (work, { text, ...given }, progress) => ({
		messages: await work.rooms.replaceMessages(
			work.actor,
			await beforeAct(work, replaced, given, () => selectionOf(work, given)),
			text,
			examined(progress),
		),
	}),
);

async function selectionOf(
	work: OperationWork,
	{
		room,
		category,
		numbers,
		authors,
		words,
		match,
		...given
	}: z.output<typeof selection>,
): Promise<MessageSelection> {
	return {
		room: room === undefined ? undefined : (await roomNamed(work, room)).id,
		category:
			category === undefined
				? undefined
				: (await categoryNamed(work, category)).id,
		sequences: numbers,
		authors: authors?.map((each) => userUri(work, each)),
		from: given.from === undefined ? undefined : new Date(given.from),
		before: given.before === undefined ? undefined : new Date(given.before),
		wording:
			words === undefined
				? undefined
				: { words, match, caseCounts: given.caseCounts },
	};
}

function examined(progress: Progress) {
	return (soFar: { readonly examined: number }) => progress(soFar.examined);
}
