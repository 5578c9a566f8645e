/**
 * Administrators delete and replace messages: in batches, each with the originals owed to compliance in its transaction, then
 * told to the room. A run that is interrupted is begun again with the same selection: what is done is passed over.
 */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchCategory, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { mayAdminister } from "./access.ts";
import { demandAdministrator } from "./administrators.ts";
import type { RoomEvent } from "./events.ts";
import { withHolder } from "./rights.ts";
import { placeOf, tell } from "./telling.ts";
import type {
	Actor,
	CategoryId,
	Message,
	MessageFilter,
	Room,
	RoomId,
} from "./types.ts";
import { type Wording, wordMatcher } from "./wording.ts";
import type { RoomsWork } from "./work.ts";

/** Messages that fit all that is said; something must be. */
export interface MessageSelection extends MessageFilter {
	/** Of this room, or of this category's rooms; else of all rooms. */
	readonly room?: RoomId | undefined;
	readonly category?: CategoryId | undefined;
	readonly wording?: Wording | undefined;
}

/** Called after each batch; the next one waits for it. */
export type OnModerated = (soFar: {
	/** Messages looked at. */
	readonly examined: number;
	/** Messages that fit, and are done. */
	readonly done: number;
}) => void | Promise<void>;

/**
 * For administrators. Each resolves with how many messages it was, and throws `forbidden`, `no-such-room`, `no-such-category`,
 * `malformed`, `too-large`. What is posted while it runs is not looked at.
 */
export interface Moderation {
	/** How many messages are meant. Changes nothing. */
	countMessages(
		actor: Actor,
		selection: MessageSelection,
		onCounted?: OnModerated,
	): Promise<number>;
	/** For good; their numbers stay given. */
	deleteMessages(
		actor: Actor,
		selection: MessageSelection,
		onModerated?: OnModerated,
	): Promise<number>;
	/** `text`: default `defaultReplacement`; at most 1,000 bytes of UTF-8. What reads so already is left. */
	replaceMessages(
		actor: Actor,
		selection: MessageSelection,
		text?: string,
		onModerated?: OnModerated,
	): Promise<number>;
	/** Deletes what was posted in the room before then. */
	clearRoom(
		actor: Actor,
		room: RoomId,
		before: Date,
		onModerated?: OnModerated,
	): Promise<number>;
}

export const defaultReplacement =
	"This message was replaced by the Persistent Chat administrator.";

/** So that many replaced messages can be told at once, whatever characters it has. */
const maxReplacementBytes = 1_000;
/** Messages done in one transaction: the room is locked no longer than that takes. */
const atOnce = 100;
const roomsAtOnce = 200;
const maxNamed = 10_000;

/** What is done to those of a batch that fit. */
interface Measure {
	readonly fits: (message: Message) => boolean;
	/** Undefined: they are only counted. */
	readonly apply?: (
		tx: Transaction,
		room: Room,
		messages: readonly Message[],
	) => Promise<RoomEvent>;
}

export function createModeration(work: RoomsWork): Moderation {
	const remove = (
		actor: Actor,
		selection: MessageSelection,
		onModerated?: OnModerated,
	) => moderate(work, actor, selection, deletion(work, actor), onModerated);
	return {
		countMessages: (actor, selection, onCounted) =>
			moderate(work, actor, selection, { fits: () => true }, onCounted),
		deleteMessages: remove,
		async replaceMessages(actor, selection, text, onModerated) {
			const measure = replacement(work, actor, text ?? defaultReplacement);
			return moderate(work, actor, selection, measure, onModerated);
		},
		clearRoom: (actor, room, before, onModerated) =>
			remove(actor, { room, before }, onModerated),
	};
}

async function moderate(
	work: RoomsWork,
	actor: Actor,
	selection: MessageSelection,
	measure: Measure,
	onModerated: OnModerated = () => {},
): Promise<number> {
	await demandAdministrator(work, actor);
	const fits = fitting(selection, measure);
	const soFar = { examined: 0, done: 0 };
	for await (const room of roomsOf(work, selection)) {
		for await (const page of pagesOf(work, room, selection)) {
			// Also where nothing is written: he may be none any more.
			await demandAdministrator(work, actor);
			const meant = page.filter(fits);
			soFar.examined += page.length;
			soFar.done +=
				measure.apply === undefined
					? meant.length
					: await applyTo(
							work,
							actor,
							{ id: room.id, only: selection.category },
							meant,
							{ ...measure, fits },
						);
			await onModerated({ ...soFar });
		}
	}
	return soFar.done;
}

/** Throws `malformed`, `too-large`. */
function fitting(
	{ room, category, ...which }: MessageSelection,
	measure: Measure,
): (message: Message) => boolean {
	const { sequences, authors, from, before, wording } = which;
	const said = [room, category, sequences, authors, from, before, wording];
	if (said.every((each) => each === undefined)) {
		throw new ChatError(
			"malformed",
			"Say which messages: a room, a category, numbers, authors, dates or words.",
		);
	}
	if (room !== undefined && category !== undefined) {
		throw new ChatError("malformed", "Say a room or a category, not both.");
	}
	if (sequences !== undefined && room === undefined) {
		throw new ChatError(
			"malformed",
			"Messages are numbered in each room by itself: say which room.",
		);
	}
	if (Math.max(sequences?.length ?? 0, authors?.length ?? 0) > maxNamed) {
		throw new ChatError(
			"too-large",
			`Name at most ${maxNamed} messages or authors at once.`,
		);
	}
	const hasWords = wording && wordMatcher(wording);
	return (message) =>
		measure.fits(message) && (hasWords === undefined || hasWords(message.text));
}

/** Throws `no-such-room`, `no-such-category`. */
async function* roomsOf(
	{ store }: RoomsWork,
	{ room: id, category: only }: MessageSelection,
): AsyncIterable<Room> {
	if (id !== undefined) {
		const room = await store.rooms.find(id);
		if (room === undefined) throw noSuchRoom();
		yield room;
		return;
	}
	const one = only && (await store.categories.find(only));
	if (only !== undefined && one === undefined) throw noSuchCategory();
	for (const category of one ? [one] : await store.categories.list()) {
		for (let after: RoomId | undefined; ; ) {
			const page = { after, limit: roomsAtOnce };
			const rooms = await store.rooms.inCategory(category.id, page);
			yield* rooms;
			after = rooms.at(-1)?.id;
			if (rooms.length < page.limit) break;
		}
	}
}

/** What the room has now, oldest first. */
async function* pagesOf(
	{ store }: RoomsWork,
	room: Room,
	filter: MessageFilter,
): AsyncIterable<readonly Message[]> {
	for (let after = 0; after < room.lastSequence; ) {
		const page = { after, limit: atOnce };
		const messages = await store.messages.list(room.id, filter, page);
		yield messages.filter(({ sequence }) => sequence <= room.lastSequence);
		if (messages.length < page.limit) return;
		after = messages.at(-1)?.sequence ?? room.lastSequence;
	}
}

const none = { count: 0, event: undefined };

/** How many of them still fitted once the room was locked. */
async function applyTo(
	work: RoomsWork,
	actor: Actor,
	{ id, only }: { readonly id: RoomId; readonly only?: CategoryId | undefined },
	meant: readonly Message[],
	{ fits, apply }: Measure,
): Promise<number> {
	if (meant.length === 0 || apply === undefined) return 0;
	const sequences = meant.map(({ sequence }) => sequence);
	const done = await withHolder(work.rights, actor, (holder, stale) => {
		mayAdminister(holder);
		return work.store.transaction(async (tx) => {
			const room = await tx.rooms.lock(id);
			if (stale()) return undefined;
			// It may have been moved meanwhile.
			if (only !== undefined && room.category.id !== only) return none;
			const page = { limit: sequences.length };
			const now = await tx.messages.list(id, { sequences }, page);
			const still = now.filter(fits);
			if (still.length === 0) return none;
			return { count: still.length, event: await apply(tx, room, still) };
		});
	});
	if (done.event !== undefined) await tell(work, done.event);
	return done.count;
}

/** What told of a file is gone, and so is the file. */
async function removeFiles(
	{ wire }: RoomsWork,
	tx: Transaction,
	room: RoomId,
	messages: readonly Message[],
): Promise<void> {
	const named = messages.flatMap(({ text }) => wire.filesNamed(text));
	const here = named.filter((each) => each.room === room);
	await tx.files.remove(room, [...new Set(here.map(({ file }) => file))]);
}

function deletion(work: RoomsWork, actor: Actor): Measure {
	return {
		fits: () => true,
		async apply(tx, room, messages) {
			const at = work.now();
			for (const message of messages) {
				await tx.outbox.add({
					id: randomUUID(),
					type: "deleted",
					at,
					actor,
					room: placeOf(room),
					message,
				});
			}
			const sequences = messages.map(({ sequence }) => sequence);
			await tx.messages.remove(room.id, sequences);
			await removeFiles(work, tx, room.id, messages);
			return { type: "deleted", room: room.id, sequences };
		},
	};
}

/** Throws `malformed`, `too-large`. */
function replacement(work: RoomsWork, actor: Actor, given: string): Measure {
	const text = given.replace(/\r\n?/g, "\n");
	checkReplacement(work, text);
	return {
		fits: (message) => message.replaced === undefined || message.text !== text,
		async apply(tx, room, messages) {
			const at = work.now();
			for (const message of messages) {
				await tx.outbox.add({
					id: randomUUID(),
					type: "replaced",
					at,
					actor,
					room: placeOf(room),
					message,
					replacement: text,
				});
			}
			const sequences = messages.map(({ sequence }) => sequence);
			const by = actor.uri;
			await tx.messages.replace(room.id, sequences, { text, by, at });
			await removeFiles(work, tx, room.id, messages);
			return { type: "replaced", room: room.id, sequences, text };
		},
	};
}

function checkReplacement({ wire }: RoomsWork, text: string): void {
	if (text.trim() === "") {
		throw new ChatError("malformed", "A replacement needs a text.");
	}
	const forbidden = wire.forbiddenCharacter(text);
	if (forbidden !== undefined) {
		throw new ChatError(
			"malformed",
			`${forbidden} may not appear in a message.`,
		);
	}
	const bytes = Buffer.byteLength(text);
	if (bytes > maxReplacementBytes) {
		throw new ChatError(
			"too-large",
			`The replacement has ${bytes} bytes; the limit is ${maxReplacementBytes}.`,
		);
	}
}
