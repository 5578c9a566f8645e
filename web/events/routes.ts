/** `GET /api/events`: what concerns who is signed in, as it happens. */
import { z } from "zod";
import type { Routes } from "../route.ts";
import { eventData, eventOf } from "./views.ts";

const vocabulary = Object.entries(eventData)
	.map(([name, data]) => `- \`${name}\`: ${data.description}`)
	.join("\n");

const oneEvent: z.ZodType = z
	.union(Object.values(eventData))
	.describe("The data of one event");

export const eventRoutes: Routes = (server, { streams, watching, now }) => {
	server.addHook("preClose", () => streams.close());
	server.get(
		"/api/events",
		{
			exposeHeadRoute: false,
			schema: {
				summary: "What concerns me, as it happens (Server-Sent Events)",
				description: `\`text/event-stream\`: each event has a name, and its data is JSON.\n\n${vocabulary}`,
				headers: z.object({
					"last-event-id": z.string().max(200).optional(),
				}),
				response: { 200: oneEvent },
			},
		},
		async (request, reply) => {
			const { actor, webSession, headers } = request;
			let isBegun = false;
			let isOver = false;
			let stopWatching = () => {};
			const stream = streams.open(webSession, () => {
				isOver = true;
				stopWatching();
			});
			reply.raw.once("close", () => stream.body.destroy());
			try {
				stopWatching = await watching.watch(actor, (news) => {
					const event = eventOf(news);
					if (event === undefined) stream.end("lost");
					// What was before is asked for by whoever is ready.
					else if (isBegun) stream.send(event);
				});
				// Whoever was turned off while it was opened.
				await streams.look([actor.uri]);
			} catch (error) {
				stream.body.destroy();
				stopWatching();
				throw error;
			}
			if (isOver) stopWatching();
			isBegun = true;
			stream.send({ event: "ready", data: { at: now().toISOString() } });
			if (headers["last-event-id"] !== undefined) {
				stream.send({ event: "resynchronise", data: { why: "gap" } });
			}
			return reply
				.header("content-type", "text/event-stream; charset=utf-8")
				.header("cache-control", "no-store, no-transform")
				.header("x-accel-buffering", "no")
				.send(stream.body);
		},
	);
};
