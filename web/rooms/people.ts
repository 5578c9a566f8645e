/** Looking people and groups up, as one types. */
import { z } from "zod";
import type { Routes } from "../route.ts";
import {
	limit,
	personView,
	principalView,
	viewOfPerson,
	viewOfPrincipal,
} from "./views.ts";

export const peopleRoutes: Routes = (server, { rooms }) => {
	server.get(
		"/api/people",
		{
			schema: {
				summary: "People by name, address or e-mail address; groups by name",
				querystring: z.strictObject({
					words: z.string().min(1).max(500),
					limit: limit(100),
				}),
				response: {
					200: z.object({
						people: z.array(personView),
						groups: z.array(principalView),
						/** There are more than these. */
						more: z.boolean(),
					}),
				},
			},
		},
		async ({ actor, query: { words, limit: most } }) => {
			const found = await rooms.findPeople(actor, words, most);
			return {
				people: found.users.map(viewOfPerson),
				groups: found.groups.map(viewOfPrincipal),
				more: found.more,
			};
		},
	);
};
