/**
 * The shape of what compliance is owed, as it is read back from the chat database, where somebody may have altered it. Fields
 * and types that only a newer node knows pass: in a pool that is brought up to date, it may owe before this one knows them.
 */
import { z } from "zod";
import type { OwedEvent } from "./archived.ts";

/** More than any event that this service has written. */
const longestCharacters = 8_000_000;

const text = z.string();
const texts = z.array(text);
const whole = z.int().min(0);
/** As a `Date` is written in JSON. */
const instant = text.refine((at) => {
	const ms = Date.parse(at);
	return !Number.isNaN(ms) && new Date(ms).toISOString() === at;
});
const named = z.looseObject({ id: text, name: text });
const user = z.looseObject({ uri: text.min(1), displayName: text });
const happened = {
	id: text,
	at: instant,
	actor: user.extend({
		guid: text,
		email: text.optional(),
		callId: text.optional(),
		administrator: z.boolean().optional(),
	}),
};
const nowhere = z.looseObject({ ...happened, room: z.undefined().optional() });
const inRoom = z.looseObject({
	...happened,
	room: named.extend({ category: named }),
});

const message = z.looseObject({
	room: text,
	sequence: z.int().min(1),
	text,
	alert: z.boolean(),
	author: user,
	postedAt: instant,
	extras: z
		.looseObject({ attributes: z.record(text, text), children: texts })
		.optional(),
	replaced: z.looseObject({ at: instant, by: text }).optional(),
});
const file = z.looseObject({
	name: text,
	type: text,
	bytes: whole,
	sha256: text.regex(/^[0-9a-f]{64}$/),
	missing: z.undefined().optional(),
});
const properties = z.looseObject({
	name: text,
	description: text,
	category: text,
	privacy: text,
	type: text,
	invitations: text,
	disabled: z.boolean(),
	addIn: z.looseObject({ name: text, url: text }).optional(),
});
const category = named.extend({
	description: text,
	invitations: z.boolean(),
	files: z.boolean(),
	history: z.boolean(),
	compliance: text,
	retainDays: whole.nullable().optional(),
	allowed: texts,
	denied: texts,
	creators: texts,
});
const asked = z.looseObject({
	window: text.optional(),
	sequence: whole.optional(),
	from: instant.optional(),
	to: instant.optional(),
	start: whole.optional(),
	newestFirst: z.boolean().optional(),
	count: whole.optional(),
	question: text.optional(),
	rooms: text.optional(),
	roomCount: whole.optional(),
	words: text.optional(),
	match: text.optional(),
	caseCounts: z.boolean().optional(),
	authors: texts.optional(),
});

const withFile = inRoom.extend({ file });
const withProperties = inRoom.extend({ properties });
const withCategory = nowhere.extend({ category });

const shapes = {
	posted: inRoom.extend({ message }),
	joined: inRoom,
	parted: inRoom.extend({
		kicked: text.optional(),
		lost: z.boolean().optional(),
	}),
	viewed: inRoom.extend({
		count: whole,
		fromSequence: whole.optional(),
		throughSequence: whole,
		asked: asked.optional(),
	}),
	searched: inRoom.extend({
		words: text,
		count: whole,
		sequences: z.array(whole).optional(),
		asked: asked.optional(),
	}),
	uploaded: withFile,
	downloaded: withFile,
	deleted: inRoom.extend({ message }),
	replaced: inRoom.extend({ message, replacement: text }),
	invited: inRoom.extend({
		user: user.extend({ guid: text.optional(), email: text.optional() }),
	}),
	"room-created": withProperties,
	"room-removed": withProperties,
	"room-changed": inRoom.extend({
		before: properties.partial(),
		after: properties.partial(),
		movedFrom: named.optional(),
	}),
	"roles-changed": inRoom.extend({ role: text, added: texts, removed: texts }),
	"category-created": withCategory,
	"category-removed": withCategory,
	"category-changed": nowhere.extend({
		category: named,
		before: category.partial(),
		after: category.partial(),
	}),
	"directory-changed": nowhere.extend({
		subject: text,
		before: z.unknown().optional(),
		after: z.unknown().optional(),
	}),
} satisfies Readonly<Record<OwedEvent["type"], z.ZodType>>;

/** An event of a newer node's. */
const another = z.looseObject({
	...happened,
	room: inRoom.shape.room.optional(),
});

/** The event in this JSON text; undefined where it is none. */
export function readOwed(payload: string, type: string): OwedEvent | undefined {
	if (payload.length > longestCharacters || type === "unreadable") {
		return undefined;
	}
	const found = parse(payload);
	const shape: z.ZodType = Object.hasOwn(shapes, type)
		? shapes[type as OwedEvent["type"]]
		: another;
	if (!shape.safeParse(found).success) return undefined;
	return found as OwedEvent;
}

function parse(payload: string): unknown {
	try {
		return JSON.parse(payload);
	} catch {
		return undefined;
	}
}
