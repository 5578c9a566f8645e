/** Removing rooms for ever, which is for administrators: with a look at who would lose what. */
import { z } from "zod";
import type { Routes } from "../route.ts";
import { foretell } from "./managing.ts";
import { lossesView } from "./proposals.ts";
import { ofRoom } from "./views.ts";

export const removingRoutes: Routes = (server, { rooms }) => {
	server.get(
		"/api/rooms/:room/removal",
		{
			schema: {
				summary: "Who would lose what if the room were removed",
				params: ofRoom,
				response: { 200: lossesView },
			},
		},
		async ({ actor, params: { room } }, reply) =>
			foretell(rooms, actor, { room, change: "remove" }, reply),
	);

	server.delete(
		"/api/rooms/:room",
		{
			schema: {
				summary: "Remove a room with all its messages, for ever",
				description: "For administrators; a manager can disable a room.",
				params: ofRoom,
				response: { 204: z.undefined() },
			},
		},
		async ({ actor, params }, reply) => {
			await rooms.removeRoom(actor, params.room);
			return reply.code(204).send();
		},
	);
};
