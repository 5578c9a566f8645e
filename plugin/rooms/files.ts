/** Files of rooms: told of, listed, and had by whoever may read the room now. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ChatError, noSuchFile, noSuchRoom } from "../errors.ts";
import type { ByteRange } from "../files/index.ts";
import type { Transaction } from "../store/index.ts";
import { mayRead } from "./access.ts";
import { createFileTokens, type FileTokens } from "./file-tokens.ts";
import type { Posting } from "./posting.ts";
import { withHolder } from "./rights.ts";
import { placeOf } from "./telling.ts";
import type {
	Actor,
	FileId,
	Message,
	Room,
	RoomFile,
	RoomId,
} from "./types.ts";
import { createUploads, type Uploads } from "./uploads.ts";
import { bytesOf, type RoomsWork } from "./work.ts";

/** Files that one question gives at most. */
const maxListed = 200;

export interface Download {
	readonly file: RoomFile;
	/** Of the whole file, or of the range. Read it to its end, or destroy it. */
	readonly bytes: Readable;
	/** Resolves when it has ended, however, and that is recorded. Never rejects. */
	readonly ended: Promise<void>;
}

export interface Files extends FileTokens, Uploads {
	/** The newest first, `before` a position; none where the category keeps no history. Throws as `mayRead` does, `malformed`. */
	files(
		actor: Actor,
		room: RoomId,
		page: { readonly before?: number | undefined; readonly limit: number },
	): Promise<readonly RoomFile[]>;
	/** Throws as `mayRead` does, `no-such-file`. */
	file(actor: Actor, room: RoomId, id: FileId): Promise<RoomFile>;
	/** A WebP of at most 320 × 320 pixels; not recorded. Throws as `file` does, `no-thumbnail`, `unavailable`. */
	thumbnail(actor: Actor, room: RoomId, id: FileId): Promise<Buffer>;
	/** Recorded as soon as a byte of it has moved. Throws as `file` does, `malformed` for a range that is none of it. */
	download(
		actor: Actor,
		wanted: {
			readonly room: RoomId;
			readonly file: FileId;
			readonly range?: ByteRange | undefined;
		},
	): Promise<Download>;
	/** Posts the link to a file that he has uploaded; a second time it is the same message. Throws as `post` does, `no-such-file`. */
	announceFile(actor: Actor, room: RoomId, id: FileId): Promise<Message>;
}

export function createFiles(work: RoomsWork, { post }: Posting): Files {
	return {
		...createFileTokens(work),
		...createUploads(work),
		files: (actor, room, page) => list(work, actor, room, page),
		file: (actor, room, id) => find(work, actor, room, id),
		async thumbnail(actor, room, id) {
			const file = await find(work, actor, room, id);
			const thumbnail = await bytesOf(work).thumbnail(file);
			// It takes its time: he may read the room no more.
			await find(work, actor, room, id);
			return thumbnail;
		},
		download: (actor, { room, file, range }) =>
			download(work, actor, { room, file, range }),
		async announceFile(actor, room, id) {
			const file = await find(work, actor, room, id);
			if (file.uploadedBy.uri !== actor.uri) throw noSuchFile();
			const text = work.wire.fileLink(file);
			return post(actor, { room, text, alert: false, key: `file ${id}` });
		},
	};
}

/** In a room that the actor may read, at a moment when he may. */
function reading<T extends object>(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
	read: (tx: Transaction, room: Room) => Promise<T>,
): Promise<T> {
	return withHolder(work.rights, actor, (holder, stale) =>
		work.store.transaction(async (tx) => {
			const known = await tx.rooms.known(id, holder);
			if (stale()) return undefined;
			if (known === undefined) throw noSuchRoom();
			mayRead(known.room, known.standing);
			return read(tx, known.room);
		}),
	);
}

async function list(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
	{ before, limit }: Parameters<Files["files"]>[2],
): Promise<readonly RoomFile[]> {
	if (!Number.isInteger(limit) || limit < 1) {
		throw new ChatError(
			"malformed",
			"The number of files must be a whole number of at least 1.",
		);
	}
	return reading(work, actor, id, async (tx, { category }) =>
		category.history
			? tx.files.list(id, { before, limit: Math.min(limit, maxListed) })
			: [],
	);
}

function find(
	work: RoomsWork,
	actor: Actor,
	room: RoomId,
	id: FileId,
): Promise<RoomFile> {
	return reading(work, actor, room, async (tx) => {
		const file = await tx.files.find(room, id);
		if (file === undefined) throw noSuchFile();
		return file;
	});
}

/** What may move is written down before the first byte does: should this node be killed, it is recorded after. */
async function download(
	work: RoomsWork,
	actor: Actor,
	{ room, file: id, range }: Parameters<Files["download"]>[1],
): Promise<Download> {
	const bytes = bytesOf(work);
	const eventId = randomUUID();
	const file = await reading(work, actor, room, async (tx, there) => {
		const found = await tx.files.find(room, id);
		if (found === undefined) throw noSuchFile();
		checkRange(found, range);
		const { name, type, bytes, sha256 } = found;
		await tx.files.beginDownload(
			{
				id: eventId,
				type: "downloaded",
				at: work.now(),
				actor,
				room: placeOf(there),
				file: { name, type, bytes, sha256 },
			},
			work.node,
		);
		return found;
	});
	try {
		return { file, ...moving(work, eventId, await bytes.open(file, range)) };
	} catch (error) {
		await recordDownload(work, eventId, false);
		throw error;
	}
}

function checkRange({ bytes }: RoomFile, range: ByteRange | undefined): void {
	if (range === undefined) return;
	const { first, last } = range;
	const whole = Number.isInteger(first) && Number.isInteger(last);
	if (!whole || first < 0 || first > last || last >= bytes) {
		throw new ChatError("malformed", `The file has ${bytes} bytes.`);
	}
}

/** Passes the bytes on, and records what became of them. */
function moving(
	work: RoomsWork,
	id: string,
	from: Readable,
): Pick<Download, "bytes" | "ended"> {
	let moved = false;
	const bytes = new PassThrough();
	bytes.once("data", () => {
		moved = true;
	});
	bytes.pause();
	const ended = Promise.allSettled([
		pipeline(from, bytes),
		once(bytes, "close"),
	])
		.then(() => recordDownload(work, id, moved))
		.catch((error: unknown) => {
			// It is written down as begun: it will be recorded later.
			work.log.error({ err: error }, "not recorded that a download ended");
		});
	return { bytes, ended };
}

/** `moved`: whether any byte of it may have. */
export async function recordDownload(
	{ store, now }: Pick<RoomsWork, "store" | "now">,
	id: string,
	moved: boolean,
): Promise<void> {
	await store.transaction(async (tx) => {
		const event = await tx.files.endDownload(id);
		if (event !== undefined && moved) {
			await tx.outbox.add({ ...event, at: now() });
		}
	});
}
