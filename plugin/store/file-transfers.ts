/** Tables `file_tokens`, `uploads` and `file_downloads`: who may move a file, and what is on its way. */
import type { Knex } from "knex";
import { ChatError } from "../errors.ts";
import type { FileId, RoomId, UserUri } from "../rooms/types.ts";
import { inChunks } from "./rows.ts";
import type {
	Downloaded,
	FileGrant,
	FileReader,
	FileWriter,
	KeptUpload,
} from "./store.ts";

interface TokenRow {
	readonly kind: FileGrant["kind"];
	readonly room_id: RoomId;
	readonly file_id: FileId | null;
	readonly actor: string;
	readonly file_name: string;
	readonly expires_at: number;
}

interface UploadRow {
	readonly id: FileId;
	readonly user_uri: UserUri;
	readonly room_id: RoomId;
	readonly file_name: string;
	readonly bytes: number;
	readonly sha256: string | null;
	readonly media_type: string | null;
}

type TransferReader = Pick<
	FileReader,
	"upload" | "idleUploads" | "uploadsAmong" | "begunDownloads"
>;
type TransferWriter = Pick<
	FileWriter,
	| "grant"
	| "redeem"
	| "purgeTokens"
	| "begin"
	| "touch"
	| "forget"
	| "beginDownload"
	| "endDownload"
>;

export function fileTransferReader(db: Knex): TransferReader {
	return {
		async upload(id) {
			const row: UploadRow | undefined = await db("uploads")
				.where({ id })
				.first();
			return row && upload(row);
		},
		async idleUploads(since, limit) {
			const rows: readonly UploadRow[] = await db("uploads")
				.where("touched_at", "<", since.getTime())
				.orderBy("touched_at")
				.limit(limit);
			return rows.map(upload);
		},
		async uploadsAmong(ids) {
			const known = new Set<FileId>();
			await inChunks(ids, async (some) => {
				const found: readonly FileId[] = await db("uploads")
					.whereIn("id", some)
					.pluck("id");
				for (const id of found) known.add(id);
			});
			return known;
		},
		async begunDownloads({ node, before, limit }) {
			const query = db("file_downloads")
				.where("begun_at", "<", before.getTime())
				.orderBy("begun_at")
				.limit(limit);
			if (node !== undefined) query.where({ node });
			return query.pluck("id");
		},
	};
}

export function fileTransferWriter(tx: Knex): TransferWriter {
	return {
		...tokenWriter(tx),
		async begin({ id, room, name, bytes }, user, at, quota) {
			await demandFewer(tx("uploads").where({ user_uri: user }), {
				most: quota.uploads,
				what: "uploads are under way for you",
			});
			await tx("uploads").insert({
				id,
				user_uri: user,
				room_id: room,
				file_name: name,
				bytes,
				touched_at: at.getTime(),
			});
		},
		async touch(id, at) {
			await tx("uploads").where({ id }).update({ touched_at: at.getTime() });
		},
		async forget(id) {
			await tx("uploads").where({ id }).delete();
		},
		async beginDownload(event, node) {
			await tx("file_downloads").insert({
				id: event.id,
				node,
				begun_at: event.at.getTime(),
				sha256: event.file.sha256,
				event: JSON.stringify(event),
			});
		},
		async endDownload(id) {
			const row: { readonly event: string } | undefined = await tx(
				"file_downloads",
			)
				.where({ id })
				.forUpdate()
				.first("event");
			if (row === undefined) return undefined;
			await tx("file_downloads").where({ id }).delete();
			const event: Downloaded = JSON.parse(row.event);
			return { ...event, at: new Date(event.at) };
		},
	};
}

function tokenWriter(
	tx: Knex,
): Pick<TransferWriter, "grant" | "redeem" | "purgeTokens"> {
	return {
		async grant(hash, { kind, actor, room, file, name, expiresAt }, at, quota) {
			const unused = tx("file_tokens")
				.where({ user_uri: actor.uri })
				.where("expires_at", ">", at.getTime());
			await demandFewer(unused, {
				most: quota.tokens,
				what: "tokens of yours are unused",
			});
			await tx("file_tokens").insert({
				hash,
				kind,
				user_uri: actor.uri,
				room_id: room,
				file_id: file ?? null,
				actor: JSON.stringify(actor),
				file_name: name,
				expires_at: expiresAt.getTime(),
			});
		},
		async redeem(hash, at) {
			const row: TokenRow | undefined = await tx("file_tokens")
				.where({ hash })
				.where("expires_at", ">", at.getTime())
				.forUpdate()
				.first();
			// Two bearers of one token: only one of them deletes it.
			if (row === undefined) return undefined;
			if ((await tx("file_tokens").where({ hash }).delete()) === 0) {
				return undefined;
			}
			return {
				kind: row.kind,
				actor: JSON.parse(row.actor),
				room: row.room_id,
				...(row.file_id !== null && { file: row.file_id }),
				name: row.file_name,
				expiresAt: new Date(row.expires_at),
			};
		},
		async purgeTokens(at) {
			await tx("file_tokens").where("expires_at", "<=", at.getTime()).delete();
		},
	};
}

async function demandFewer(
	rows: Knex.QueryBuilder,
	{ most, what }: { readonly most: number; readonly what: string },
): Promise<void> {
	const [counted] = await rows.count({ count: "*" });
	if (counted.count < most) return;
	throw new ChatError(
		"unavailable",
		`${most} ${what} already; end one, or try again later.`,
	);
}

function upload(row: UploadRow): KeptUpload {
	return {
		id: row.id,
		user: row.user_uri,
		room: row.room_id,
		name: row.file_name,
		bytes: row.bytes,
		...(row.sha256 !== null &&
			row.media_type !== null && {
				content: { sha256: row.sha256, type: row.media_type },
			}),
	};
}
