/** Uploads: begun, grown piece by piece, and finished or given up. What a killed node leaves can be gone on with, or is collected. */
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { ChatError, noSuchRoom } from "../errors.ts";
import { mayPostFile } from "./access.ts";
import { demandArchived } from "./archived.ts";
import { checkFileName } from "./checks.ts";
import { fileQuota } from "./file-quota.ts";
import { finishUpload } from "./finish-upload.ts";
import { forget, own, stateOf, type UploadState } from "./kept-uploads.ts";
import { withHolder } from "./rights.ts";
import type { Actor, FileId, RoomFile, RoomId } from "./types.ts";
import { bytesOf, type RoomsWork } from "./work.ts";

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
		finishUpload: (actor, id) => alone(id, () => finishUpload(work, actor, id)),
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
