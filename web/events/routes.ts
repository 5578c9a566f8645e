/** `GET /api/events`: what concerns who is signed in, as it happens. */
import { z } from "zod";
import type { Actor } from "../../plugin/index.ts";
import type { Routes, WebWork } from "../route.ts";
import type { EventStream } from "./stream.ts";
import { eventData, eventOf } from "./views.ts";

const vocabulary = Object.entries(eventData)
	.map(([name, data]) => `- \`${name}\`: ${data.description}`)
	.join("\n");

const oneEvent: z.ZodType = z
	.union(Object.values(eventData))
	.describe("The data of one event");

export const eventRoutes: Routes = (server, work) => {
	const { rooms, streams, watching, now } = work;
	server.addHook("preClose", () => streams.close());
	server.get(
		"/api/events",
		{
			exposeHeadRoute: false,
			schema: {
				summary: "What concerns me, as it happens (Server-Sent Events)",
				description: `\`text/event-stream\`: each event has a name, and its data is JSON.\n\n${vocabulary}`,
				querystring: z.strictObject({
					topic: z
						.enum(["operations"])
						.optional()
						.describe(
							"What else is to be told; `operations`: to administrators",
						),
				}),
				headers: z.object({
					"last-event-id": z.string().max(200).optional(),
				}),
				response: { 200: oneEvent },
			},
		},
		async (request, reply) => {
			const { actor, webSession, headers, query } = request;
			const wantsOperations = query.topic === "operations";
			if (wantsOperations) await rooms.demandAdministrator(actor);
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
			if (wantsOperations && !isOver) {
				const [stopRooms, stopOperations] = [
					stopWatching,
					tellOperations(work, actor, stream),
				];
				stopWatching = () => {
					stopRooms();
					stopOperations();
				};
			}
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

/** As long as he administers; the answer ends it. */
function tellOperations(
	{ rooms, operations, log }: WebWork,
	actor: Actor,
	stream: EventStream,
): () => void {
	return operations.onSample(async (sample, picture) => {
		try {
			if (await rooms.administers(actor)) {
				stream.send({ event: "operations", data: { sample, picture } });
			} else stream.end("not-administrator");
		} catch (error) {
			log.warn({ err: error }, "not known who administers");
		}
	});
}
