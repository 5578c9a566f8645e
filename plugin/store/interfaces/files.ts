/** Files of rooms, and what moves them: tokens, uploads and downloads under way. */
import type { ComplianceEvent, EventId } from "../../compliance/events.ts";
import type {
	Actor,
	FileContent,
	FileId,
	RoomFile,
	RoomId,
	Upload,
	UserUri,
} from "../../rooms/types.ts";

/** What a token was given for. */
export interface FileGrant {
	readonly kind: "upload" | "download";
	readonly actor: Actor;
	readonly room: RoomId;
	/** The one that may be downloaded; absent: any of the room. */
	readonly file?: FileId | undefined;
	/** What an upload is called. */
	readonly name: string;
	readonly expiresAt: Date;
}

/** An upload, with what is known of it so far. */
export interface KeptUpload extends Upload {
	readonly user: UserUri;
	/** Once all of it is there, and was looked at. */
	readonly content?: {
		readonly sha256: string;
		readonly type: string;
	};
}

export type Downloaded = Extract<
	ComplianceEvent,
	{ readonly type: "uploaded" | "downloaded" }
>;

export interface FileReader {
	find(room: RoomId, id: FileId): Promise<RoomFile | undefined>;
	/** In whichever room. */
	uploaded(id: FileId): Promise<RoomFile | undefined>;
	/** The newest first, `before` a position. */
	list(
		room: RoomId,
		page: { readonly before?: number | undefined; readonly limit: number },
	): Promise<readonly RoomFile[]>;
	upload(id: FileId): Promise<KeptUpload | undefined>;
	/** Uploads of which nothing has come since then. */
	idleUploads(since: Date, limit: number): Promise<readonly KeptUpload[]>;
	/** Those of these uploads that are known. */
	uploadsAmong(ids: readonly FileId[]): Promise<ReadonlySet<FileId>>;
	/** Contents claimed before then that no file has, by sum. */
	unused(before: Date, limit: number): Promise<readonly FileContent[]>;
	/** Downloads that a node has begun and not recorded; or, without one, any before then. */
	begunDownloads(asked: {
		readonly node?: string;
		readonly before: Date;
		readonly limit: number;
	}): Promise<readonly EventId[]>;
}

/** What one user may have at once, beside what others have. */
export interface FileQuota {
	readonly tokens: number;
	readonly uploads: number;
}

export interface FileWriter extends FileReader {
	/** Throws `unavailable` when the user has as many that have not expired. */
	grant(
		hash: string,
		grant: FileGrant,
		at: Date,
		quota: FileQuota,
	): Promise<void>;
	/** Takes it away: undefined when it is not there, has expired, or was taken. */
	redeem(hash: string, at: Date): Promise<FileGrant | undefined>;
	/** Those that have expired. */
	purgeTokens(at: Date): Promise<void>;
	/** Throws `unavailable` when the user has as many. */
	begin(
		upload: Upload,
		user: UserUri,
		at: Date,
		quota: FileQuota,
	): Promise<void>;
	/** Something of it has come. */
	touch(id: FileId, at: Date): Promise<void>;
	/** All of it is there: what it is, and its content is about to be kept. */
	claim(
		id: FileId,
		content: FileContent & { readonly type: string },
		at: Date,
	): Promise<void>;
	/** Locked until the transaction ends: it is not removed meanwhile. False when it is not claimed any more. */
	lockContent(sha256: string): Promise<boolean>;
	/** The upload becomes a file. Its content must be locked. */
	add(file: Omit<RoomFile, "position">): Promise<RoomFile>;
	/** The upload is none any more. */
	forget(id: FileId): Promise<void>;
	/** They are files of the room no more; their contents stay until they are unused. */
	remove(room: RoomId, ids: readonly FileId[]): Promise<void>;
	/** Whether a file has this content, an event that is owed names it, or a download is under way. It must be locked. */
	isNeeded(sha256: string): Promise<boolean>;
	/** The content must be locked. */
	removeContent(sha256: string): Promise<void>;
	/** It is about to send bytes. */
	beginDownload(event: Downloaded, node: string): Promise<void>;
	/** Undefined when it has been ended. */
	endDownload(id: EventId): Promise<Downloaded | undefined>;
}
