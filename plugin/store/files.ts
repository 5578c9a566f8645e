/** Tables `files` and `file_contents`: what was uploaded to rooms, and which bytes are kept for it. */
import type { Knex } from "knex";
import type {
	FileContent,
	FileId,
	RoomFile,
	RoomId,
	UserUri,
} from "../rooms/types.ts";
import { fileTransferReader, fileTransferWriter } from "./file-transfers.ts";
import { inChunks } from "./rows.ts";
import type { FileReader, FileWriter } from "./store.ts";

interface FileRow {
	readonly position: number;
	readonly id: FileId;
	readonly room_id: RoomId;
	readonly file_name: string;
	readonly media_type: string;
	readonly bytes: number;
	readonly sha256: string;
	readonly uploaded_by: UserUri;
	readonly uploaded_name: string;
	readonly uploaded_at: number;
}

export function fileReader(db: Knex): FileReader {
	return {
		...fileTransferReader(db),
		async find(room, id) {
			const row: FileRow | undefined = await db("files")
				.where({ room_id: room, id })
				.first();
			return row && file(row);
		},
		async uploaded(id) {
			const row: FileRow | undefined = await db("files").where({ id }).first();
			return row && file(row);
		},
		async list(room, { before, limit }) {
			const query = db("files")
				.where({ room_id: room })
				.orderBy("position", "desc")
				.limit(limit);
			if (before !== undefined) query.where("position", "<", before);
			const rows: readonly FileRow[] = await query;
			return rows.map(file);
		},
		async unused(before, limit) {
			const rows: readonly FileContent[] = await db("file_contents")
				.select("file_contents.sha256", "file_contents.bytes")
				.where("claimed_at", "<", before.getTime())
				.whereNotExists(
					db("files")
						.select("position")
						.whereRaw("files.sha256 = file_contents.sha256"),
				)
				.orderBy("file_contents.sha256")
				.limit(limit);
			return rows.map(({ sha256, bytes }) => ({ sha256, bytes }));
		},
	};
}

export function fileWriter(tx: Knex): FileWriter {
	const reader = fileReader(tx);
	return {
		...reader,
		...fileTransferWriter(tx),
		async claim(id, { sha256, bytes, type }, at) {
			const claimed_at = at.getTime();
			await tx("file_contents")
				.insert({ sha256, bytes, claimed_at })
				.onConflict("sha256")
				.merge({ claimed_at });
			await tx("uploads")
				.where({ id })
				.update({ sha256, media_type: type, touched_at: claimed_at });
		},
		async lockContent(sha256) {
			const row: unknown = await tx("file_contents")
				.where({ sha256 })
				.forUpdate()
				.first("sha256");
			return row !== undefined;
		},
		async add(made) {
			await tx("files").insert(rowOf(made));
			const added = await reader.find(made.room, made.id);
			if (added === undefined) throw new Error(`File ${made.id} has gone`);
			return added;
		},
		async remove(room, ids) {
			await inChunks(ids, async (some) => {
				await tx("files").where({ room_id: room }).whereIn("id", some).delete();
			});
		},
		isNeeded: (sha256) => isNeeded(tx, sha256),
		async removeContent(sha256) {
			await tx("file_contents").where({ sha256 }).delete();
		},
	};
}

/** Of a room that goes; its contents stay until they are unused. */
export async function removeFilesOf(tx: Knex, room: RoomId): Promise<void> {
	await tx("files").where({ room_id: room }).delete();
	await tx("file_tokens").where({ room_id: room }).delete();
}

async function isNeeded(tx: Knex, sha256: string): Promise<boolean> {
	const found = await Promise.all(
		["files", "file_downloads", "uploads"].map((table) =>
			tx(table).where({ sha256 }).first("sha256"),
		),
	);
	if (found.some((row) => row !== undefined)) return true;
	// Compliance copies the bytes of what it is owed before it forgets that.
	const owed: unknown = await tx("outbox")
		.whereIn("type", ["uploaded", "downloaded"])
		.where("payload", "like", `%"sha256":"${sha256}"%`)
		.first("position");
	return owed !== undefined;
}

function rowOf({ uploadedBy, ...made }: Omit<RoomFile, "position">) {
	return {
		id: made.id,
		room_id: made.room,
		file_name: made.name,
		media_type: made.type,
		bytes: made.bytes,
		sha256: made.sha256,
		uploaded_by: uploadedBy.uri,
		uploaded_name: uploadedBy.displayName,
		uploaded_at: made.uploadedAt.getTime(),
	};
}

function file(row: FileRow): RoomFile {
	return {
		id: row.id,
		room: row.room_id,
		name: row.file_name,
		type: row.media_type,
		bytes: row.bytes,
		sha256: row.sha256,
		position: row.position,
		uploadedBy: { uri: row.uploaded_by, displayName: row.uploaded_name },
		uploadedAt: new Date(row.uploaded_at),
	};
}
