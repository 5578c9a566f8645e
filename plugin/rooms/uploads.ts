/**
 * Uploads: begun, grown piece by piece, and finished: then the bytes are kept first, and the file is there, and owed to
 * compliance, by one transaction after. Killed between, what was not finished can be finished, or is collected.
 */
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { ChatError, noSuchFile, noSuchRoom } from "../errors.ts";
import type { FileBytes } from "../files/index.ts";
import type { KeptUpload, Transaction } from "../store/index.ts";
import { mayPostFile } from "./access.ts";
import { demandArchived } from "./archived.ts";
import { checkFileName } from "./checks.ts";
import { fileQuota } from "./file-quota.ts";
import { withHolder } from "./rights.ts";
import { placeOf } from "./telling.ts";
import type { Actor, FileId, Room, RoomFile, RoomId, Upload } from "./types.ts";
import { bytesOf, type RoomsWork } from "./work.ts";

/** An upload, and how many bytes of it are safe here. */
export interface UploadState extends Upload {
	readonly received: number;
}

/** All throw `unavailable` where no files are taken, and `no-such-file` for an upload that is not the actor's. */
export interface Uploads {
	/** `bytes`: how many it will be; `id`: one that a door has made up and told already. Throws as `mayPostFile` does, `malformed`, `too-large`, `unavailable`. */
	beginUpload(
		actor: Actor,
		file: {
			readonly room: RoomId;
			readonly name: string;
			readonly bytes: number;
			readonly id?: FileId;
		},
	): Promise<UploadState>;
	upload(actor: Actor, id: FileId): Promise<UploadState>;
	/**
	 * Throws `conflict` unless `offset` bytes are here, or while another piece comes; `too-large`; what `from` throws. What came
	 * before that stays: it goes on from there.
	 */
	continueUpload(
		actor: Actor,
		id: FileId,
		offset: number,
		from: Readable,
	): Promise<UploadState>;
	/**
	 * The file is kept and can be had when it resolves; asked for again, it is the same one. Throws as `mayPostFile` does,
	 * `conflict` while bytes are missing, `forbidden` for what the scanner refuses, `unavailable`.
	 */
	finishUpload(actor: Actor, id: FileId): Promise<RoomFile>;
	cancelUpload(actor: Actor, id: FileId): Promise<void>;
}

export function createUploads(work: RoomsWork): Uploads {
	/** Those of which a piece comes, or that are being finished, here. */
	const busy = new Set<FileId>();

	async function alone<T>(id: FileId, act: () => Promise<T>): Promise<T> {
		if (busy.has(id)) {
			throw new ChatError(
				"conflict",
				"Something else is being done with this upload; ask how far it is, and go on from there.",
			);
		}
		busy.add(id);
		try {
			return await act();
		} finally {
			busy.delete(id);
		}
	}

	return {
		beginUpload: (actor, file) => begin(work, actor, file),
		upload: async (actor, id) => stateOf(work, await own(work, actor, id)),
		continueUpload: (actor, id, offset, from) =>
			alone(id, async () => {
				const upload = await own(work, actor, id);
				const { bytes } = upload;
				await bytesOf(work).append(id, { offset, bytes }, from);
				await work.store.transaction((tx) => tx.files.touch(id, work.now()));
				return stateOf(work, upload);
			}).finally(() => from.destroy()),
		finishUpload: (actor, id) => alone(id, () => finish(work, actor, id)),
		cancelUpload: (actor, id) =>
			alone(id, async () => {
				await own(work, actor, id);
				await forget(work, id);
			}),
	};
}

async function begin(
	work: RoomsWork,
	actor: Actor,
	{
		room,
		name,
		bytes,
		id = randomUUID() as string as FileId,
	}: Parameters<Uploads["beginUpload"]>[1],
): Promise<UploadState> {
	bytesOf(work);
	checkFileName(work, name);
	checkSize(work, bytes);
	const upload = { id, room, name, bytes };
	return withHolder(work.rights, actor, (holder, stale) =>
		work.store.transaction(async (tx) => {
			const known = await tx.rooms.known(room, holder);
			if (stale()) return undefined;
			if (known === undefined) throw noSuchRoom();
			mayPostFile(known.room, known.standing);
			demandArchived(work, known.room);
			await tx.files.begin(upload, actor.uri, work.now(), fileQuota);
			return { ...upload, received: 0 };
		}),
	);
}

/** Throws `malformed`, `too-large`. */
function checkSize({ limits }: RoomsWork, bytes: number): void {
	if (!Number.isSafeInteger(bytes) || bytes < 1) {
		throw new ChatError("malformed", "A file has at least one byte.");
	}
	if (bytes > limits.fileBytes) {
		throw new ChatError(
			"too-large",
			`The file has ${bytes} bytes; the limit is ${limits.fileBytes}.`,
		);
	}
}

/** Throws `no-such-file`, in the same words for another one's. */
async function own(
	{ store }: RoomsWork,
	{ uri }: Actor,
	id: FileId,
): Promise<KeptUpload> {
	const upload = await store.files.upload(id);
	if (upload === undefined || upload.user !== uri) throw noSuchFile();
	return upload;
}

async function stateOf(
	work: RoomsWork,
	{ id, room, name, bytes, content }: KeptUpload,
): Promise<UploadState> {
	// What was looked at was whole, and may have been taken over already.
	const received =
		content === undefined ? await bytesOf(work).received(id) : bytes;
	return { id, room, name, bytes, received };
}

async function finish(
	work: RoomsWork,
	actor: Actor,
	id: FileId,
): Promise<RoomFile> {
	const upload = await work.store.files.upload(id);
	if (upload === undefined) return finishedBefore(work, actor, id);
	if (upload.user !== actor.uri) throw noSuchFile();
	const bytes = bytesOf(work);
	const content = await examined(work, upload);
	await bytes.keep(id, content);
	const file = await withHolder(work.rights, actor, (holder, stale) =>
		work.store.transaction(async (tx) => {
			const known = await tx.rooms.lockKnown(upload.room, holder);
			if (stale()) return undefined;
			if (known === undefined) throw noSuchRoom();
			mayPostFile(known.room, known.standing);
			demandArchived(work, known.room);
			return record(work, tx, { actor, room: known.room, upload, content });
		}),
	);
	await bytes.discard(id);
	return file;
}

type Content = Awaited<ReturnType<FileBytes["examine"]>>;

/** Looked at once: from then on its content is claimed. */
async function examined(work: RoomsWork, upload: KeptUpload): Promise<Content> {
	const { id, bytes } = upload;
	if (upload.content !== undefined) return { ...upload.content, bytes };
	const { received } = await stateOf(work, upload);
	if (received !== bytes) {
		throw new ChatError(
			"conflict",
			`${received} of ${bytes} bytes are here; bring the rest first.`,
		);
	}
	const content = await bytesOf(work).examine(id);
	await bytesOf(work)
		.scan(id)
		.catch(async (error: unknown) => {
			if (isRefused(error)) await forget(work, id);
			throw error;
		});
	await work.store.transaction((tx) => tx.files.claim(id, content, work.now()));
	return content;
}

function isRefused(error: unknown): boolean {
	return error instanceof ChatError && error.reason === "forbidden";
}

async function record(
	{ now }: RoomsWork,
	tx: Transaction,
	{
		actor,
		room,
		upload: { id, name },
		content,
	}: {
		readonly actor: Actor;
		readonly room: Room;
		readonly upload: KeptUpload;
		readonly content: Content;
	},
): Promise<RoomFile> {
	const { sha256, bytes, type } = content;
	// Collected after a long while: the upload has been too.
	if (!(await tx.files.lockContent(sha256))) throw noSuchFile();
	const { uri, displayName } = actor;
	const at = now();
	const file = await tx.files.add({
		...{ id, room: room.id, name, type, bytes, sha256 },
		uploadedBy: { uri, displayName },
		uploadedAt: at,
	});
	await tx.files.forget(id);
	await tx.outbox.add({
		id: randomUUID(),
		type: "uploaded",
		at,
		actor,
		room: placeOf(room),
		file: { name, type, bytes, sha256 },
	});
	return file;
}

/** The answer was lost. */
async function finishedBefore(
	{ store }: RoomsWork,
	{ uri }: Actor,
	id: FileId,
): Promise<RoomFile> {
	const file = await store.files.uploaded(id);
	if (file === undefined || file.uploadedBy.uri !== uri) throw noSuchFile();
	return file;
}

async function forget(work: RoomsWork, id: FileId): Promise<void> {
	await work.store.transaction((tx) => tx.files.forget(id));
	await bytesOf(work).discard(id);
}
