/** Table `messages`: what was posted, in the room's own sequence. */
import type { Knex } from "knex";
import type { Message, RoomId } from "../rooms/types.ts";
import { faultOf } from "./faults.ts";
import type { Locks } from "./locks.ts";
import { addToIndex, type Indexed, removeFromIndex } from "./message-index.ts";
import { readPage } from "./message-page.ts";
import { type MessageRow, message, rowOf } from "./message-rows.ts";
import { inChunks } from "./rows.ts";
import type { MessageReader, MessageWriter } from "./store.ts";

const maxMarked = 100;

export function messageReader(db: Knex): MessageReader {
	return {
		async latest(room, count) {
			const rows = await db<MessageRow>("messages")
				.where({ room_id: room })
				.orderBy("sequence", "desc")
				.limit(count);
			return rows.reverse().map(message);
		},
		async between(room, afterSequence, throughSequence) {
			const rows = await db<MessageRow>("messages")
				.where({ room_id: room })
				.where("sequence", ">", afterSequence)
				.where("sequence", "<=", throughSequence)
				.orderBy("sequence");
			return rows.map(message);
		},
		async after(room, sequence, limit) {
			const newer = () =>
				db("messages").where({ room_id: room }).orderBy("sequence", "desc");
			const sequences: readonly number[] = await newer()
				.where("sequence", ">", sequence)
				.limit(limit)
				.pluck("sequence");
			const oldest = sequences.at(-1);
			if (oldest === undefined) return { sequences, marked: [] };
			const rows: readonly MessageRow[] = await newer()
				.where("sequence", ">=", oldest)
				.where((meant) =>
					meant.where("alert", true).orWhereRaw("instr(text, '@') > 0"),
				)
				.limit(maxMarked)
				.select("sequence", "alert", "text");
			const marked = rows.map(({ sequence, alert, text }) => ({
				sequence,
				alert: Boolean(alert),
				text,
			}));
			return { sequences, marked };
		},
		page: (room, page) => readPage(db, room, page),
		async list(room, { sequences, authors, from, before }, { after, limit }) {
			const query = db<MessageRow>("messages")
				.where({ room_id: room })
				.where("sequence", ">", after ?? 0)
				.orderBy("sequence")
				.limit(limit);
			if (sequences !== undefined) query.whereIn("sequence", sequences);
			if (authors !== undefined) query.whereIn("author_uri", authors);
			if (from !== undefined) query.where("posted_at", ">=", from.getTime());
			if (before !== undefined) query.where("posted_at", "<", before.getTime());
			return (await query).map(message);
		},
	};
}

export function messageWriter(tx: Knex, locks: Locks): MessageWriter {
	/** Undefined when one of their keys is there already: then nothing is written. */
	async function insert(
		...[posts, at]: Parameters<MessageWriter["appendAll"]>
	): Promise<readonly Message[] | undefined> {
		const last = new Map<RoomId, number>();
		const messages = posts.map(({ room, author, draft }): Message => {
			const { lastSequence } = locks.of(room.id);
			const sequence = (last.get(room.id) ?? lastSequence) + 1;
			last.set(room.id, sequence);
			return {
				...draft,
				room: room.id,
				sequence,
				author: { uri: author.uri, displayName: author.displayName },
				postedAt: at,
			};
		});
		try {
			await tx("messages").insert(messages.map(rowOf));
		} catch (error) {
			const hasKey = posts.some(({ draft }) => draft.key !== undefined);
			if (hasKey && faultOf(error) === "duplicate") return undefined;
			throw error;
		}
		for (const [room, sequence] of last) {
			locks.of(room).lastSequence = sequence;
		}
		await keepLast(tx, last);
		await addToIndex(tx, messages.map(indexed));
		return messages;
	}

	const append: MessageWriter["append"] = async (room, author, draft, at) => {
		const [message] = (await insert([{ room, author, draft }], at)) ?? [];
		return message ?? withKey(tx, room.id, draft.key ?? "");
	};

	return {
		...messageReader(tx),
		append,
		async appendAll(posts, at) {
			const together = await insert(posts, at);
			if (together !== undefined) return together;
			const messages: Message[] = [];
			for (const { room, author, draft } of posts) {
				messages.push(await append(room, author, draft, at));
			}
			return messages;
		},
		async remove(room, sequences) {
			locks.of(room);
			await revise(tx, room);
			await removeFromIndex(tx, room, sequences);
			await inChunks(sequences, async (some) => {
				await tx("messages")
					.where({ room_id: room })
					.whereIn("sequence", some)
					.delete();
			});
		},
		async replace(room, sequences, { text, by, at }) {
			locks.of(room);
			await revise(tx, room);
			await inChunks(sequences, async (some) => {
				await tx("messages")
					.where({ room_id: room })
					.whereIn("sequence", some)
					.update({
						text,
						extras: null,
						replaced_at: at.getTime(),
						replaced_by: by,
					});
				const rows: readonly MessageRow[] = await tx<MessageRow>("messages")
					.where({ room_id: room })
					.whereIn("sequence", some);
				await addToIndex(tx, rows.map(message).map(indexed));
			});
		},
	};
}

/** One statement, however many rooms. */
async function keepLast(
	tx: Knex,
	last: ReadonlyMap<RoomId, number>,
): Promise<void> {
	const cases = "when ? then ? ".repeat(last.size);
	await tx("rooms")
		.whereIn("id", [...last.keys()])
		.update({
			last_sequence: tx.raw(`case id ${cases}end`, [...last].flat()),
		});
}

/** What was read of it before is not what there is now. */
async function revise(tx: Knex, room: RoomId): Promise<void> {
	await tx("rooms").where({ id: room }).increment("revision");
}

async function withKey(tx: Knex, room: RoomId, key: string): Promise<Message> {
	const row: MessageRow | undefined = await tx<MessageRow>("messages")
		.where({ room_id: room, post_key: key })
		.first();
	if (row === undefined) throw new Error("A sequence was given twice");
	return message(row);
}

function indexed({ room, sequence, author, text }: Message): Indexed {
	return { room, sequence, author: author.uri, text };
}
