/** Where one may make rooms, and whom one could let in there. */
import { z } from "zod";
import type { Routes } from "../route.ts";
import { categoryId, eligiblePage } from "./proposals.ts";
import { personView, viewOfPerson } from "./views.ts";

export const categoryRoutes: Routes = (server, { rooms }) => {
	server.get(
		"/api/categories/creatable",
		{
			schema: {
				summary: "Where one may make rooms",
				response: {
					200: z.object({
						categories: z.array(
							z.object({
								id: z.string(),
								name: z.string(),
								description: z.string(),
								/** May rooms there send invitations? */
								invitations: z.boolean(),
							}),
						),
					}),
				},
			},
		},
		async ({ actor }) => {
			const found = await rooms.creatable(actor);
			return {
				categories: found.map(({ id, name, description, invitations }) => ({
					id,
					name,
					description,
					invitations,
				})),
			};
		},
	);

	server.get(
		"/api/categories/:category/eligible",
		{
			schema: {
				summary: "Who could be given a role in a new room there, by address",
				params: z.strictObject({ category: categoryId }),
				querystring: eligiblePage,
				response: { 200: z.object({ people: z.array(personView) }) },
			},
		},
		async ({ actor, params, query: { after, limit } }) => {
			const found = await rooms.eligible(actor, params, { after, limit });
			return { people: found.map(viewOfPerson) };
		},
	);
};
