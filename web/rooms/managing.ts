/** Making and changing rooms: with a look at who would lose what, and nobody's change undone by who had not read it. */
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import type { Actor, Proposal, RoomRecord, Rooms } from "../../plugin/index.ts";
import type { Routes } from "../route.ts";
import {
	change,
	changeOf,
	eligiblePage,
	lossesView,
	newRoom,
	present,
	proposal,
	viewOfLosses,
} from "./proposals.ts";
import {
	auditOf,
	auditView,
	ofRoom,
	personView,
	rolesView,
	rolesWithNames,
	roomView,
	viewOfPerson,
	viewOfRoom,
} from "./views.ts";

/** Long lists of people. */
const bodyLimit = 2 * 1024 * 1024;

const record = roomView.extend({ ...auditView.shape, roles: rolesView });
const people = z.object({ people: z.array(personView) });

export const managingRoutes: Routes = (server, { rooms }) => {
	server.post(
		"/api/rooms",
		{
			bodyLimit,
			schema: {
				summary: "Make a room; whoever makes it manages it",
				body: newRoom,
				response: { 201: record },
			},
		},
		async ({ actor, body }, reply) => {
			const made = await rooms.createRoom(actor, present(body));
			return reply.code(201).send(await viewOfRecord(rooms, actor, made));
		},
	);

	server.patch(
		"/api/rooms/:room",
		{
			bodyLimit,
			schema: {
				summary: "Change a room, or who has roles in it",
				params: ofRoom,
				body: change,
				response: { 200: record },
			},
		},
		async ({ actor, params, body }) => {
			const { readAt, ...rest } = body;
			const asked = { ...changeOf(rest), readAt };
			const changed = await rooms.changeRoom(actor, params.room, asked);
			return viewOfRecord(rooms, actor, changed);
		},
	);

	server.post(
		"/api/rooms/:room/preview",
		{
			bodyLimit,
			schema: {
				summary: "Who would lose what by a change; nothing is changed",
				params: ofRoom,
				body: proposal,
				response: { 200: lossesView },
			},
		},
		async ({ actor, params, body }, reply) => {
			const asked = { room: params.room, change: changeOf(body) };
			return foretell(rooms, actor, asked, reply);
		},
	);

	server.get(
		"/api/rooms/:room/eligible",
		{
			schema: {
				summary: "Who could be given a role in the room, by address",
				params: ofRoom,
				querystring: eligiblePage,
				response: { 200: people },
			},
		},
		async ({ actor, params, query: { after, limit } }) => {
			const found = await rooms.eligible(actor, params, { after, limit });
			return { people: found.map(viewOfPerson) };
		},
	);
};

async function viewOfRecord(
	rooms: Pick<Rooms, "named">,
	actor: Actor,
	changed: RoomRecord,
): Promise<z.output<typeof record>> {
	return {
		...viewOfRoom(changed),
		...auditOf(changed.room),
		roles: await rolesWithNames(changed.roles, (principals) =>
			rooms.named(actor, principals),
		),
	};
}

export async function foretell(
	rooms: Pick<Rooms, "preview" | "named">,
	actor: Actor,
	proposal: Proposal,
	reply: FastifyReply,
): Promise<z.output<typeof lossesView>> {
	const gone = whenGone(reply);
	const losses = await rooms.preview(actor, proposal, undefined, gone);
	return viewOfLosses(losses, (all) => rooms.named(actor, all));
}

/** Aborted when nobody waits for the answer any more. */
function whenGone({ raw }: FastifyReply): AbortSignal {
	const gone = new AbortController();
	raw.once("close", () => {
		if (raw.writableFinished) return;
		gone.abort(new ChatError("unavailable", "Nobody waits any more."));
	});
	return gone.signal;
}
