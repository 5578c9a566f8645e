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
	const { rooms, streams, now } = work;
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
		async ({ actor, webSession, headers, query }, reply) => {
			const wantsOperations = query.topic === "operations";
			if (wantsOperations) await rooms.demandAdministrator(actor);
			const ends: (() => void)[] = [];
			const stream = streams.open(webSession, () => {
				for (const end of ends.splice(0)) end();
			});
			reply.raw.once("close", () => stream.body.destroy());
			await begin(work, { actor, stream, ends });
			stream.send({ event: "ready", data: { at: now().toISOString() } });
			if (headers["last-event-id"] !== undefined) {
				stream.send({ event: "resynchronise", data: { why: "gap" } });
			}
			if (wantsOperations) ends.push(tellOperations(work, actor, stream));
			if (stream.isOver()) for (const end of ends.splice(0)) end();
			return reply
				.header("content-type", "text/event-stream; charset=utf-8")
				.header("cache-control", "no-store, no-transform")
				.header("x-accel-buffering", "no")
				.send(stream.body);
		},
	);
};

/** What happens from when it resolves is told; `ends`: what is to be done when the stream is over. Throws `unavailable`. */
async function begin(
	{ streams, watching }: WebWork,
	{
		actor,
		stream,
		ends,
	}: {
		readonly actor: Actor;
		readonly stream: EventStream;
		readonly ends: (() => void)[];
	},
): Promise<void> {
	let isBegun = false;
	try {
		const stop = await watching.watch(actor, (news) => {
			const event = eventOf(news);
			if (event === undefined) stream.end("lost");
			// What was before is asked for by whoever is ready.
			else if (isBegun) stream.send(event);
		});
		ends.push(stop);
		// Whoever was turned off while it was opened.
		await streams.look([actor.uri]);
	} catch (error) {
		stream.body.destroy();
		for (const end of ends.splice(0)) end();
		throw error;
	}
	isBegun = true;
}

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
