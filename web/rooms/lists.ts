/** One's own rooms, and rooms by search: each as far as its user may see them. */
import { z } from "zod";
import type { CategoryId } from "../../plugin/index.ts";
import type { Routes } from "../route.ts";
import { limit, roomView, viewOfRoom } from "./views.ts";

const found = z.object({ rooms: z.array(roomView) });
const followed = z.object({
	rooms: z.array(
		roomView.extend({
			/** Absent while he is in it, and where he may not read back. */
			unread: z
				.object({
					count: z.number(),
					/** Alerts, and what names him. */
					addressed: z.number(),
				})
				.optional(),
		}),
	),
});

const asked = z.strictObject({
	words: z.string().max(500).default(""),
	match: z.enum(["all", "any", "phrase"]).default("all"),
	/** Look in descriptions too. */
	descriptions: z.enum(["true", "false"]).default("false"),
	category: z
		.guid()
		.transform((text) => text.toLowerCase() as CategoryId)
		.optional(),
	privacy: z.enum(["open", "closed", "secret"]).optional(),
	type: z.enum(["normal", "auditorium"]).optional(),
	disabled: z.enum(["true", "false"]).optional(),
	limit: limit(500),
});

export const roomListRoutes: Routes = (server, { rooms }) => {
	server.get(
		"/api/rooms",
		{
			schema: {
				summary: "Rooms by words and by what they are",
				querystring: asked,
				response: { 200: found },
			},
		},
		async ({ actor, query }) => {
			const { words, descriptions, disabled, ...request } = query;
			const summaries = await rooms.search(actor, {
				...request,
				criteria: words,
				descriptions: descriptions === "true",
				...(disabled !== undefined && { disabled: disabled === "true" }),
			});
			return { rooms: summaries.map(viewOfRoom) };
		},
	);

	server.get(
		"/api/rooms/mine",
		{
			schema: {
				summary: "Rooms in which one has a role",
				querystring: z.strictObject({
					role: z.enum(["member", "manager", "presenter"]).default("member"),
					limit: limit(500),
				}),
				response: { 200: found },
			},
		},
		async ({ actor, query }) => {
			const summaries = await rooms.associations(
				actor,
				query.role,
				query.limit,
			);
			return { rooms: summaries.map(viewOfRoom) };
		},
	);

	server.get(
		"/api/rooms/followed",
		{
			schema: {
				summary: "Rooms that one follows, with what is unread",
				response: { 200: followed },
			},
		},
		async ({ actor }) => {
			const all = await rooms.followed(actor);
			return {
				rooms: all.map(({ unread, ...summary }) => ({
					...viewOfRoom(summary),
					...(unread !== undefined && { unread }),
				})),
			};
		},
	);

	server.get(
		"/api/rooms/named",
		{
			schema: {
				summary: "The room of this name, letter case apart",
				querystring: z.strictObject({ name: z.string().min(1).max(256) }),
				response: { 200: roomView },
			},
		},
		async ({ actor, query }) =>
			viewOfRoom(await rooms.roomNamed(actor, query.name)),
	);
};
