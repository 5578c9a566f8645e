/** Uploads under way: whose they are, how far they are, and that nothing is left of them. */
import { noSuchFile } from "../errors.ts";
import type { KeptUpload } from "../store/index.ts";
import type { Actor, FileId, Upload } from "./types.ts";
import { bytesOf, type RoomsWork } from "./work.ts";

/** An upload, and how many bytes of it are safe here. */
export interface UploadState extends Upload {
	readonly received: number;
}

/** Throws `no-such-file`, in the same words for another one's. */
export async function own(
	{ store }: RoomsWork,
	{ uri }: Actor,
	id: FileId,
): Promise<KeptUpload> {
	const upload = await store.files.upload(id);
	if (upload === undefined || upload.user !== uri) throw noSuchFile();
	return upload;
}

export async function stateOf(
	work: RoomsWork,
	{ id, room, name, bytes, content }: KeptUpload,
): Promise<UploadState> {
	// What was looked at was whole, and may have been taken over already.
	const received =
		content === undefined ? await bytesOf(work).received(id) : bytes;
	return { id, room, name, bytes, received };
}

/** Nothing of it is left. */
export async function forget(work: RoomsWork, id: FileId): Promise<void> {
	await work.store.transaction((tx) => tx.files.forget(id));
	await bytesOf(work).discard(id);
}
