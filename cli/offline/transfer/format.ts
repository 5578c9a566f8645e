/** What a folder of an export holds: docs/export.md tells of it for whoever makes or reads one. What comes in is checked against this. */
import { z } from "zod";
import type {
	TransferKind,
	TransferRecords,
} from "../../../plugin/store/index.ts";

export const formatName = "persistent-chat-export";
/** Goes up when an older reader would misunderstand it. */
export const formatVersion = 1;

/** In the order in which they are put in: what others name comes first. */
export const kinds = [
	"users",
	"groups",
	"policies",
	"administrators",
	"addIns",
	"categories",
	"rooms",
	"rights",
	"messages",
] as const satisfies readonly TransferKind[];

const name = z.string().min(1).max(300);
const principal = z.string().min(1).max(255);
const guid = z
	.string()
	.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "must be a GUID");
const time = z.iso.datetime();
const principals = z.array(principal).max(1_000_000);
const text = z.string().max(1_000_000);

const credentials = z.record(z.string().max(64), z.string().max(512));

type Schemas = {
	readonly [Kind in TransferKind]: z.ZodType<TransferRecords[Kind]>;
};

export const schemas = {
	users: z.strictObject({
		uri: principal,
		displayName: name,
		guid: z.string().min(1).max(36),
		email: z.string().max(320).nullable(),
		active: z.boolean(),
		credentials: (
			credentials as unknown as z.ZodType<
				NonNullable<TransferRecords["users"]["credentials"]>
			>
		)
			.nullable()
			.optional(),
	}),
	groups: z.strictObject({ id: guid, name, members: principals }),
	policies: z.strictObject({
		scope: principal,
		enabled: z.boolean(),
		admit: z.boolean(),
	}),
	administrators: z.strictObject({ principal }),
	addIns: z.strictObject({ name, url: z.string().min(1).max(2_048) }),
	categories: z.strictObject({
		id: guid,
		name,
		description: text,
		invitations: z.boolean(),
		files: z.boolean(),
		history: z.boolean(),
		compliance: z.enum(["open", "closed"]),
		retainDays: z.int().min(0).max(36_500).optional(),
		allowed: principals,
		denied: principals,
		creators: principals,
	}),
	rooms: z.strictObject({
		id: guid,
		name,
		description: text,
		category: guid,
		privacy: z.enum(["open", "closed", "secret"]),
		type: z.enum(["normal", "auditorium"]),
		invitations: z.enum(["inherit", "off"]),
		disabled: z.boolean(),
		addIn: z
			.strictObject({ name, url: z.string().min(1).max(2_048) })
			.nullable(),
		alias: z.string().min(1).max(64).nullable(),
		createdBy: principal,
		createdAt: time,
		lastSequence: z.int().min(0),
	}),
	rights: z.strictObject({
		room: guid,
		role: z.enum(["member", "manager", "presenter"]),
		principal,
		grantedBy: z.string().max(255),
		grantedAt: time,
	}),
	messages: z.strictObject({
		room: guid,
		sequence: z.int().min(1),
		author: z.strictObject({ uri: principal, name: z.string().max(256) }),
		postedAt: time,
		alert: z.boolean(),
		text,
		extras: z
			.strictObject({
				attributes: z.record(z.string(), z.string()),
				children: z.array(z.string()),
			})
			.nullable(),
		replaced: z.strictObject({ at: time, by: principal }).nullable(),
	}),
} satisfies Schemas;

const part = z.strictObject({
	/** Within the folder. */
	file: z
		.string()
		.regex(/^[a-z0-9-]+\.jsonl$/i, "must be a file of the folder"),
	kind: z.enum(kinds),
	records: z.int().min(0),
	bytes: z.int().min(0),
	/** 64 hexadecimal digits. */
	sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Part = z.output<typeof part>;

const head = {
	format: z.literal(formatName),
	version: z.literal(formatVersion),
	/** GUID. */
	id: guid,
	begunAt: time,
	/** The database that it is of. */
	databaseId: z.string().max(64),
	/** The SIP domain. */
	domain: z.string().max(255),
	/** Messages posted then or later; null: all. */
	since: time.nullable(),
	/** Are passwords in it, as hashes? */
	passwords: z.boolean(),
	parts: z.array(part).max(1_000_000),
};

/** `manifest.json`: written last, so that a folder that has one is whole. */
export const manifestSchema = z.strictObject({ ...head, endedAt: time });
export type Manifest = z.output<typeof manifestSchema>;

/** `state.json`: how far an export is. */
export const stateSchema = z.strictObject({
	...head,
	/** Messages go on in the room of this line of the part of rooms (from 0), behind this number; null: not begun. */
	next: z
		.strictObject({ room: z.int().min(0), after: z.int().min(0) })
		.nullable(),
});
export type State = z.output<typeof stateSchema>;
