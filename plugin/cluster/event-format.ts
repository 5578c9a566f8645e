/**
 * Events as they travel between nodes: `{"v":1,"n":"<run>","e":{…}}`, with `"t"` where they are traced. Two releases may run side by side: what a node does not
 * know (fields, types, versions) it ignores; what is not as it should be is told to nobody.
 */
import { z } from "zod";
import type { RoomEvent } from "../rooms/events.ts";

/** More is not sent, and not read. */
export const maxPayloadCharacters = 1_000_000;

/** `missed`: something of the sender's could not be sent. */
export type Payload =
	| {
			readonly kind: "event";
			readonly event: RoomEvent;
			/** `traceparent` (W3C Trace Context) of what told it. */
			readonly trace?: string;
	  }
	| { readonly kind: "missed" };

const id = z.string().min(1).max(64);
const uri = z.string().min(1).max(255);
const text = z.string().max(20_000);
const whole = z.int().min(0);
const date = z
	.string()
	.max(40)
	.transform((said, context) => {
		const at = new Date(said);
		if (Number.isFinite(at.getTime())) return at;
		context.addIssue("no date");
		return z.NEVER;
	});

const user = z.object({ uri, displayName: text, guid: z.string().max(64) });
const standing = z.object({
	inScope: z.boolean(),
	administrator: z.boolean(),
	member: z.boolean(),
	manager: z.boolean(),
	presenter: z.boolean(),
});
const participants = z.array(z.object({ user, standing }));
const roomType = z.enum(["normal", "auditorium"]);
const message = z.object({
	room: id,
	text,
	alert: z.boolean(),
	extras: z
		.object({
			attributes: z.record(z.string(), z.string()),
			children: z.array(z.string()),
		})
		.optional(),
	key: z.string().max(64).optional(),
	sequence: whole,
	author: z.object({ uri, displayName: text }),
	postedAt: date,
	replaced: z.object({ at: date, by: text }).optional(),
});
const room = z.object({
	id,
	name: text,
	description: text,
	category: z.object({
		id,
		name: text,
		description: text,
		invitations: z.boolean(),
		files: z.boolean(),
		history: z.boolean(),
		compliance: z.enum(["open", "closed"]),
		/** Earlier releases do not say it. */
		retainDays: whole.nullable().default(null),
	}),
	privacy: z.enum(["open", "closed", "secret"]),
	type: roomType,
	invitations: z.enum(["inherit", "off"]),
	disabled: z.boolean(),
	addIn: z.object({ name: text, url: text }).optional(),
	alias: text.optional(),
	createdBy: text,
	createdAt: date,
	updatedBy: text,
	updatedAt: date,
	lastSequence: whole,
	/** Earlier releases do not say it, and nobody who is told needs it. */
	revision: whole.default(0),
});

const events = z.discriminatedUnion("type", [
	z.object({ type: z.literal("posted"), message }),
	z.object({
		type: z.literal("joined"),
		rooms: z.array(z.object({ room: id, type: roomType, standing })),
		user,
		batch: z.boolean(),
	}),
	z.object({ type: z.literal("parted"), rooms: z.array(id), user }),
	z.object({
		type: z.literal("moved"),
		rooms: z.array(id),
		user: uri,
		arrived: z.boolean(),
	}),
	z.object({
		type: z.literal("changed"),
		summary: z.object({ room, participantCount: whole }),
	}),
	z.object({
		type: z.literal("standing"),
		room: id,
		roomType,
		participants,
		rosterHidden: z.boolean(),
	}),
	z.object({
		type: z.literal("kicked"),
		room: id,
		why: z.enum([
			"not a member any more",
			"not allowed in the category any more",
			"the room is disabled",
			"the room is gone",
		]),
		users: z.array(user),
		rosterHidden: z.boolean(),
	}),
	z.object({ type: z.literal("narrowed"), room: id.optional() }),
	z.object({ type: z.literal("roster"), room: id, roomType, participants }),
	z.object({ type: z.literal("rosterHidden"), room: id }),
	z.object({
		type: z.literal("deleted"),
		room: id,
		sequences: z.array(whole),
	}),
	z.object({
		type: z.literal("replaced"),
		room: id,
		sequences: z.array(whole),
		text,
	}),
	z.object({
		type: z.literal("invited"),
		room: id,
		principals: z.array(uri),
		at: date,
	}),
	z.object({
		type: z.literal("presence"),
		user: uri,
		changed: z.array(
			z.object({ name: text, instance: whole, container: whole }),
		),
		by: z.record(z.string(), z.string()).optional(),
	}),
	z.object({ type: z.literal("policy"), users: z.array(uri).optional() }),
]);

const payload = z.object({
	v: z.literal(1),
	t: z.string().max(60).optional().catch(undefined),
	e: z.unknown(),
});

/** How everything begins that this run of a node sends: by that it knows its own. */
export function beginOf(run: string): string {
	return `{"v":1,"n":${JSON.stringify(run)},`;
}

/** Undefined: it is too large. */
export function encodeEvent(
	run: string,
	event: RoomEvent,
	trace?: string,
): string | undefined {
	const traced = trace === undefined ? "" : `"t":${JSON.stringify(trace)},`;
	const encoded = `${beginOf(run)}${traced}"e":${JSON.stringify(event)}}`;
	return encoded.length > maxPayloadCharacters ? undefined : encoded;
}

export function encodeMissed(run: string): string {
	return `${beginOf(run)}"e":{"type":"missed"}}`;
}

/** Undefined: of a later version or a type that is not known here. Throws when it is not as it should be. */
export function decodePayload(encoded: string): Payload | undefined {
	if (encoded.length > maxPayloadCharacters) throw new Error("too large");
	const found = payload.safeParse(JSON.parse(encoded));
	if (!found.success) return undefined;
	const { e, t: trace } = found.data;
	const type = (e as { type?: unknown } | null)?.type;
	if (type === "missed") return { kind: "missed" };
	if (!known.has(String(type))) return undefined;
	// The brands of ids are the only difference.
	const event = events.parse(e) as unknown as RoomEvent;
	return { kind: "event", event, ...(trace !== undefined && { trace }) };
}

const known = new Set<string>(
	events.options.map(({ shape }) => shape.type.value),
);
