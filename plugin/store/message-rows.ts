/** A row of `messages` ⇄ a `Message`. */
import type {
	Message,
	MessageExtras,
	RoomId,
	UserUri,
} from "../rooms/types.ts";

export interface MessageRow {
	readonly room_id: string;
	readonly sequence: number;
	readonly author_uri: string;
	readonly author_name: string;
	readonly posted_at: number;
	readonly alert: number | boolean;
	readonly text: string;
	/** JSON */
	readonly extras: string | null;
	readonly post_key: string | null;
	readonly replaced_at: number | null;
	readonly replaced_by: string | null;
}

export function message(row: MessageRow): Message {
	return {
		room: row.room_id as RoomId,
		sequence: row.sequence,
		author: { uri: row.author_uri as UserUri, displayName: row.author_name },
		postedAt: new Date(row.posted_at),
		alert: Boolean(row.alert),
		text: row.text,
		...(row.extras !== null && {
			extras: JSON.parse(row.extras) as MessageExtras,
		}),
		...(row.post_key !== null && { key: row.post_key }),
		...(row.replaced_at !== null && {
			replaced: { at: new Date(row.replaced_at), by: row.replaced_by ?? "" },
		}),
	};
}

export function rowOf(message: Message): MessageRow {
	return {
		room_id: message.room,
		sequence: message.sequence,
		author_uri: message.author.uri,
		author_name: message.author.displayName,
		posted_at: message.postedAt.getTime(),
		alert: message.alert,
		text: message.text,
		extras: message.extras ? JSON.stringify(message.extras) : null,
		post_key: message.key ?? null,
		replaced_at: message.replaced?.at.getTime() ?? null,
		replaced_by: message.replaced?.by ?? null,
	};
}
