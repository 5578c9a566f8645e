/** `GET /api/operations`: how the service is doing, for administrators; how it goes on is told by the event stream. */
import { z } from "zod";
import type { Routes } from "../route.ts";
import { pictureView, sampleView } from "./views.ts";

export const operationsRoutes: Routes = (server, { rooms, operations }) => {
	server.addHook("preClose", () => operations.close());
	server.get(
		"/api/operations",
		{
			config: { underLoad: "served" },
			schema: {
				summary: "How the service is doing, with the last five minutes",
				description:
					"For administrators. How it goes on: `GET /api/events?topic=operations`.",
				response: {
					200: z.object({
						picture: pictureView,
						samples: z.array(sampleView).describe("Oldest first, 150 at most"),
					}),
				},
			},
		},
		async ({ actor }) => {
			await rooms.demandAdministrator(actor);
			const samples = [...operations.samples()];
			return { picture: operations.picture(), samples };
		},
	);
};
