/** What the rooms need of the bytes of files: taken in piece by piece, then kept by what they are. */
import type { Readable } from "node:stream";
import type { FileContent, FileId } from "../rooms/types.ts";

/** Both included, counted from 0. */
export interface ByteRange {
	readonly first: number;
	readonly last: number;
}

export interface FileBytes {
	/** How many bytes of the upload are here. */
	received(id: FileId): Promise<number>;
	/**
	 * Adds to an upload of `bytes` in all, and resolves with how many are on the disk then. Throws `conflict` unless there are
	 * `offset` already, `too-large` when more come than there are to be, and what `from` throws; what came before that stays. Throws
	 * `unavailable` where there is no room; then nothing of this piece is here.
	 */
	append(
		id: FileId,
		at: { readonly offset: number; readonly bytes: number },
		from: Readable,
	): Promise<number>;
	/** Of an upload that is whole; `type` by its bytes. */
	examine(id: FileId): Promise<FileContent & { readonly type: string }>;
	/** Throws `forbidden` for what the scanner refuses, `unavailable` when it does not say. */
	scan(id: FileId): Promise<void>;
	/** Whole and on the disk when it resolves; the upload may be gone then. Once kept it may be asked for again. Throws `unavailable` where there is no room. */
	keep(id: FileId, content: FileContent): Promise<void>;
	/** Nothing of the upload is left. */
	discard(id: FileId): Promise<void>;
	/** Throws `ContentMissing` when it is not here. Whoever opens it reads it to its end or destroys it. */
	open(content: FileContent, range?: ByteRange): Promise<Readable>;
	/** A WebP of at most 320 × 320 pixels. Throws `no-thumbnail` for what is no image that is drawn, `unavailable`. */
	thumbnail(content: FileContent & { readonly type: string }): Promise<Buffer>;
	/** Gone when it resolves, with its thumbnail, or was never here. */
	remove(content: FileContent): Promise<void>;
	/** Uploads of which nothing has come since then, some of them. */
	idle(since: Date): Promise<readonly FileId[]>;
}

/** Where whole contents are kept, by their sum. */
export interface FileStore {
	/** Takes over the file of this path, which is whole and on the disk: moved or copied; nothing happens where its content is here. */
	keep(content: FileContent, path: string): Promise<void>;
	has(content: FileContent): Promise<boolean>;
	/** Throws `ContentMissing` when it is not here; what else is thrown says nothing of that. */
	open(content: FileContent, range?: ByteRange): Promise<Readable>;
	remove(content: FileContent): Promise<void>;
}

/** The store is there, answers, and has no such content. */
export class ContentMissing extends Error {
	override readonly name = "ContentMissing";
}

/** Throws for what is no SHA-256: it is to be a name in a store. */
export function sumOf({ sha256 }: FileContent): string {
	if (/^[0-9a-f]{64}$/.test(sha256)) return sha256;
	throw new Error("A file is named by a SHA-256 that is none");
}
