/** Which table each kind of record that is carried over is a row of; lists that hang on a row are in `lists.ts`. */
import type { MessageExtras, UserUri } from "../../rooms/types.ts";
import { searchKey } from "../../rooms/words.ts";
import { nameKey } from "../keys.ts";
import type { MessageRow } from "../message-rows.ts";
import { domainOf } from "../rights.ts";
import type { TransferKind, TransferRecords } from "../store.ts";

type Row = Readonly<Record<string, unknown>>;

export interface TransferTable<Record_> {
	readonly table: string;
	readonly keys: readonly string[];
	/** Without its lists. */
	record(row: Row): Record_;
	row(record: Record_): Row;
	/** What only one row may have; null is had by any number. */
	readonly unique?: readonly {
		readonly column: string;
		words(record: Record_): string;
	}[];
}

const time = (value: unknown) => new Date(Number(value)).toISOString();
const text = (value: unknown) => String(value);
const orNull = (value: unknown) => (value === null ? null : String(value));

export const tables: {
	readonly [Kind in TransferKind]: TransferTable<TransferRecords[Kind]>;
} = {
	users: {
		table: "users",
		keys: ["uri"],
		record: (row) => ({
			uri: text(row.uri),
			displayName: text(row.display_name),
			guid: text(row.guid),
			email: orNull(row.email),
			active: Boolean(row.enabled),
			credentials:
				row.credentials === null ? null : JSON.parse(text(row.credentials)),
		}),
		row: ({ uri, displayName, guid, email, active, credentials }) => ({
			uri,
			display_name: displayName,
			guid,
			email,
			enabled: active,
			credentials:
				credentials === undefined || credentials === null
					? null
					: JSON.stringify(credentials),
			domain: domainOf(uri as UserUri),
			search_key: searchKey(`${displayName} ${uri} ${email ?? ""}`),
		}),
		unique: [
			{
				column: "guid",
				words: ({ uri, guid }) =>
					`another user than ${uri} has the GUID ${guid}`,
			},
		],
	},
	groups: {
		table: "groups",
		keys: ["id"],
		record: (row) => ({
			id: text(row.id),
			name: text(row.name),
			members: [],
		}),
		row: ({ id, name }) => ({ id, name, name_key: nameKey(name) }),
		unique: [
			{
				column: "name_key",
				words: ({ name }) => `another group is named "${name}"`,
			},
		],
	},
	policies: {
		table: "policies",
		keys: ["scope"],
		record: (row) => ({
			scope: text(row.scope),
			enabled: Boolean(row.enabled),
			admit: Boolean(row.admit),
		}),
		row: (policy) => ({ ...policy }),
	},
	administrators: {
		table: "administrators",
		keys: ["principal"],
		record: (row) => ({ principal: text(row.principal) }),
		row: (administrator) => ({ ...administrator }),
	},
	addIns: {
		table: "add_ins",
		keys: ["name_key"],
		record: (row) => ({ name: text(row.name), url: text(row.url) }),
		row: ({ name, url }) => ({ name_key: nameKey(name), name, url }),
	},
	categories: {
		table: "categories",
		keys: ["id"],
		record: (row) => ({
			id: text(row.id),
			name: text(row.name),
			description: text(row.description),
			invitations: Boolean(row.invitations),
			files: Boolean(row.files),
			history: Boolean(row.history),
			compliance: text(row.compliance),
			...(row.retain_days !== null && { retainDays: Number(row.retain_days) }),
			allowed: [],
			denied: [],
			creators: [],
		}),
		row: ({
			allowed: _,
			denied: __,
			creators: ___,
			retainDays = null,
			...category
		}) => ({
			...category,
			retain_days: retainDays,
			name_key: nameKey(category.name),
		}),
		unique: [
			{
				column: "name_key",
				words: ({ name }) => `another category is named "${name}"`,
			},
		],
	},
	rooms: {
		table: "rooms",
		keys: ["id"],
		record: (row) => ({
			id: text(row.id),
			name: text(row.name),
			description: text(row.description),
			category: text(row.category_id),
			privacy: text(row.privacy),
			type: text(row.type),
			invitations: text(row.invitations),
			disabled: Boolean(row.disabled),
			addIn:
				row.add_in_name === null
					? null
					: { name: text(row.add_in_name), url: text(row.add_in_url ?? "") },
			alias: orNull(row.alias),
			createdBy: text(row.created_by),
			createdAt: time(row.created_at),
			lastSequence: Number(row.last_sequence),
		}),
		row: ({
			category,
			addIn,
			createdBy,
			createdAt,
			lastSequence,
			...room
		}) => ({
			...room,
			name_key: nameKey(room.name),
			unique_key: room.privacy === "secret" ? room.id : nameKey(room.name),
			description_key: searchKey(room.description),
			category_id: category,
			add_in_name: addIn?.name ?? null,
			add_in_url: addIn?.url ?? null,
			created_by: createdBy,
			created_at: Date.parse(createdAt),
			updated_by: createdBy,
			updated_at: Date.parse(createdAt),
			last_sequence: lastSequence,
			// Above that of a room with this id which was removed, should a replica have it still.
			revision: Date.now(),
			movements: 0,
		}),
		unique: [
			{
				column: "unique_key",
				words: ({ name }) => `another room is named "${name}"`,
			},
			{
				column: "alias",
				words: ({ alias }) => `another room has the alias ${alias}`,
			},
		],
	},
	rights: {
		table: "room_roles",
		keys: ["room_id", "role", "principal"],
		record: (row) => ({
			room: text(row.room_id),
			role: text(row.role),
			principal: text(row.principal),
			grantedBy: text(row.granted_by),
			grantedAt: time(row.granted_at),
		}),
		row: ({ room, role, principal, grantedBy, grantedAt }) => ({
			room_id: room,
			role,
			principal,
			granted_by: grantedBy,
			granted_at: Date.parse(grantedAt),
		}),
	},
	messages: {
		table: "messages",
		keys: ["room_id", "sequence"],
		record: (row) => ({
			room: text(row.room_id),
			sequence: Number(row.sequence),
			author: { uri: text(row.author_uri), name: text(row.author_name) },
			postedAt: time(row.posted_at),
			alert: Boolean(row.alert),
			text: text(row.text),
			extras:
				row.extras === null
					? null
					: (JSON.parse(text(row.extras)) as MessageExtras),
			replaced:
				row.replaced_at === null
					? null
					: { at: time(row.replaced_at), by: text(row.replaced_by ?? "") },
		}),
		row: (message): MessageRow & Row => ({
			room_id: message.room,
			sequence: message.sequence,
			author_uri: message.author.uri,
			author_name: message.author.name,
			posted_at: Date.parse(message.postedAt),
			alert: message.alert,
			text: message.text,
			extras: message.extras === null ? null : JSON.stringify(message.extras),
			post_key: null,
			replaced_at:
				message.replaced === null ? null : Date.parse(message.replaced.at),
			replaced_by: message.replaced?.by ?? null,
		}),
	},
};

/** Names a record among those of its kind. */
export function transferKey<Kind extends TransferKind>(
	kind: Kind,
	record: TransferRecords[Kind],
): string {
	const { keys, row } = tables[kind] as TransferTable<TransferRecords[Kind]>;
	const values = row(record);
	return keys.map((key) => String(values[key])).join(" ");
}
