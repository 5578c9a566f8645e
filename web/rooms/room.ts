/** One room: what it is, who has roles in it, who is there, what was said. */
import { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import type { HistoryWindow, Principal, UserUri } from "../../plugin/index.ts";
import type { Routes } from "../route.ts";
import {
	auditOf,
	auditView,
	limit,
	messageView,
	ofRoom,
	personView,
	rolesView,
	rolesWithNames,
	roomView,
	sequenceNumber,
	viewOfMessage,
	viewOfPerson,
	viewOfRoom,
} from "./views.ts";

const whole = roomView.extend({
	...auditView.shape,
	/** What the asker is to it. */
	standing: z.object({
		member: z.boolean(),
		manager: z.boolean(),
		presenter: z.boolean(),
		administrator: z.boolean(),
	}),
	/** For those who may manage it. */
	roles: rolesView.optional(),
});

const present = z.object({
	count: z.number(),
	participants: z.array(
		personView.extend({ manager: z.boolean(), presenter: z.boolean() }),
	),
});

const history = z.strictObject({
	count: limit(500),
	/** At most one of the three; none: the newest. */
	before: sequenceNumber.optional(),
	after: z.coerce.number().int().min(0).optional(),
	around: sequenceNumber.optional(),
});

export const roomRoutes: Routes = (server, { rooms }) => {
	server.get(
		"/api/rooms/:room",
		{
			schema: {
				summary: "A room, with its roles for who may manage it",
				params: ofRoom,
				response: { 200: whole },
			},
		},
		async ({ actor, params }) => {
			const seen = await rooms.room(actor, params.room);
			const { member, manager, presenter, administrator } = seen.standing;
			const named = (principals: readonly Principal[]) =>
				rooms.named(actor, principals);
			return {
				...viewOfRoom(seen),
				...auditOf(seen.room),
				standing: { member, manager, presenter, administrator },
				...(seen.roles !== undefined && {
					roles: await rolesWithNames(seen.roles, named),
				}),
			};
		},
	);

	server.get(
		"/api/rooms/:room/participants",
		{
			schema: {
				summary: "Who is in the room now, by address",
				params: ofRoom,
				querystring: z.strictObject({
					/** The last address of the page before. */
					after: z.string().max(255).optional(),
					limit: limit(500),
				}),
				response: { 200: present },
			},
		},
		async ({ actor, params, query }) => {
			const after = query.after as UserUri | undefined;
			const page = { after, limit: query.limit };
			const found = await rooms.participants(actor, params.room, page);
			return {
				count: found.summary.participantCount,
				participants: found.participants.map(({ user, standing }) => ({
					...viewOfPerson(user),
					manager: standing.manager,
					presenter: standing.presenter,
				})),
			};
		},
	);

	server.get(
		"/api/rooms/:room/messages",
		{
			schema: {
				summary: "What was said, oldest first; recorded as read",
				params: ofRoom,
				querystring: history,
				response: { 200: z.object({ messages: z.array(messageView) }) },
			},
		},
		async ({ actor, params, query }) => {
			const window = windowOf(query);
			const messages = await rooms.history(actor, params.room, window);
			return { messages: messages.map(viewOfMessage) };
		},
	);
};

/** Throws `malformed`. */
function windowOf({
	count,
	before,
	after,
	around,
}: z.output<typeof history>): HistoryWindow {
	const said = [before, after, around].filter((each) => each !== undefined);
	if (said.length > 1) {
		throw new ChatError("malformed", "Say one of before, after and around.");
	}
	if (before !== undefined) return { type: "before", sequence: before, count };
	if (after !== undefined) return { type: "after", sequence: after, count };
	if (around !== undefined) return { type: "around", sequence: around, count };
	return { type: "last", count };
}
