/**
 * The end of an upload: the bytes are looked at and kept first, and the file is there, and owed to compliance, by one transaction
 * after. Killed between, it can be finished again.
 */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchFile, noSuchRoom } from "../errors.ts";
import type { FileBytes } from "../files/index.ts";
import type { KeptUpload, Transaction } from "../store/index.ts";
import { mayPostFile } from "./access.ts";
import { demandArchived } from "./archived.ts";
import { forget, stateOf } from "./kept-uploads.ts";
import { withHolder } from "./rights.ts";
import { placeOf } from "./telling.ts";
import type { Actor, FileId, Room, RoomFile } from "./types.ts";
import { bytesOf, type RoomsWork } from "./work.ts";

/** Asked for again, it is the same file. Throws as `Uploads.finishUpload` does. */
export async function finishUpload(
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
