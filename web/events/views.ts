/** What the event stream tells, as data of its events: the vocabulary, in one place. */
import { z } from "zod";
import type { News } from "../../plugin/index.ts";
import { pictureView, sampleView } from "../operations/views.ts";
import {
	messageView,
	roomView,
	viewOfMessage,
	viewOfRoom,
} from "../rooms/views.ts";

const room = z.string().describe("The room's GUID");
const sequences = z.array(z.number());
const rooms = z.array(room);

/** Why a stream ends. A browser comes back by itself, and is refused then where that is the reason. */
export const endings = [
	"signed-out",
	"not-enabled",
	"not-administrator",
	"lost",
	"stopping",
] as const;
export type Ending = (typeof endings)[number];

/** By the name of the event. */
export const eventData = {
	ready: z
		.object({ at: z.string() })
		.describe("First: all that happens from now on is told"),
	resynchronise: z
		.object({ why: z.literal("gap") })
		.describe(
			"After ready, for who comes back with Last-Event-ID: what happened meanwhile is not told, ask for it",
		),
	message: messageView
		.extend({ room })
		.describe("Posted in a room that one is in"),
	deleted: z
		.object({ room, sequences })
		.describe("An administrator deleted these messages"),
	replaced: z
		.object({ room, sequences, text: z.string() })
		.describe("An administrator put this text in their place"),
	room: roomView.describe(
		"A room that one is in or follows has other properties",
	),
	entered: z
		.object({ rooms })
		.describe("One is in these rooms now, by one of one's clients"),
	left: z
		.object({ rooms })
		.describe("None of one's clients is in these rooms any more"),
	removed: z
		.object({ room, why: z.string() })
		.describe("One was put out of the room; nothing more of it comes"),
	rights: z
		.object({
			room,
			standing: z.object({
				member: z.boolean(),
				manager: z.boolean(),
				presenter: z.boolean(),
				administrator: z.boolean(),
			}),
		})
		.describe("What one is to a room that one is in"),
	unread: z
		.object({ room, count: z.number(), addressed: z.number() })
		.describe(
			"In a room that one follows without being in it; numbers stop at 500",
		),
	invitation: z
		.object({ serial: z.number(), room: roomView, grantedAt: z.string() })
		.describe("One has been made a member"),
	followed: z
		.object({})
		.describe(
			"One follows other rooms, or may find others of them: ask for /api/rooms/followed",
		),
	operations: z
		.object({ sample: sampleView, picture: pictureView })
		.describe(
			"With topic=operations, for administrators: how the service is doing, every two seconds",
		),
	end: z
		.object({ why: z.enum(endings) })
		.describe("Last: nothing more comes on this stream"),
} as const;

export type EventName = keyof typeof eventData;

/** An event as it is sent. */
export interface WebEvent<Name extends EventName = EventName> {
	readonly event: Name;
	readonly data: z.output<(typeof eventData)[Name]>;
}

/** Undefined for what ends the stream. */
export function eventOf(news: News): WebEvent | undefined {
	switch (news.type) {
		case "message": {
			const { message } = news;
			const data = { ...viewOfMessage(message), room: message.room };
			return { event: "message", data };
		}
		case "room":
			return { event: "room", data: viewOfRoom(news.summary) };
		case "rights": {
			const { member, manager, presenter, administrator } = news.standing;
			const standing = { member, manager, presenter, administrator };
			return { event: "rights", data: { room: news.room, standing } };
		}
		case "unread": {
			const data = { room: news.room, ...news.unread };
			return { event: "unread", data };
		}
		case "invitation": {
			const { serial, room: summary, grantedAt } = news.invitation;
			const data = {
				serial,
				room: viewOfRoom(summary),
				grantedAt: grantedAt.toISOString(),
			};
			return { event: "invitation", data };
		}
		case "deleted": {
			const { room, sequences } = news;
			return { event: "deleted", data: { room, sequences: [...sequences] } };
		}
		case "replaced": {
			const { room, sequences, text } = news;
			const data = { room, sequences: [...sequences], text };
			return { event: "replaced", data };
		}
		case "entered":
		case "left":
			return { event: news.type, data: { rooms: [...news.rooms] } };
		case "removed":
			return { event: "removed", data: { room: news.room, why: news.why } };
		case "followed":
			return { event: "followed", data: {} };
		case "lost":
			return undefined;
	}
}
